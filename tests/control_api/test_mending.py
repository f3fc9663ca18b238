"""A table of bots that was damaged or emptied is made right again from Git."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from control_api.cli.commands import app as command_line
from tests.control_api.databases import BOTH
from tests.control_api.service import Service, running, settings_in, spec

DATABASES = BOTH

# Each group at once: different rows, in different ways.
DAMAGES = (
    (
        'UPDATE bot SET spec = \'{"version": 1, "name": "a"}\' WHERE name = \'a\'',
        "UPDATE bot SET secrets = '{}' WHERE name = 'b'",
    ),
    ("UPDATE bot SET version = NULL WHERE name = 'a'", "UPDATE bot SET gone = true WHERE name = 'b'"),
    ("DELETE FROM bot WHERE name = 'b'", "UPDATE bot SET id = 'admin.other', name = 'other'"),
    ("UPDATE index_tip SET \"commit\" = 'f00d'", "UPDATE bot SET version = 'f00d'"),
)
EMPTIED = (("DELETE FROM bot",), ("DELETE FROM index_tip", "UPDATE bot SET spec = '[]'"))


def damage(home: Path, *statements: str) -> None:
    url = settings_in(home).database.replace("+aiosqlite", "")
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement.replace(":", "\\:")))
    finally:
        engine.dispose()


async def shown(service: Service) -> list[dict[str, Any]]:
    """What `GET /bots` says that comes from Git; nothing while it cannot be read."""
    answer = await service.http.get("/bots")
    if answer.status_code != 200:
        return []
    kept = ("id", "owner", "name", "version", "spec")
    return [
        {**{name: bot[name] for name in kept}, "secrets": sorted(bot["secrets"])}
        for bot in answer.json()["items"]
    ]


async def until_shown(service: Service, wanted: list[dict[str, Any]]) -> None:
    for _ in range(400):
        if await shown(service) == wanted:
            return
        await asyncio.sleep(0.05)
    assert await shown(service) == wanted


async def two_bots(service: Service) -> list[dict[str, Any]]:
    keyed = spec("b", model={"provider": "openai", "name": "m", "key": {"secret": "KEY"}})
    for body in ({"spec": spec("a")}, {"spec": keyed, "secrets": {"KEY": "k"}}):
        answer = await service.http.post("/bots", json=body, headers={"Prefer": "wait=15"})
        assert answer.status_code == 200, answer.text
    return await shown(service)


async def test_damaged_while_stopped(home: Path) -> None:
    async with running(home) as service:
        right = await two_bots(service)
        assert len(right) == 2
    for statements in DAMAGES:
        damage(home, *statements)
        async with running(home) as service:
            await until_shown(service, right)


async def test_damaged_while_running_and_asked_to_rebuild(
    home: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = await two_bots(service)
    monkeypatch.setenv("BOTYARD_HOME", str(home))
    monkeypatch.setenv("BOTYARD_DATABASE_URL", settings_in(home).database)
    for statements in EMPTIED:
        damage(home, *statements)
        asked = await asyncio.to_thread(
            CliRunner().invoke, command_line, ["doctor", "--json", "--rebuild-index"]
        )
        assert "made anew from Git" in asked.output
        await until_shown(service, right)
    after = await service.write("PATCH", "/bots/admin.a", json={"spec": {"description": "It goes on."}})
    assert after.status_code == 200, after.text


async def test_rows_that_are_no_json_are_made_anew(home: Path, backend: str) -> None:
    if backend != "sqlite":
        # Postgres stores nothing in such a column but JSON.
        with pytest.raises(Exception, match="invalid input syntax for type json"):
            damage(home, "UPDATE index_tip SET \"commit\" = CAST('not JSON' AS json)")
        return
    async with running(home) as service:
        right = await two_bots(service)
    damage(home, "UPDATE bot SET spec = 'not JSON'", "UPDATE bot SET secrets = '{' WHERE name = 'b'")
    async with running(home) as service:
        await until_shown(service, right)
