"""Pictures and voice messages that people send in tests, with contents that a simulated model can tell."""

from __future__ import annotations

import base64
from typing import Any

_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_PICTURES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif", b"RIFF": "webp"}
_SAYS = b"\0says: "


def picture(of: str) -> bytes:
    """A PNG of one pixel that a simulated model takes for this."""
    return _PIXEL + _SAYS + of.encode()


def voice(words: str) -> bytes:
    """As a chat platform sends a voice message, OGG with Opus as far as its first bytes go: these words."""
    return b"OggS\0\2" + bytes(22) + b"OpusHead" + bytes(400) + _SAYS + words.encode()


def told(content: bytes) -> str:
    """What is in a picture, or the words of a voice message; nothing where it is another file."""
    return content.partition(_SAYS)[2].decode()


def problem_of_image(url: str) -> str | None:
    """What OpenAI has against an image: https://platform.openai.com/docs/guides/images-vision."""
    head, _, data = url.partition(";base64,")
    kind = next((kind for start, kind in _PICTURES.items() if decoded(data).startswith(start)), None)
    if kind is None or head != f"data:image/{kind}":
        return (
            "You uploaded an unsupported image. Please make sure your image has of one the following "
            "formats: ['png', 'jpeg', 'gif', 'webp']."
        )
    return None


def decoded(data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except ValueError:
        return b""


def described(part: dict[str, Any]) -> str:
    """A part of a message as a simulated model takes it."""
    match part["type"]:
        case "image_url":
            return f"[a picture of {told(decoded(part['image_url']['url'].partition(';base64,')[2]))}]"
        case "input_audio":
            return f"[somebody says: {told(decoded(part['input_audio']['data']))}]"
    return str(part["text"])
