"""Conversations of a bot: read, export, erase."""
