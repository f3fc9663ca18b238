"""Users, and who the caller is."""
