"""Streams of a bot: its events and its log."""
