"""Random tokens and their digests. With 128 random bits and more there is nothing to guess slowly."""

from __future__ import annotations

import hashlib
import secrets

TOKEN_PREFIX = "byt_"  # noqa: S105 — what a token begins with, not a token


def digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    """An API token of 192 random bits."""
    return TOKEN_PREFIX + secrets.token_urlsafe(24)


def new_code() -> str:
    """A sign-in code or session of 256 random bits."""
    return secrets.token_urlsafe(32)


def new_id(prefix: str) -> str:
    """An id that says what it names: `op_…`, `tok_…`."""
    return f"{prefix}_{secrets.token_hex(10)}"
