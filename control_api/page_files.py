"""The built page's files, answered from memory, in the form that the browser takes with the fewest bytes.

The build writes each larger file compressed beside itself (`frontend/compressed.ts`): no request pays for it.
"""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

# The smallest first; a coding's name in HTTP and the end of its file's name.
_CODINGS = {"br": ".br", "gzip": ".gz"}


class PageFiles:
    """Answers what is a file of the folder; all else goes on to the application."""

    def __init__(self, app: ASGIApp, folder: Path) -> None:
        self._app = app
        self._folder = folder.resolve()
        self._kept: dict[str, _File] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}
        file = self._find(scope["path"].removeprefix("/") or "index.html") if asked else None
        if file is None:
            await self._app(scope, receive, send)
        else:
            await file.answer(Headers(scope=scope))(scope, receive, send)

    def _find(self, name: str) -> _File | None:
        path = self._folder / name
        try:
            # A page that is built anew is served at once.
            seen = path.stat().st_mtime_ns
            kept = self._kept.get(name)
            if kept is None or kept.seen != seen:
                if not path.is_file() or not path.resolve().is_relative_to(self._folder):
                    return None
                kept = self._kept[name] = _read(path, seen)
        except (OSError, ValueError):
            return None
        return kept


@dataclass(frozen=True, slots=True)
class _File:
    """One file in each of its codings; "" is the file as it is."""

    seen: int
    kind: str
    tag: str
    bodies: dict[str, bytes]

    def answer(self, headers: Headers) -> Response:
        coding = next(each for each in self.bodies if not each or each in _accepted(headers))
        tag = f'"{self.tag}-{coding}"' if coding else f'"{self.tag}"'
        told = {"ETag": tag, "Vary": "Accept-Encoding"}
        if tag in headers.get("if-none-match", ""):
            return Response(status_code=304, headers=told)
        if coding:
            told["Content-Encoding"] = coding
        return Response(self.bodies[coding], media_type=self.kind, headers=told)


def _read(path: Path, seen: int) -> _File:
    beside = {coding: path.with_name(path.name + end) for coding, end in _CODINGS.items()}
    plain = path.read_bytes()
    return _File(
        seen=seen,
        kind=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        tag=hashlib.sha256(plain).hexdigest()[:32],
        bodies={coding: each.read_bytes() for coding, each in beside.items() if each.is_file()} | {"": plain},
    )


def _accepted(headers: Headers) -> set[str]:
    asked = (each.replace(" ", "").partition(";") for each in headers.get("accept-encoding", "").split(","))
    return {name for name, _, weight in asked if weight not in {"q=0", "q=0.0"}}
