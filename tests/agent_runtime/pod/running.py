"""A pod as a cluster runs it: a real process, its files mounted, its bot's own role at a real Postgres."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx2

from agent_runtime.hive_client import HiveClient
from agent_runtime.home import Home
from agent_runtime.spec import runtime_file
from agent_runtime.store.postgres import make_role
from agent_runtime.store.postgres.schema import prepare
from tests.agent_runtime.hive.running import until
from tests.postgres import Postgres

BOT = "alice.support"


class Database:
    """A database with the runtime's tables, in which a bot has a role of its own."""

    def __init__(self, postgres: Postgres, bot: str = BOT) -> None:
        self.url = postgres.create()
        self._postgres, self.password = postgres, secrets.token_urlsafe(16)
        name = self.url.partition("@/")[2]
        # No user: a pod comes as its bot.
        self.pod_url = f"postgresql+psycopg:///{name}"
        with self.connect() as connection:
            with connection.transaction():
                prepare(connection)
            self.role = make_role(connection, bot, self.password)

    def connect(self) -> Any:
        """As who owns the tables."""
        return self._postgres.connect(self.url)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.connect() as connection:
            found: list[tuple[Any, ...]] = connection.execute(query.encode()).fetchall()
        return found


class Pod:
    """One process and what it has mounted; its log is `lines`."""

    def __init__(self, root: Path, database: Database | None, **environment: str) -> None:
        self.root = root
        self.lines: list[dict[str, Any]] = []
        self.home, self.secrets, self.file = root / "home", root / "secrets", root / "bot.yaml"
        for folder in (self.home, self.secrets):
            folder.mkdir(parents=True, exist_ok=True)
        self.environment = {
            "PATH": os.defpath,
            "BOTYARD_BOT": BOT,
            "BOTYARD_BOT_FILE": str(self.file),
            "BOTYARD_SECRETS": str(self.secrets),
            "BOTYARD_HOME": str(self.home),
            "BOTYARD_LISTEN": "127.0.0.1:0",
            "BOTYARD_ALLOW_PRIVATE_URLS": "1",
            **environment,
        }
        if database is not None:
            self.environment |= {
                "BOTYARD_DATABASE_URL": database.pod_url,
                "PGPASSWORD": database.password,
            }
        self.process: subprocess.Popen[str] | None = None

    def mount(self, spec: Mapping[str, Any], **values: str) -> None:
        """What the chart mounts: the specification, and a file a secret."""
        named = {"version": 1, "name": BOT.split(".")[1], "instructions": "Answer.", **spec}
        self.file.write_bytes(runtime_file(named))
        for name, value in values.items():
            (self.secrets / name).write_text(value)

    def start(self, module: str = "agent_runtime.pod") -> Pod:
        self.lines.clear()
        self.process = subprocess.Popen(
            [sys.executable, "-m", module],
            env=self.environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self._read, args=(self.process,), daemon=True).start()
        return self

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.said('pod_listens')['port']}"

    def client(self) -> HiveClient:
        """The control plane's, of the inner API."""
        return HiveClient(self.url)

    async def ready(self) -> Pod:
        """Wait until its readiness probe passes."""

        async def passes() -> bool:
            assert self.process is not None
            assert self.process.poll() is None, self.lines
            return await self.probe("readyz") == 200

        await until(passes)
        return self

    async def probe(self, path: str) -> int:
        """What a probe is answered; 0 while nobody listens."""
        if not self.said("pod_listens"):
            return 0
        try:
            async with httpx2.AsyncClient(trust_env=False, verify=False) as http:
                return (await http.get(f"{self.url}/{path}")).status_code
        except httpx2.TransportError:
            return 0

    def said(self, event: str) -> dict[str, Any]:
        """The last such line of its log, or an empty one."""
        return next((line for line in reversed(self.lines) if line.get("event") == event), {})

    def in_hand(self) -> list[str]:
        """The keys of the messages that it has in hand."""
        try:
            found: list[str] = json.loads((Home.at(self.home).bot(BOT) / "in-hand.json").read_bytes())
        except (OSError, ValueError):
            return []
        return found

    async def end(self, within: float = 30.0) -> int:
        """As a cluster ends it; its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return await self.ended(within)

    async def ended(self, within: float = 30.0) -> int:
        """Wait until it has ended; its exit code."""
        assert self.process is not None
        return await asyncio.to_thread(self.process.wait, within)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        with process.stderr as lines:
            for line in lines:
                with contextlib.suppress(ValueError):
                    self.lines.append(json.loads(line))
                    continue
                self.lines.append({"text": line})


@contextlib.contextmanager
def pods(root: Path, database: Database | None, **environment: str) -> Iterator[Callable[[], Pod]]:
    """Makes pods of one bot, each with a disk of its own; all are gone at the end."""
    made: list[Pod] = []

    def make() -> Pod:
        made.append(Pod(root / f"pod-{len(made)}", database, **environment))
        return made[-1]

    try:
        yield make
    finally:
        for pod in made:
            pod.kill()
