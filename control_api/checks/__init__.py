"""Checks of pasted tokens and keys."""
