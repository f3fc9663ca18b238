"""What Telegram says when it refuses: https://core.telegram.org/bots/api#making-requests."""

from __future__ import annotations

from typing import Any


class RefusedError(Exception):
    """An answer with `ok: false`; `parameters` as https://core.telegram.org/bots/api#responseparameters."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
        if parameters:
            self.body["parameters"] = parameters


def bad_request(detail: str) -> RefusedError:
    return RefusedError(400, f"Bad Request: {detail}")


def cannot_parse(detail: str) -> RefusedError:
    return bad_request(f"can't parse entities: {detail}")


def too_many(retry_after: int) -> RefusedError:
    """https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this."""
    return RefusedError(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


UNAUTHORIZED = (401, "Unauthorized")
BAD_TOKEN = (401, "Unauthorized: invalid token specified")
NO_METHOD = (404, "Not Found: method not found")
# https://core.telegram.org/bots/api#getupdates: one consumer a token, and none while a webhook is set.
OTHER_CONSUMER = (
    409,
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
)
WEBHOOK_ACTIVE = (
    409,
    (
        "Conflict: can't use getUpdates method while webhook is active; "
        "use deleteWebhook to delete the webhook first"
    ),
)
BLOCKED = (403, "Forbidden: bot was blocked by the user")
# https://core.telegram.org/bots/faq: "bots can't start conversations with users".
NOT_STARTED = (403, "Forbidden: bot can't initiate conversation with a user")
