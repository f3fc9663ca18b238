"""A running control API for tests: real server, real repository, real database, an engine by choice."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import uvicorn

from control_api.app import create_app
from control_api.first_operator import create_sign_in_link, local_token
from control_api.settings import ControlSettings
from tests.control_api.databases import database_of
from tests.control_api.engines import ObedientEngine

MakeEngine = Callable[[Path], ObedientEngine]


def spec(name: str = "support", **more: Any) -> dict[str, Any]:
    """A small valid specification."""
    return {"version": 1, "name": name, "instructions": "You are kind.", **more}


def new_bootstrap_token() -> str:
    return "byt_" + secrets.token_urlsafe(24)


class Service:
    """One running control API."""

    def __init__(
        self, settings: ControlSettings, engine: ObedientEngine, url: str, app: Any, token: str
    ) -> None:
        self.settings = settings
        self.engine = engine
        self.url = url
        self.app = app
        self.token = token
        self._clients: list[httpx2.AsyncClient] = []
        self.http = self.client(token)

    def client(self, token: str | None = None, **more: Any) -> httpx2.AsyncClient:
        """A client with a token, or with none."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        # Without TLS there are no certificates to load, which takes 30 ms a client.
        client = httpx2.AsyncClient(
            base_url=f"{self.url}/api/v1", headers=headers, trust_env=False, verify=False, timeout=20, **more
        )
        self._clients.append(client)
        return client

    async def deploy(self, name: str = "support", *, wait: int = 15, **body: Any) -> httpx2.Response:
        """POST /bots, waited for."""
        body = {"spec": spec(name), **body}
        return await self.http.post("/bots", json=body, headers={"Prefer": f"wait={wait}"})

    async def write(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """A write that waits for its end."""
        headers = {"Prefer": "wait=15", **more.pop("headers", {})}
        return await self.http.request(method, path, headers=headers, **more)

    async def sign_in(self, user: str = "admin") -> httpx2.AsyncClient:
        """A client with a session of its own, CSRF header and all."""
        link = await create_sign_in_link(self.settings, user)
        client = self.client()
        answer = await client.post("/sign-in", json={"code": link.code})
        assert answer.status_code == 200, answer.text
        client.headers["X-CSRF-Token"] = answer.json()["csrf"]
        return client

    async def user(self, name: str) -> httpx2.AsyncClient:
        """Another user, signed in."""
        answer = await self.http.post("/users", json={"name": name})
        assert answer.status_code == 201, answer.text
        return await self.sign_in(name)

    async def token_of(self, client: httpx2.AsyncClient, *scopes: str) -> str:
        """A token made by a signed-in client."""
        answer = await client.post("/tokens", json={"name": "test", "scopes": scopes})
        assert answer.status_code == 201, answer.text
        token: str = answer.json()["token"]
        return token

    async def aclose(self) -> None:
        for client in self._clients:
            await client.aclose()


async def events(response: httpx2.Response) -> AsyncIterator[tuple[str, str, Any]]:
    """A stream's events as (id, event, data)."""
    async for event in httpx2.EventSource(response):
        yield event.id, event.event, event.json() if event.data else None


async def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    """Waits for a condition, and fails when it does not come."""
    for _ in range(int(seconds * 50)):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come to that")


def settings_in(home: Path, **values: Any) -> ControlSettings:
    """Settings for a home, waiting times short."""
    usual = {"frontend": home / "no page", "synced_within": 5, "connected_within": 5, "answered_within": 5}
    return ControlSettings(home=home, database_url=database_of(home), **{**usual, **values})


@asynccontextmanager
async def running(
    home: Path, make_engine: MakeEngine = ObedientEngine, **values: Any
) -> AsyncIterator[Service]:
    """Runs the control API on a port that the kernel picks."""
    settings = settings_in(home, **values)
    engine = make_engine(settings.places.fleet)
    app = create_app(settings, lambda _: engine)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    await until(lambda: server.started or serving.done(), 30)
    if serving.done():
        serving.result()
        raise RuntimeError("the server did not start")
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    service = Service(settings, engine, url, app, await local_token(settings))
    try:
        yield service
    finally:
        await service.aclose()
        server.should_exit = True
        await serving


def copy_home(template: Path, to: Path) -> Path:
    """A home of one's own from one that was prepared before."""
    shutil.copytree(template, to, ignore=shutil.ignore_patterns("run", "*-wal", "*-shm"))
    return to
