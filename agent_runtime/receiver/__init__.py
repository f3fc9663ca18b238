"""The receiver: webhooks of chat platforms on one socket, the inner API on another, in one process."""
