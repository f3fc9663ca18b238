"""What happens to all bots that a caller sees, as one stream."""
