"""Signing in and out of the page."""
