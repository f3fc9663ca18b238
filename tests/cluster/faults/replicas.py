"""Two control APIs on one cluster, one database and one Git remote, each of which can be killed."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import httpx2

from gitops import layout
from tests.cluster.botyard import Botyard, spec
from tests.cluster.cluster import Cluster
from tests.cluster.platform import SHARDS
from tests.gitops.code_host import CodeHost, code_host
from tests.journeys.processes import eventually
from tests.postgres import Postgres

_OTHERS = "another control API"


class Replica(Botyard):
    """Another control API of an installation, with the keys of the first."""

    def __init__(self, first: Botyard, folder: Path, database: str, remote: str, **settings: str) -> None:
        super().__init__(first.cluster, folder, database, SHARDS, remote, **settings)
        self._first = first

    def _begin(self) -> str:
        shutil.copytree(self._first.home.age_key.parent, self.home.age_key.parent)
        return self._first.token

    def _install(self) -> None:
        """The first has done it."""


class Replicas:
    """`first` and `second`; `host` is the remote, `postgres` their database's server."""

    def __init__(self, first: Botyard, second: Botyard, host: CodeHost, postgres: Postgres) -> None:
        self.first, self.second = first, second
        self.both = (first, second)
        self.cluster = first.cluster
        self.host = host
        self.postgres = postgres
        self._keys = itertools.count()

    def leader(self) -> Botyard:
        """The one that commits, once one does."""
        return eventually("one leads", lambda: next(filter(leads, self.both), None))

    def other(self, than: Botyard) -> Botyard:
        return self.second if than is self.first else self.first

    def shard(self, owner: str) -> str:
        """The name of the source and the Kustomization of the owner's shard."""
        return f"shard-{layout.shard(owner, SHARDS)}"

    def accepted(self, body: dict[str, Any]) -> str:
        """The operation of a deploy, asked for as by a client that does not give up: both, in turn."""
        key = f"deploy-{next(self._keys)}"

        def asked() -> str | None:
            api = self.both[next(self._keys) % 2].api
            try:
                answer = api.ask("POST", "/bots", body, Idempotency_Key=key)
            except httpx2.TransportError:
                return None
            if answer.status_code == 503:
                return None
            assert answer.status_code == 202, answer.text
            return str(answer.json()["operation"]["id"])

        return eventually("a deploy is accepted", asked, within=60, pause=0.2)

    def tail(self) -> str:
        """The ends of their logs."""
        return "\n".join(each.tail() for each in self.both)

    @classmethod
    @contextlib.contextmanager
    def running(cls, cluster: Cluster, folder: Path, **settings: str) -> Iterator[Self]:
        """Both of them; the first leads."""
        with (
            Postgres(cluster.address) as postgres,
            _hosting(folder) as host,
            Botyard(
                cluster, folder / "a", database := postgres.create(), SHARDS, host.url, **settings
            ) as first,
            Replica(first, folder / "b", database, host.url, **settings) as second,
        ):
            yield cls(first, second, host, postgres)


def leads(botyard: Botyard) -> bool:
    """Whether it is the one that commits."""
    parts = botyard.api.read("/system")["parts"]
    return _OTHERS not in (next(each["detail"] for each in parts if each["name"] == "committer") or "")


def small(name: str, **more: Any) -> dict[str, Any]:
    """A specification that asks for little of the one processor that all of them share."""
    return spec(name, **{"resources": {"cpu": "10m", "memory": "64Mi"}, **more})


@contextlib.contextmanager
def _hosting(folder: Path) -> Iterator[CodeHost]:
    """A code host in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    host = code_host(folder)
    try:
        yield asyncio.run_coroutine_threadsafe(host.__aenter__(), loop).result(30)
    finally:
        asyncio.run_coroutine_threadsafe(host.__aexit__(None, None, None), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
