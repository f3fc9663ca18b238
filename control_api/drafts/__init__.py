"""Chat and draft turns."""
