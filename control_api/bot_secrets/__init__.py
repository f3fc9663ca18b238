"""Secrets of a bot: set, delete, and whether one is set."""
