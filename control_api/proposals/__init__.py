"""Proposals: changes that wait for review."""
