"""What Discord says when it refuses a request: https://docs.discord.com/developers/topics/opcodes-and-status-codes."""

from __future__ import annotations

from typing import Any


class RefusedError(Exception):
    """An answer that is no success: the HTTP status, Discord's own code and words."""

    def __init__(self, status: int, code: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"message": message, "code": code, **more}
        self.headers: dict[str, str] = {}


def unauthorized() -> RefusedError:
    return RefusedError(401, 0, "401: Unauthorized")


def not_found() -> RefusedError:
    """No such route, which is no JSON error of its own."""
    return RefusedError(404, 0, "404: Not Found")


def unknown(what: str) -> RefusedError:
    """`application`, `channel`, `message`, `user`, `webhook` or `interaction`."""
    codes = {
        "application": 10002,
        "channel": 10003,
        "guild": 10004,
        "message": 10008,
        "user": 10013,
        "webhook": 10015,
        "interaction": 10062,
    }
    return RefusedError(404, codes[what], f"Unknown {what.capitalize()}")


def invalid_form(field: str, code: str, message: str) -> RefusedError:
    """https://docs.discord.com/developers/reference#error-messages; `field` is dotted."""
    found: dict[str, Any] = {"_errors": [{"code": code, "message": message}]}
    for part in reversed(field.split(".")):
        found = {part: found}
    return RefusedError(400, 50035, "Invalid Form Body", errors=found)


def missing_access() -> RefusedError:
    return RefusedError(403, 50001, "Missing Access")


def missing_permissions() -> RefusedError:
    return RefusedError(403, 50013, "Missing Permissions")


def cannot_send_to_user() -> RefusedError:
    return RefusedError(403, 50007, "Cannot send messages to this user")


def empty_message() -> RefusedError:
    return RefusedError(400, 50006, "Cannot send an empty message")


def too_large() -> RefusedError:
    return RefusedError(413, 40005, "Request entity too large")


def acknowledged() -> RefusedError:
    return RefusedError(400, 40060, "Interaction has already been acknowledged.")


def token_expired() -> RefusedError:
    """15 minutes: https://docs.discord.com/developers/interactions/receiving-and-responding#followup-messages."""
    return RefusedError(401, 50027, "Invalid Webhook Token")
