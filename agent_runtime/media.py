"""Pictures and sounds that people send, told by their content: a name may be wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["picture", "sound"]

# About what a picture of the size that chat platforms keep costs a model that sees, in tokens.
_PICTURE_TOKENS = 1500
# A voice message has at least two thousand bytes a second, and a model that hears takes ten tokens for each.
_SLOWEST_BYTES = 2000
_TOKENS_A_SECOND = 10

_PICTURES = ((b"\xff\xd8\xff", "jpeg"), (b"\x89PNG\r\n\x1a\n", "png"), (b"GIF87a", "gif"), (b"GIF89a", "gif"))
_SOUNDS = (
    *((b"OggS", "ogg"), (b"ID3", "mp3"), (b"fLaC", "flac")),
    *((bytes([0xFF, second]), "mp3") for second in (0xFB, 0xF3, 0xF2)),
)
_IN_RIFF: dict[bytes, tuple[Kind, str]] = {b"WEBP": ("picture", "webp"), b"WAVE": ("sound", "wav")}


@dataclass(frozen=True, slots=True)
class Media:
    """A picture or a sound; `format` is jpeg, png, gif, webp, or ogg, mp3, flac, wav, m4a."""

    kind: Kind
    format: str
    content: bytes = field(repr=False)

    @property
    def seconds(self) -> float:
        """How long a sound is at most."""
        return len(self.content) / _SLOWEST_BYTES if self.kind == "sound" else 0.0

    @property
    def tokens(self) -> int:
        """About what a model counts for it; for reserving, not billing."""
        return _PICTURE_TOKENS if self.kind == "picture" else int(self.seconds * _TOKENS_A_SECOND) + 1


def media_of(content: bytes) -> Media | None:
    """None for everything else, such as a text or a film."""
    for beginning, name in _PICTURES:
        if content.startswith(beginning):
            return Media("picture", name, content)
    for beginning, name in _SOUNDS:
        if content.startswith(beginning):
            return Media("sound", name, content)
    if content.startswith(b"RIFF") and (found := _IN_RIFF.get(content[8:12])) is not None:
        return Media(*found, content)
    return Media("sound", "m4a", content) if content[4:11] == b"ftypM4A" else None
