"""An API that remembers what it was asked and answers as it was told."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Told:
    """One answer: JSON, or server-sent events where `events` is given."""

    status: int
    body: Any = None
    events: list[tuple[str, Any]] | None = None


@dataclass
class ScriptedApi:
    """`answers` by `METHOD /path`; several in a row are given in turn, the last one again and again."""

    url: str = ""
    token: str = field(default_factory=lambda: f"byt_{secrets.token_urlsafe(24)}")
    answers: dict[str, list[Told]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def on(self, call: str, body: Any = None, *, status: int = 200) -> None:
        self.answers.setdefault(call, []).append(Told(status, body))

    def streams(self, call: str, *events: tuple[str, Any]) -> None:
        self.answers.setdefault(call, []).append(Told(200, events=list(events)))

    def problem(self, call: str, status: int, title: str, **more: Any) -> None:
        self.on(call, {"type": "about:blank", "title": title, "status": status, **more}, status=status)

    def of(self, method: str, path: str) -> list[Asked]:
        return [
            asked for asked in self.asked if (asked.method, asked.path.partition("?")[0]) == (method, path)
        ]

    def answer(self, asked: Asked) -> Told:
        self.asked.append(asked)
        told = self.answers.get(f"{asked.method} {asked.path.partition('?')[0]}")
        if not told:
            return Told(404, {"title": "There is no such thing", "status": 404})
        return told.pop(0) if len(told) > 1 else told[0]


def handler_of(api: ScriptedApi) -> type[BaseHTTPRequestHandler]:
    """The server's side of it."""

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            raw = self.rfile.read(length)
            headers = {name.lower(): value for name, value in self.headers.items()}
            told = api.answer(
                Asked(
                    self.command, self.path.removeprefix("/api/v1"), headers, json.loads(raw) if raw else None
                )
            )
            kind = "text/event-stream" if told.events is not None else "application/json"
            self.send_response(told.status)
            self.send_header("content-type", kind)
            self.end_headers()
            if told.events is None:
                self.wfile.write(json.dumps(told.body).encode())
            for number, (event, data) in enumerate(told.events or []):
                self.wfile.write(f"id: {number}\nevent: {event}\ndata: {json.dumps(data)}\n\n".encode())
                self.wfile.flush()

        do_PATCH = do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - the names are http.server's

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's signature
            return

    return Handler
