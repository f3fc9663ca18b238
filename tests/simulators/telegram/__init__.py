"""A Telegram Bot API server, strict about what Telegram is strict about.

Reference: https://core.telegram.org/bots/api and https://core.telegram.org/bots/faq; the wording of
refusals is that of the open Bot API server, https://github.com/tdlib/telegram-bot-api.
"""
