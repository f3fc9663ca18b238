"""The fleet repository over HTTP: clone, push, refusals, and pushes as operations."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import String, create_engine, text
from sqlmodel import SQLModel

from control_api.git.pushes import Pushes
from tests.control_api.service import Service, running


async def git(cwd: Path, *arguments: str, author: str = "Petra Person") -> tuple[int, str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(cwd),
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": author,
        "GIT_AUTHOR_EMAIL": "petra@example.com",
        "GIT_COMMITTER_NAME": "Petra Person",
        "GIT_COMMITTER_EMAIL": "petra@example.com",
    }
    process = await asyncio.create_subprocess_exec(
        "git",
        *arguments,
        cwd=cwd,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    return process.returncode or 0, out.decode()


def address(service: Service, token: str) -> str:
    return f"{service.url.replace('http://', f'http://me:{token}@')}/git/fleet.git"


async def test_a_push_becomes_an_operation_in_its_authors_name(service: Service, tmp_path: Path) -> None:
    await service.deploy()
    assert (await git(tmp_path, "clone", "-q", address(service, service.token), "clone"))[0] == 0
    clone = tmp_path / "clone"
    file = clone / "users/ad/admin/support/bot.yaml"
    file.write_text(file.read_text().replace("You are kind.", "You are brief."))
    await git(clone, "commit", "-qam", "Be brief")
    code, out = await git(clone, "push", "-q")
    assert code == 0, out

    async def newest() -> dict[str, object]:
        found: dict[str, object] = (await service.http.get("/operations")).json()["items"][0]
        return found

    for _ in range(200):
        operation = await newest()
        if operation["source"] == "push" and operation["state"] == "succeeded":
            break
        await asyncio.sleep(0.05)
    assert operation["source"] == "push"
    assert operation["actor"] == "Petra Person"
    assert operation["state"] == "succeeded"
    assert service.engine.probes == ["admin.support"] * 2
    bot = (await service.http.get("/bots/admin.support")).json()
    assert "You are brief." in bot["spec"]["instructions"]
    history = (await service.http.get("/bots/admin.support/history")).json()["items"]
    assert (history[0]["author"], history[0]["message"], history[0]["operation"]) == (
        "Petra Person",
        "Be brief",
        None,
    )
    pushes = [e for e in (await service.http.get("/audit")).json()["items"] if e["action"] == "git.push"]
    assert [(push["actor"], push["outcome"], push["via"]) for push in pushes] == [("admin", "done", "git")]


async def test_a_push_that_breaks_the_rules_is_refused_with_the_reason(
    service: Service, tmp_path: Path
) -> None:
    await service.deploy()
    await git(tmp_path, "clone", "-q", address(service, service.token), "clone")
    clone = tmp_path / "clone"
    tip = await service.app.state.platform.fleet.tip()
    file = clone / "users/ad/admin/support/bot.yaml"
    file.write_text(file.read_text() + "unknown: 1\n")
    await git(clone, "commit", "-qam", "Break it")
    code, out = await git(clone, "push", "-q")
    assert code != 0
    assert "bot.yaml" in out
    assert "unknown" in out
    code, out = await git(clone, "push", "-q", "origin", "HEAD:refs/heads/deploy/local/00")
    assert code != 0
    assert await service.app.state.platform.fleet.tip() == tip
    assert len((await service.http.get("/operations")).json()["items"]) == 1


async def test_git_is_for_operators_whose_token_may(service: Service, tmp_path: Path) -> None:
    bob = await service.user("bob")
    admin = await service.sign_in()
    refused = {
        "nobody's": "byt_" + "x" * 24,
        "another user's": await service.token_of(bob, "git:read", "git:write"),
        "without the scope": await service.token_of(admin, "bots:read"),
    }
    for whose, token in refused.items():
        code, _ = await git(tmp_path, "clone", "-q", address(service, token), whose)
        assert code != 0, whose
    reader = await service.token_of(admin, "git:read")
    assert (await git(tmp_path, "clone", "-q", address(service, reader), "readable"))[0] == 0
    clone = tmp_path / "readable"
    (clone / "README.md").write_text("mine\n")
    await git(clone, "commit", "-qam", "Mine")
    assert (await git(clone, "push", "-q"))[0] != 0
    challenge = await service.client().get(f"{service.url}/git/fleet.git/info/refs?service=git-upload-pack")
    assert challenge.status_code == 401
    assert challenge.headers["www-authenticate"].startswith("Basic")
    other = await service.http.get(f"{service.url}/git/fleet.git/config", auth=("x", service.token))
    assert other.status_code == 404


async def clone(service: Service, folder: Path) -> Path:
    code, out = await git(folder, "clone", "-q", address(service, service.token), "clone")
    assert code == 0, out
    return folder / "clone"


async def commit_bot(folder: Path, owner: str, **more: Any) -> None:
    file = folder / f"users/{owner[:2]}/{owner}/support/bot.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('version: 1\nname: support\ninstructions: "You are brief."\n')
    await git(folder, "add", "-A")
    code, out = await git(folder, "commit", "-qm", "Be brief", **more)
    assert code == 0, out


async def pushes(service: Service) -> list[tuple[str, str]]:
    found = (await service.http.get("/audit")).json()["items"]
    return [(entry["actor"], entry["outcome"]) for entry in found if entry["action"] == "git.push"]


async def booked(service: Service, *expected: tuple[str, str]) -> None:
    """Whoever pushes is answered before it is booked how the push ended."""
    for _ in range(200):
        if len(found := await pushes(service)) >= len(expected):
            break
        await asyncio.sleep(0.05)
    assert found == list(expected)


async def ended(client: httpx2.AsyncClient, state: str = "succeeded") -> dict[str, Any]:
    """The newest operation, once it has ended."""
    for _ in range(200):
        items = (await client.get("/operations")).json()["items"]
        if items and items[0]["state"] == state:
            newest: dict[str, Any] = items[0]
            return newest
        await asyncio.sleep(0.05)
    raise AssertionError("no operation has come to that")


async def test_an_authors_name_of_any_length_fits(service: Service, tmp_path: Path) -> None:
    folder = await clone(service, tmp_path)
    await commit_bot(folder, "admin", author="P" * 300)
    assert (await git(folder, "push", "-q"))[0] == 0
    assert (await ended(service.http))["actor"] == "P" * 100
    # SQLite takes a text of any length; Postgres refuses what is longer than the column.
    engine = create_engine(f"sqlite:///{service.settings.places.control_database}")
    with engine.connect() as connection:
        for table in SQLModel.metadata.sorted_tables:
            for column in table.columns:
                if isinstance(column.type, String) and column.type.length:
                    query = text(f'SELECT max(length("{column.name}")) FROM "{table.name}"')
                    longest = connection.execute(query).scalar() or 0
                    assert longest <= column.type.length, (table.name, column.name)
    engine.dispose()


async def test_a_refused_push_is_not_booked_with_what_others_did_meanwhile(
    service: Service, tmp_path: Path
) -> None:
    folder = await clone(service, tmp_path)
    await commit_bot(folder, "admin")
    repository = service.settings.places.fleet
    waiting, go = tmp_path / "waiting", tmp_path / "go"
    hook = repository / "hooks" / "pre-receive"
    hook.write_text(f"#!/bin/sh\ntouch {waiting}\nwhile [ ! -e {go} ]; do sleep 0.02; done\nexit 1\n")
    pushing = asyncio.create_task(git(folder, "push", "-q"))
    try:
        for _ in range(500):
            if waiting.exists():
                break
            await asyncio.sleep(0.02)
        assert (await service.deploy("other")).status_code in {200, 201}
    finally:
        go.touch()
        code, _ = await pushing
    assert code != 0
    await booked(service, ("admin", "refused or nothing new"))


async def test_a_push_that_lost_a_race_is_not_booked_once_another_brings_its_commit(
    service: Service, tmp_path: Path
) -> None:
    folder = await clone(service, tmp_path)
    await commit_bot(folder, "admin")
    # The commit is let through and `main` does not move: so it is where another push was faster.
    update = service.settings.places.fleet / "hooks" / "update"
    update.write_text("#!/bin/sh\nexit 1\n")
    update.chmod(0o755)
    assert (await git(folder, "push", "-q"))[0] != 0
    update.unlink()
    assert (await git(folder, "push", "-q"))[0] == 0
    await booked(service, ("admin", "done"), ("admin", "refused or nothing new"))


async def test_a_crash_after_a_push_does_not_lose_who_pushed(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(*_: object) -> None:
        return None

    with monkeypatch.context() as crashing:
        crashing.setattr(Pushes, "book", die)
        crashing.setattr(Pushes, "_refused", die)
        async with running(home) as service:
            folder = await clone(service, tmp_path)
            await commit_bot(folder, "admin")
            assert (await git(folder, "push", "-q"))[0] == 0
            assert await pushes(service) == []
    for _ in range(2):
        async with running(home) as service:
            for _ in range(200):
                if await pushes(service):
                    break
                await asyncio.sleep(0.02)
            assert await pushes(service) == [("admin", "done")]
            assert not list((service.settings.places.fleet / "botyard-pushes").iterdir())


async def test_a_pushed_bot_of_nobody_says_so_and_nobody_gets_it_by_its_name(
    service: Service, tmp_path: Path
) -> None:
    folder = await clone(service, tmp_path)
    await commit_bot(folder, "ghost")
    code, out = await git(folder, "push", "-q")
    assert code == 0, out
    await ended(service.http)
    status = (await service.http.get("/bots/ghost.support")).json()["status"]
    assert (status["phase"], status["reason"]) == (
        "degraded",
        "There is no such owner: ghost. It runs as pushed, and only operators can change it.",
    )
    assert status["next_step"]
    bob = await service.user("bob")
    for client, path in ((service.http, "/users"), (service.http, "/teams"), (bob, "/teams")):
        refused = await client.post(path, json={"name": "ghost"})
        assert refused.status_code == 409, refused.text
        assert "take_over" in refused.json()["detail"]
    assert (await bob.post("/teams", json={"name": "ghost", "take_over": True})).status_code == 403
    assert (await service.http.post("/users", json={"name": "ghost", "take_over": True})).status_code == 201
    assert (await service.http.get("/bots/ghost.support")).json()["status"]["phase"] == "idle"
