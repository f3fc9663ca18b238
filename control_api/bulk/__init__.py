"""Many writes as one operation."""
