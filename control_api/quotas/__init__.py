"""What owners' bots may have together."""
