"""Whether a platform signed what it sent, asked of whoever has the channel's signing secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any


def is_signed(secret: str, question: dict[str, Any]) -> bool:
    """Whether `signature`, in hexadecimal digits, is HMAC-SHA256 of `message`, which is in base64."""
    message = base64.b64decode(question["message"])
    signature = hmac.new(secret.strip().encode(), message, hashlib.sha256).hexdigest()
    return hmac.compare_digest(signature.encode(), str(question["signature"]).encode())
