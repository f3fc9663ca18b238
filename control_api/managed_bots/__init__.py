"""Bots that people make in Telegram by a tap on a link, with the manager bot's help and without a token."""
