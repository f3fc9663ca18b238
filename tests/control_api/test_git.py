"""The fleet repository over HTTP: clone, push, refusals, and pushes as operations."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from tests.control_api.service import Service


async def git(cwd: Path, *arguments: str) -> tuple[int, str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(cwd),
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Petra Person",
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
