"""The content security policy: our own files alone, and what the build has put into the page itself."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

_INLINE = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)


def framed_by(*sites: str, inline: Sequence[bytes] = ()) -> str:
    """The policy of a page that these sites may show in a frame, nobody else; `inline` are scripts in it."""
    framing = " ".join(sites) or "'none'"
    scripts = " ".join(["'self'", *map(_digest, inline)])
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; object-src 'none'; "
        f"frame-ancestors {framing}"
    )


class PagePolicy:
    """The policy of the built page, which holds the script that `frontend/inlined.ts` puts there."""

    def __init__(self, folder: Path) -> None:
        self._page = folder / "index.html"
        self._seen = 0
        self._policy = framed_by()

    def now(self) -> str:
        """Of the page as it is: one that is built anew is served at once."""
        try:
            seen = self._page.stat().st_mtime_ns
            if seen != self._seen:
                self._policy = framed_by(inline=_INLINE.findall(self._page.read_bytes()))
                self._seen = seen
        except OSError:
            return framed_by()
        return self._policy


def _digest(script: bytes) -> str:
    """As https://www.w3.org/TR/CSP3/#grammardef-hash-source has it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"
