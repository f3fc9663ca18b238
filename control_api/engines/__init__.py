"""What reports how bots run, and drives the steps of operations."""
