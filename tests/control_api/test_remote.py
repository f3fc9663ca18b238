"""A control API whose fleet is at a Git remote: what its callers see of it, there and away."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx2

from tests.control_api.service import Service, running, spec, until
from tests.gitops.code_host import bare, git_in


async def part(service: Service) -> dict[str, Any]:
    found: list[dict[str, Any]] = (await service.http.get("/system")).json()["parts"]
    return next(each for each in found if each["name"] == "fleet remote")


async def operation(service: Service, answer: httpx2.Response, state: str) -> dict[str, Any]:
    """The operation of a write, once it is in a state."""
    for _ in range(600):
        found: dict[str, Any] = (
            await service.http.get(f"/operations/{answer.json()['operation']['id']}")
        ).json()
        if found["state"] == state:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"it is {found['state']}: {found}")


async def test_a_fleet_at_a_remote(home: Path, tmp_path: Path) -> None:
    there = bare(tmp_path / "there.git")
    url = f"file://{there}"
    async with running(home, fleet_remote=url, fleet_poll_seconds=0.2) as service:
        answer = await service.deploy()
        assert answer.status_code == 200, answer.text
        assert git_in(there, "rev-parse", "main").strip() == answer.json()["operation"]["commit"]
        system = (await service.http.get("/system")).json()
        assert system["fleet"] == url
        assert (await part(service))["state"] == "ok"

        refs = f"{service.url}/git/fleet.git/info/refs?service=git-upload-pack"
        assert (await service.client().get(refs)).status_code == 401
        off = await service.http.get(refs, auth=("any", service.token))
        assert off.status_code == 404
        assert url in off.json()["detail"]

        there.rename(tmp_path / "gone.git")
        for _ in range(100):
            if (await part(service))["state"] == "failed":
                break
            await asyncio.sleep(0.05)
        assert "last pushed 20" in (await part(service))["detail"]
        second = await service.http.post("/bots", json={"spec": spec("second")})
        assert second.status_code == 202
        # The committer has tried twice more since then.
        remote, tried = service.app.state.platform.fleet.remote, list[bool]()
        refresh = remote.refresh

        async def counted() -> bool:
            tried.append(True)
            return bool(await refresh())

        remote.refresh = counted
        await until(lambda: len(tried) > 1)
        assert (await operation(service, second, "pending"))["error"] is None
        assert (await service.client().get(f"{service.url}/readyz")).status_code == 200
        (tmp_path / "gone.git").rename(there)
        done = await operation(service, second, "succeeded")
        assert git_in(there, "rev-parse", "main").strip() == done["commit"]
        assert (await part(service))["state"] == "ok"


async def test_an_operation_whose_push_fails_is_pending_and_says_for_what(home: Path, tmp_path: Path) -> None:
    there = bare(tmp_path / "there.git")
    hook = there / "hooks" / "pre-receive"
    async with running(home, fleet_remote=f"file://{there}", fleet_poll_seconds=60) as service:
        assert (await service.deploy()).status_code == 200
        hook.write_text("#!/bin/sh\necho 'closed on Sundays' >&2\nexit 1\n")
        hook.chmod(0o755)
        second = await service.http.post("/bots", json={"spec": spec("second")})
        for _ in range(100):
            found = await operation(service, second, "pending")
            committed = next(step for step in found["steps"] if step["name"] == "committed")
            if committed["detail"]:
                break
            await asyncio.sleep(0.05)
        assert committed["state"] == "pending"
        assert "closed on Sundays" in committed["detail"]
        hook.unlink()
        await operation(service, second, "succeeded")
