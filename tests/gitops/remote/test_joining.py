"""Becoming the mirror of a remote, and leaving it; how a remote is spoken to."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from gitops.errors import RefusedError, RemoteError
from gitops.keys import make_keys
from gitops.operations import Committed
from gitops.repository import initialise
from gitops.transport import Transport
from tests.gitops.code_host import CodeHost, bare, git_in
from tests.gitops.fleet import Fleet, specification
from tests.gitops.remote.mirrors import agree
from tests.gitops.server import Clone


async def test_a_file_remote_that_goes_and_comes_back(tmp_path: Path) -> None:
    there = bare(tmp_path / "there.git")
    fleet = await Fleet.make(tmp_path, f"file://{there}")
    there.rename(tmp_path / "gone.git")
    await fleet.restart()
    await initialise(fleet.repository, "any", remote=f"file://{there}")
    waiting = fleet.intent("deploy", spec=specification())
    with pytest.raises(RemoteError, match="the fleet's remote can't be used"):
        await fleet.committer.once()
    (tmp_path / "gone.git").rename(there)
    while await fleet.committer.once():
        pass
    assert isinstance(fleet.operations.results[waiting.operation], Committed)
    await agree(fleet, there)
    await fleet.aclose()


async def test_a_hosted_fleet_moves_to_a_remote_and_back(tmp_path: Path) -> None:
    fleet = await Fleet.make(tmp_path)
    await fleet.commit("deploy", spec=specification())
    recipient = fleet.home.age_recipient.read_text().strip()
    there = bare(tmp_path / "there.git")
    await initialise(fleet.repository, recipient, remote=f"file://{there}")
    await agree(fleet, there)
    await initialise(fleet.repository, recipient)
    await fleet.commit("pause")
    await initialise(fleet.repository, recipient, remote=f"file://{there}")
    await agree(fleet, there)
    await fleet.aclose()


async def test_a_code_hosts_first_commit_is_built_upon(tmp_path: Path) -> None:
    there = bare(tmp_path / "there.git")
    clone = await Clone.of(f"file://{there}", tmp_path / "clone")
    await clone.commit("README.md", "# Ours\n", "Initial commit")
    assert (await clone.push())[0]
    fleet = await Fleet.make(tmp_path, f"file://{there}")
    assert git_in(there, "show", "main:README.md") == "# Ours\n"
    await fleet.commit("deploy", spec=specification())
    await agree(fleet, there)
    await fleet.aclose()


async def test_another_fleet_or_key_is_refused_and_nothing_moves(tmp_path: Path) -> None:
    there = bare(tmp_path / "there.git")
    one = await Fleet.make(tmp_path / "one", f"file://{there}")
    await one.commit("deploy", spec=specification())
    before = git_in(there, "for-each-ref")
    with pytest.raises(RefusedError, match="sealed for another key"):
        await Fleet.make(tmp_path / "two", f"file://{there}")
    assert not (tmp_path / "two" / "home" / "fleet.git").exists()
    two = await Fleet.make(tmp_path / "two")
    await two.commit("deploy", spec=specification())
    with pytest.raises(RefusedError, match="holds other commits"):
        await initialise(two.repository, make_keys(two.home), remote=f"file://{there}")
    assert git_in(there, "for-each-ref") == before
    for fleet in (one, two):
        await fleet.aclose()


@pytest.mark.parametrize("refspec", ["+refs/heads/main:refs/heads/main", ":refs/heads/main", "--force"])
async def test_no_refspec_forces_or_deletes(fleet: Fleet, host: CodeHost, refspec: str) -> None:
    with pytest.raises(ValueError, match="refspec"):
        await Transport(fleet.repository, host.url).push([refspec])


async def test_the_operators_credential_helper_is_asked_and_nobody_is_prompted(
    fleet: Fleet, host: CodeHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.password = secrets.token_urlsafe(16)
    with pytest.raises(RemoteError, match="can't be used"):
        await fleet.committer.once()
    helper = f"!f() {{ echo username=botyard; echo password={host.password}; }}; f"
    (tmp_path / "gitconfig").write_text(
        f'[credential]\n\thelper = "{helper}"\n[core]\n\thooksPath = {tmp_path}\n'
    )
    hook = tmp_path / "pre-push"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/hooked\nexit 1\n")
    hook.chmod(0o755)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    await fleet.commit("deploy", spec=specification())
    assert not (tmp_path / "hooked").exists()
    assert host.password.encode() not in (fleet.repository / "config").read_bytes()
    host.password = None
    await agree(fleet, host.repository)
