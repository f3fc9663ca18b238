"""The local engine, with a real repository and committer, and a hive that only remembers."""
