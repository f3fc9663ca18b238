"""Postgres goes away and comes back: what was accepted is done once, what cannot be is refused as 503."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.control_api.databases import prepare_database, use_database
from tests.control_api.service import Service, copy_home, running, spec
from tests.postgres import Postgres


@asynccontextmanager
async def on_a_server_of_its_own(prepared: Path, folder: Path) -> AsyncIterator[tuple[Service, Postgres]]:
    server = await asyncio.to_thread(Postgres().__enter__)
    try:
        home = copy_home(prepared, folder / "home")
        # Not a copy of a template: Postgres itself loses the numbers of a copy's sequences in a crash.
        url = server.create()
        await asyncio.to_thread(prepare_database, url)
        use_database(home, url)
        async with running(home) as service:
            yield service, server
    finally:
        await asyncio.to_thread(server.close)


async def probe(service: Service, path: str) -> httpx2.Response:
    return await service.http.get(f"{service.url}{path}")


async def until_ready(service: Service) -> None:
    for _ in range(300):
        if (await probe(service, "/readyz")).status_code == 200:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it does not become ready again")


@pytest.mark.long
async def test_postgres_is_gone_for_a_while(prepared: Path, tmp_path: Path) -> None:
    async with on_a_server_of_its_own(prepared, tmp_path) as (service, server):
        assert (await service.deploy("first")).status_code == 200
        accepted = []
        for number in range(5):
            answer = await service.http.post("/bots", json={"spec": spec(f"b{number}")})
            accepted.append(answer.json()["operation"]["id"])
        waiting = asyncio.create_task(
            service.write("PATCH", "/bots/admin.first", json={"spec": {"description": "Waited for."}})
        )
        await asyncio.sleep(0)
        await asyncio.to_thread(server.stop)
        late: dict[str, Any] = {"json": {"spec": spec("late")}, "headers": {"Idempotency-Key": "late"}}
        for answer in (await service.http.post("/bots", **late), await service.http.get("/bots")):
            assert answer.status_code == 503, answer.text
            assert answer.headers["content-type"] == "application/problem+json"
            assert int(answer.headers["Retry-After"]) > 0
            assert answer.json()["title"] == "The database does not answer"
        assert (await probe(service, "/readyz")).status_code == 503
        assert (await probe(service, "/healthz")).status_code == 200
        await asyncio.to_thread(server.start)
        await until_ready(service)
        assert (await waiting).status_code in (200, 503)
        again = await service.write("POST", "/bots", **late)
        assert again.status_code == 200, again.text
        for operation in accepted:
            ended = await ended_operation(service, operation)
            assert ended["state"] == "succeeded", ended
        items = (await service.http.get("/operations", params={"limit": 100})).json()["items"]
        commits = [each["commit"] for each in items]
        assert len(commits) == len(set(commits))
        assert sorted(each["bot"] for each in items if each["kind"] == "deploy") == sorted(
            ["admin.first", "admin.late", *(f"admin.b{number}" for number in range(5))]
        )


async def ended_operation(service: Service, operation: str) -> dict[str, object]:
    for _ in range(300):
        found: dict[str, object] = (await service.http.get(f"/operations/{operation}")).json()
        if found["state"] in ("succeeded", "failed"):
            return found
        await asyncio.sleep(0.1)
    return found
