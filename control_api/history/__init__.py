"""A bot's history and the differences between its versions, read from Git."""
