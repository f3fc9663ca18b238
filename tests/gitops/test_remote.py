"""The fleet at a remote: what the remote has is what counts, through races, absences and crashes."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import pytest

from agent_runtime.spec import BotId
from gitops import layout, remote, render
from gitops.errors import RefusedError, RemoteError, RewrittenError
from gitops.keys import make_keys
from gitops.operations import Committed, Prepared, Result
from gitops.repository import initialise
from gitops.transport import Transport
from tests.gitops.code_host import CodeHost, bare, code_host, forced, git_in
from tests.gitops.fleet import SUPPORT, Fleet, specification
from tests.gitops.killed import load, save
from tests.gitops.server import Clone

BOT = "users/al/alice/support/bot.yaml"
BRANCH = layout.deploy_branch("local", layout.shard("alice", 64))


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[CodeHost]:
    async with code_host(tmp_path) as found:
        yield found


@pytest.fixture
async def fleet(host: CodeHost, tmp_path: Path) -> AsyncIterator[Fleet]:
    made = await Fleet.make(tmp_path, host.url)
    yield made
    await made.aclose()


async def agree(fleet: Fleet, repository: Path) -> None:
    """The remote has what the mirror has, rendering is complete, and nobody forced anything."""
    tips = git_in(repository, "for-each-ref", "--format=%(refname) %(objectname)").split("\n")[:-1]
    there = {remote.here_of(ref): oid for ref, oid in (line.split() for line in tips)}
    assert there == await remote.branches_here(fleet.repository)
    assert there[layout.MAIN] == there[layout.RENDERED]
    assert await render.differences(fleet.objects, layout.MAIN) == []
    assert forced(repository) == []
    git_in(repository, "fsck", "--strict", "--no-dangling")


async def someone(fleet: Fleet, host: CodeHost, tmp_path: Path) -> Clone:
    clone = await Clone.of(host.url, tmp_path / "clone")
    assert (clone.folder / "fleet.yaml").exists()
    return clone


async def brief(clone: Clone) -> str:
    await clone.git("pull", "-q", "--rebase", "origin", "main")
    commit = await clone.commit(BOT, (clone.folder / BOT).read_text().replace("kind", "brief"))
    taken, said = await clone.push()
    assert taken, said
    return commit


async def until_settled(fleet: Fleet, number: int) -> None:
    for _ in range(1500):
        if len(fleet.operations.results) >= number:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{len(fleet.operations.results)} of {number} operations are settled")


async def test_committed_means_pushed(fleet: Fleet, host: CodeHost) -> None:
    assert git_in(host.repository, "log", "--format=%s", "main") == "Start the fleet\n"
    done = await fleet.commit("deploy", spec=specification(), sealed=await fleet.seal({"KEY": "v"}))
    assert git_in(host.repository, "rev-parse", "main").strip() == done.commit
    assert git_in(host.repository, "rev-parse", BRANCH).strip() == done.deploy_commit
    assert done.branch == BRANCH
    await fleet.commit("pause")
    await agree(fleet, host.repository)


async def test_what_somebody_pushed_is_adopted_rendered_and_pushed_back(
    fleet: Fleet, host: CodeHost, tmp_path: Path
) -> None:
    await fleet.commit("deploy", spec=specification())
    clone = await someone(fleet, host, tmp_path)
    commit = await brief(clone)
    assert await fleet.committer.once()
    assert fleet.operations.rows[SUPPORT].data == specification(instructions="You are brief.")
    assert {(str(bot), at) for bot, at in fleet.operations.people} == {("alice.support", commit)}
    assert isinstance(fleet.operations.results[f"{SUPPORT}@{commit}"], Committed)
    assert git_in(host.repository, "log", "-1", "--format=%(trailers:key=Source)", BRANCH).strip() == (
        f"Source: {commit}"
    )
    await agree(fleet, host.repository)


async def test_a_lost_race_is_run_again(host: CodeHost, tmp_path: Path) -> None:
    fleet = await Fleet.make(tmp_path, host.url, every=3600)
    await fleet.commit("deploy", spec=specification())
    clone = await someone(fleet, host, tmp_path)
    prepare, pushed = fleet.operations.prepared, list[str]()

    async def push_first(commits: Mapping[str, Prepared]) -> None:
        await prepare(commits)
        if not pushed:
            pushed.append(await brief(clone))

    fleet.operations.prepared = push_first  # type: ignore[method-assign]
    await fleet.commit("change", patch={"description": "new"})
    assert fleet.operations.rows[SUPPORT].data == specification(
        instructions="You are brief.", description="new"
    )
    await agree(fleet, host.repository)
    assert git_in(host.repository, "rev-list", "--min-parents=2", "main") == ""
    await fleet.aclose()


async def test_while_the_remote_is_away_operations_wait_and_then_all_of_them_come(
    fleet: Fleet, host: CodeHost
) -> None:
    await fleet.commit("deploy", spec=specification())
    tip = git_in(host.repository, "rev-parse", "main")
    running = asyncio.create_task(fleet.committer.run())
    claimed = 0
    claim = fleet.operations.claim

    async def counted(limit: int) -> object:
        nonlocal claimed
        claimed += 1
        return await claim(limit)

    async with asyncio.timeout(20):
        host.down = True
        while fleet.committer.trouble is None:
            fleet.committer.nudge()
            await asyncio.sleep(0.01)
        fleet.operations.claim = counted  # type: ignore[method-assign, assignment]
        for number in range(5):
            fleet.intent("change", patch={"memory": {"turns": number}})
        # Each round that the committer begins asks the remote again.
        asked = host.asked
        while host.asked < asked + 2:
            fleet.committer.nudge()
            await asyncio.sleep(0.01)
    assert len(fleet.operations.results) == 1
    assert claimed == 0, "nothing is begun that can't be pushed"
    assert await fleet.objects.resolve(layout.MAIN) == tip.strip()
    host.down = False
    await until_settled(fleet, 6)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert all(isinstance(result, Committed) for result in fleet.operations.results.values())
    assert fleet.operations.rows[SUPPORT].data == specification(memory={"turns": 4})
    await agree(fleet, host.repository)


async def test_a_push_that_fails_puts_its_operations_back_with_the_reason(
    host: CodeHost, tmp_path: Path
) -> None:
    fleet = await Fleet.make(tmp_path, host.url, every=3600)
    await fleet.commit("deploy", spec=specification())
    first = fleet.intent("change", patch={"description": "new"})
    host.down = True
    with pytest.raises(RemoteError):
        await fleet.committer.once()
    assert "503" in fleet.operations.reasons[first.operation]
    assert host.url not in fleet.operations.reasons[first.operation]
    tried = fleet.operations.stored[first.operation]
    assert tried is not None
    with pytest.raises(RemoteError):
        await fleet.committer.once()
    host.down = False
    await asyncio.sleep(1)  # commits tell seconds
    fleet.intent("change", patch={"memory": {"turns": 9}})
    await fleet.restart()
    while await fleet.committer.once():
        pass
    assert fleet.operations.results[first.operation] == Committed(tried), "the very same commit"
    assert fleet.operations.rows[SUPPORT].data == specification(description="new", memory={"turns": 9})
    await agree(fleet, host.repository)
    await fleet.aclose()


@pytest.mark.parametrize("after", ["nothing", "away", "away and overtaken", "overtaken"])
async def test_a_push_whose_answer_is_lost_counts_once(host: CodeHost, tmp_path: Path, after: str) -> None:
    fleet = await Fleet.make(tmp_path, host.url, every=3600)

    async def then() -> None:
        host.down = "away" in after
        if after == "overtaken":
            await brief(await someone(fleet, host, tmp_path))

    host.cut, host.then = True, then
    deployed = fleet.intent("deploy", spec=specification())
    if host_goes := "away" in after:
        with pytest.raises(RemoteError):
            await fleet.committer.once()
        assert fleet.operations.results == {}
        assert await fleet.objects.resolve(BRANCH) is None, "what runs is what the remote is known to have"
    host.down = False
    if host_goes and "overtaken" in after:
        await brief(await someone(fleet, host, tmp_path))
    while await fleet.committer.once():
        pass
    result = fleet.operations.results[deployed.operation]
    assert isinstance(result, Committed), result
    commits = git_in(host.repository, "rev-list", "--count", "main").strip()
    assert commits == ("3" if "overtaken" in after else "2")
    assert SUPPORT in fleet.operations.rows
    await agree(fleet, host.repository)
    await fleet.aclose()


async def test_two_botyards_at_one_remote_lose_nothing(host: CodeHost, tmp_path: Path) -> None:
    one = await Fleet.make(tmp_path / "one", host.url, every=0.2)
    shutil.copytree(one.home.age_key.parent, tmp_path / "two" / "home" / "keys")
    two = await Fleet.make(tmp_path / "two", host.url, every=0.2)
    both = (one, two)
    await one.commit("deploy", spec=specification())
    running = [asyncio.create_task(fleet.committer.run()) for fleet in both]
    for number in range(20):
        for fleet, owner in zip(both, ("bob", "carol"), strict=True):
            bot = BotId(owner, f"b{number}")
            fleet.intent("deploy", bot, spec=specification(bot.name))
            fleet.committer.nudge()
        await asyncio.sleep(0.02)
    await until_settled(one, 21)
    await until_settled(two, 20)
    for _ in range(500):
        if len(one.operations.rows) == len(two.operations.rows) == 41:
            break
        await asyncio.sleep(0.02)
    assert [len(fleet.operations.rows) for fleet in both] == [41, 41], "each shows what the other wrote"
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    for fleet in both:
        assert all(isinstance(result, Committed) for result in fleet.operations.results.values())
        await fleet.restart()
        await fleet.committer.once()
        await agree(fleet, host.repository)
        assert fleet.operations.people == {}
    assert git_in(host.repository, "rev-list", "--min-parents=2", "main") == ""
    assert git_in(host.repository, "rev-list", "--count", "main").strip() == "42"
    for fleet in both:
        await fleet.aclose()


async def test_two_botyards_that_adopt_the_same_push_both_settle_it(host: CodeHost, tmp_path: Path) -> None:
    one = await Fleet.make(tmp_path / "one", host.url)
    shutil.copytree(one.home.age_key.parent, tmp_path / "two" / "home" / "keys")
    two = await Fleet.make(tmp_path / "two", host.url)
    await one.commit("deploy", spec=specification())
    await two.committer.once()
    commit = await brief(await someone(one, host, tmp_path))
    adopt = one.operations.adopted

    async def overtaken(changes: Sequence[object]) -> Sequence[str]:
        ids = await adopt(changes)  # type: ignore[arg-type]
        await asyncio.sleep(1)  # commits tell seconds
        assert await two.committer.once()
        return ids

    one.operations.adopted = overtaken  # type: ignore[method-assign]
    for fleet in (one, two):
        while await fleet.committer.once():
            pass
        result = fleet.operations.results[f"{SUPPORT}@{commit}"]
        assert isinstance(result, Committed)
        assert await fleet.objects.contains(BRANCH, result.prepared.deploy_commit)
        await agree(fleet, host.repository)
        await fleet.aclose()


@pytest.mark.parametrize("where", ["prepared", "pushed", "moved"])
async def test_killed_at_a_step_and_started_again(fleet: Fleet, host: CodeHost, where: str) -> None:
    await fleet.commit("deploy", spec=specification())
    fleet.intent("change", patch={"description": "one"})
    fleet.intent("deploy", BotId("bob", "helper"), spec=specification("helper"))
    path = fleet.home.root / "operations"
    save(fleet.operations, path)
    arguments = (sys.executable, "-m", "tests.gitops.killed", str(fleet.home.root), where, host.url)
    process = await asyncio.create_subprocess_exec(*arguments)
    assert await process.wait() == -signal.SIGKILL
    fleet.operations = load(path)
    pushed = git_in(host.repository, "rev-list", "--count", "main").strip()
    assert pushed == ("2" if where == "prepared" else "4")
    await fleet.restart()
    while await fleet.committer.once():
        pass
    results: list[Result] = [fleet.operations.results[f"op-{number}"] for number in (1, 2, 3)]
    assert all(isinstance(result, Committed) for result in results)
    assert git_in(host.repository, "rev-list", "--count", "main").strip() == "4"
    assert fleet.operations.people == {}
    assert fleet.operations.stored == {}
    assert fleet.operations.rows[SUPPORT].data == specification(description="one")
    await agree(fleet, host.repository)


async def test_a_remote_that_drops_commits_is_not_overwritten(fleet: Fleet, host: CodeHost) -> None:
    first = await fleet.commit("deploy", spec=specification())
    await fleet.commit("pause")
    git_in(host.repository, "update-ref", layout.MAIN, first.commit)
    waiting = fleet.intent("resume")
    for _ in range(2):
        with pytest.raises(RewrittenError, match=r"push them back|move its fleet\.git away"):
            await fleet.committer.once()
    assert git_in(host.repository, "rev-parse", "main").strip() == first.commit
    assert waiting.operation not in fleet.operations.results


async def test_a_merge_past_the_check_holds_up_nobody_else(
    fleet: Fleet, host: CodeHost, tmp_path: Path
) -> None:
    await fleet.commit("deploy", spec=specification())
    clone = await someone(fleet, host, tmp_path)
    await clone.git("pull", "-q", "origin", "main")
    (clone.folder / "fleet.yaml").write_text("format: 7\n")
    await clone.commit(BOT, "version: 1\nname: support\n", "Break both")
    assert (await clone.push())[0]
    other = BotId("bob", "helper")
    await fleet.commit("deploy", other, spec=specification("helper"))
    assert fleet.operations.rows[SUPPORT].held
    assert git_in(host.repository, "ls-tree", "-r", "--name-only", BRANCH).split()
    (clone.folder / "fleet.yaml").unlink()
    await clone.git("checkout", "HEAD~", "--", "fleet.yaml", BOT)
    await clone.commit_all("Mend both")
    await clone.git("pull", "-q", "--rebase", "origin", "main")
    assert (await clone.push())[0]
    await fleet.commit("change", other, patch={"description": "well"})
    assert not fleet.operations.rows[SUPPORT].held
    await agree(fleet, host.repository)


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
