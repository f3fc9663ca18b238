"""Usage: tokens and cost of turns."""
