"""The fleet at a remote: what the remote has is what counts, through races, absences and crashes."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from agent_runtime.spec import BotId
from gitops import layout
from gitops.errors import RemoteError, RewrittenError
from gitops.operations import Committed, Prepared, Result
from tests.gitops.code_host import CodeHost, git_in
from tests.gitops.fleet import SUPPORT, Fleet, specification
from tests.gitops.killed import load, save
from tests.gitops.remote.mirrors import BOT, BRANCH, agree, brief, someone, until_settled


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
