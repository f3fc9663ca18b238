"""The built page on a server that plays the API with ten thousand bots, or any folder of files alone."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, urlsplit


class Files(SimpleHTTPRequestHandler):
    """A folder's files, quietly."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


class Played(Files):
    """The page, `/me`, and the pages of `bot`'s many likenesses."""

    count = 0
    me: Mapping[str, Any] = MappingProxyType({})
    bot: Mapping[str, Any] = MappingProxyType({})

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path == "/api/v1/me":
            self._answer(self.me)
        elif address.path == "/api/v1/bots":
            self._answer(self._page({name: each[0] for name, each in parse_qs(address.query).items()}))
        elif address.path.startswith("/api/"):
            self.send_response(204)
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            super().do_GET()

    def _page(self, query: dict[str, str]) -> dict[str, Any]:
        start, limit = int(query.get("cursor", 0)), int(query["limit"])
        upto = min(start + limit, self.count)
        items = [
            {**self.bot, "id": f"al.bot-{n:05}", "owner": "al", "name": f"bot-{n:05}"}
            for n in range(start, upto)
        ]
        more = str(upto) if upto < self.count else None
        return {"items": items, "next_cursor": more, "total": self.count if not start else None, "event": 0}

    def _answer(self, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def serving(folder: Path, handler: type[Files] = Files) -> Iterator[str]:
    """The URL of a server on loopback, while the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def many(count: int, me: dict[str, Any], bot: dict[str, Any]) -> type[Played]:
    """A handler that plays so many bots to somebody."""
    return type("Many", (Played,), {"count": count, "me": me, "bot": bot})
