"""The fleet repository over HTTP."""
