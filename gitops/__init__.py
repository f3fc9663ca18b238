"""The fleet repository: layout, release files, sealing, validation and the committer that writes it."""
