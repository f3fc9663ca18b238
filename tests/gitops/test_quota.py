"""Quotas and defaults of `owner.yaml`: whatever way a change comes, the sum stays within what it says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent_runtime.spec import BotId
from agent_runtime.spec.problems import Problem
from gitops import layout, quota, render
from gitops.intent import QuotaChange
from gitops.objects import Objects
from gitops.operations import Committed, Refused, Result, Unchanged
from gitops.owner_file import with_quota
from gitops.release import read_release
from gitops.tree import CommitTree
from tests.gitops.fleet import ALICE, Fleet, specification
from tests.gitops.server import Clone, serving
from tests.gitops.test_bulk import Item, bulk, settle
from tests.gitops.test_crash import PLACES, kill

OWNER_FILE = "users/al/alice/owner.yaml"


def bot(name: str, owner: str = "alice") -> BotId:
    return BotId(owner, name)


async def limit(fleet: Fleet, **limits: Any) -> Result:
    """Sets alice's quota as an operator would."""
    number = len(fleet.operations.results)
    request = QuotaChange(f"op-quota-{number}", "alice", ALICE, datetime.now(UTC), limits)
    fleet.operations.submit(request)
    while request.operation not in fleet.operations.results:
        assert await fleet.committer.once()
    return fleet.operations.results[request.operation]


async def deploy(fleet: Fleet, name: str, **more: Any) -> Result:
    return await fleet.settle("deploy", bot(name), spec=specification(name, **more))


def refusal(result: Result) -> Problem:
    assert isinstance(result, Refused), result
    assert (result.status, len(result.problems)) == (409, 1), result
    return result.problems[0]


async def test_the_bot_beyond_the_limit_is_refused_and_the_others_go_on(fleet: Fleet) -> None:
    result = await limit(fleet, bots=2)
    assert isinstance(result, Committed)
    assert (await fleet.read(OWNER_FILE) or b"").decode() == "version: 1\nquota:\n  bots: 2\n"
    assert "Set the quota of alice" in fleet.git("log", "-1", "--format=%B", result.prepared.commit)
    for name in ("one", "two"):
        assert isinstance(await deploy(fleet, name), Committed)
    problem = refusal(await deploy(fleet, "three"))
    assert str(problem) == (
        "users/al/alice/three/bot.yaml:2: /name: alice has 2 of 2 bots; delete one or ask an operator to "
        "raise quota.bots"
    )
    await fleet.commit("deploy", bot("one", "bob"), spec=specification("one"))
    await fleet.commit("change", bot("one"), patch={"description": "Still may change"})
    await fleet.commit("delete", bot("two"))
    assert isinstance(await deploy(fleet, "three"), Committed)
    assert await render.differences(fleet.objects, layout.MAIN) == []


@pytest.mark.parametrize(
    ("limits", "more", "said"),
    [
        ({"cpu": "0.2"}, {}, "has 0.2 of 0.2 processors, and this adds 0.1; lower resources.cpu"),
        ({"memory": "300Mi"}, {}, "has 256 of 300 MiB of memory, and this adds 128; lower"),
        ({"usd_per_day": 2.5}, {"budget": {"usd_per_day": 0.75}}, "has 2 of 2.5 US dollars a day, and this"),
        ({"tokens_per_day": 500_000}, {}, "has 400000 of 500000 tokens a day, and this adds 200000; lower"),
        ({"secrets": 1}, {}, "has 1 of 1 secrets, and this adds 1; remove one"),
    ],
)
async def test_sums_over_all_bots_have_limits(
    fleet: Fleet, limits: dict[str, Any], more: dict[str, Any], said: str
) -> None:
    sealed = await fleet.seal({"KEY": "a secret"}, bot("one"))
    await fleet.commit("deploy", bot("one"), spec=specification("one"), sealed=sealed)
    await deploy(fleet, "two")
    await limit(fleet, **limits)
    spec, sealed = specification("three", **more), await fleet.seal({"KEY": "a secret"}, bot("three"))
    problem = refusal(await fleet.settle("deploy", bot("three"), spec=spec, sealed=sealed))
    assert said in problem.detail
    assert f"quota.{next(iter(limits))}" in problem.detail


async def test_a_limit_below_what_is_there_only_stops_growth(fleet: Fleet) -> None:
    for name in ("one", "two", "three"):
        await deploy(fleet, name)
    assert isinstance(await limit(fleet, bots=1, usd_per_day=1), Committed)
    await fleet.commit("change", bot("one"), patch={"description": "Changed"})
    await fleet.commit("pause", bot("two"))
    await fleet.commit("change", bot("one"), patch={"budget": {"usd_per_day": 0.5}})
    grown = await fleet.settle("change", bot("one"), patch={"budget": {"usd_per_day": 0.6}})
    assert "has 2.5 of 1 US dollars a day, and this adds 0.1" in refusal(grown).detail
    await fleet.commit("delete", bot("three"))
    again = await deploy(fleet, "three")
    assert isinstance(again, Refused)
    assert [each.pointer for each in again.problems] == ["/name", "/budget/usd_per_day"]


async def test_creations_at_the_same_time_cannot_exceed_it(fleet: Fleet) -> None:
    await limit(fleet, bots=3)
    intents = [
        fleet.intent("deploy", bot(f"b{number}"), spec=specification(f"b{number}")) for number in range(8)
    ]
    while await fleet.committer.once():
        pass
    results = [fleet.operations.results[each.operation] for each in intents]
    assert [isinstance(each, Committed) for each in results] == [True] * 3 + [False] * 5
    assert "alice has 3 of 3 bots" in refusal(results[3]).detail


async def test_a_bulk_counts_as_a_whole_and_points_at_its_item(fleet: Fleet) -> None:
    await limit(fleet, bots=2)
    items: list[Item] = [
        ("deploy", bot(name), {"spec": specification(name)}) for name in ("one", "three", "two")
    ]
    result = await settle(fleet, bulk(*items))
    problem = refusal(result)
    assert (problem.pointer, problem.detail.partition(";")[0]) == (
        "/2/spec/name",
        "alice has 0 of 2 bots, and this adds 3",
    )
    assert fleet.operations.rows == {}
    fleet.operations.results.clear()
    assert isinstance(await settle(fleet, bulk(*items[:2])), Committed)
    fleet.operations.results.clear()
    replace: Item = ("delete", bot("one"), {})
    assert isinstance(await settle(fleet, bulk(items[2], replace)), Committed)


async def test_a_push_is_counted_as_a_whole_and_refused_with_file_and_line(
    fleet: Fleet, tmp_path: Path
) -> None:
    await deploy(fleet, "one")
    await limit(fleet, bots=1)
    text = "version: 1\nname: two\ninstructions: You are kind.\n"
    async with serving(fleet) as url:
        clone = await Clone.of(url, tmp_path / "clone")
        await clone.commit("users/al/alice/two/bot.yaml", text)
        taken, said = await clone.push()
        assert not taken
        assert "users/al/alice/two/bot.yaml:2: /name: alice has 1 of 1 bots; delete one or ask" in said
        # The same push with one bot less fits.
        await clone.commit("users/al/alice/one/bot.yaml", None)
        taken, said = await clone.push()
        assert taken, said
        # So does one that raises the limit with what it needs.
        await clone.commit(OWNER_FILE, "version: 1\nquota: {bots: 2}  # agreed with Alice\n")
        await clone.commit("users/al/alice/three/bot.yaml", text.replace("two", "three"))
        taken, said = await clone.push()
        assert taken, said
    await fleet.committer.once()
    assert sorted(map(str, fleet.operations.rows)) == ["alice.three", "alice.two"]
    assert isinstance(await limit(fleet, bots=5), Committed)
    assert b"# agreed with Alice" in (await fleet.read(OWNER_FILE) or b"")


async def test_a_quota_that_says_nothing_new_makes_no_commit_and_an_empty_one_removes_the_file(
    fleet: Fleet,
) -> None:
    assert isinstance(await limit(fleet), Unchanged)
    await limit(fleet, bots=2)
    assert isinstance(await limit(fleet, bots=2), Unchanged)
    assert isinstance(await limit(fleet), Committed)
    assert await fleet.read(OWNER_FILE) is None


def test_another_quota_leaves_the_defaults_alone() -> None:
    content = b"version: 1\n# Agreed.\ndefaults:\n  access: {policy: open}\n"
    limited = with_quota(content, {"bots": 3, "cpu": None}) or b""
    assert b"# Agreed.\ndefaults:\n  access: {policy: open}\n" in limited
    assert b"bots: 3" in limited
    assert with_quota(limited, {}) == content


async def test_defaults_are_rendered_and_the_file_stays_as_written(fleet: Fleet, tmp_path: Path) -> None:
    await deploy(fleet, "one")
    await deploy(fleet, "own", budget={"usd_per_day": 2.0})
    written = await fleet.read("users/al/alice/one/bot.yaml")
    async with serving(fleet) as url:
        clone = await Clone.of(url, tmp_path / "clone")
        await clone.commit(
            OWNER_FILE, "version: 1\ndefaults: {access: {policy: open}, budget: {usd_per_day: 0.1}}\n"
        )
        taken, said = await clone.push()
        assert taken, said
    await fleet.committer.once()
    assert await fleet.read("users/al/alice/one/bot.yaml") == written
    assert sorted(str(each.bot) for each in fleet.operations.people.values()) == ["alice.one", "alice.own"]
    branch = next(iter(await fleet.objects.branches(layout.DEPLOY_PREFIX)))
    for name, budget in (("one", {"usd_per_day": 0.1}), ("own", {"usd_per_day": 2.0})):
        released = read_release(await fleet.read(layout.release_path(bot(name)), branch) or b"").bot
        assert (released["access"], released["budget"]) == ({"policy": "open"}, budget)
    assert await render.differences(fleet.objects, layout.MAIN) == []


async def test_defaults_that_a_bot_cannot_have_are_refused(fleet: Fleet, tmp_path: Path) -> None:
    await deploy(fleet, "one")
    model = "{provider: openai, name: gpt-4o-mini, key: {secret: OPENAI_API_KEY}}"
    async with serving(fleet) as url:
        clone = await Clone.of(url, tmp_path / "clone")
        await clone.commit(OWNER_FILE, f"version: 1\ndefaults:\n  model: {model}\n")
        taken, said = await clone.push()
    assert not taken
    assert "users/al/alice/one/bot.yaml:1: /model/key: names the secret OPENAI_API_KEY, which is not" in said


@pytest.mark.parametrize("where", PLACES)
async def test_a_crash_neither_loses_nor_doubles_a_change_of_quota(fleet: Fleet, where: str) -> None:
    start = await fleet.objects.resolve(layout.MAIN)
    fleet.operations.submit(QuotaChange("op-quota", "alice", ALICE, datetime.now(UTC), {"bots": 1}))
    await kill(fleet, where)
    await fleet.committer.recover()
    while await fleet.committer.once():
        pass
    result = fleet.operations.results["op-quota"]
    assert isinstance(result, Committed)
    assert result.prepared.places() == set()
    assert await fleet.objects.commits(start, layout.MAIN) == [result.prepared.commit]
    assert fleet.operations.people == {}


async def test_counting_reads_the_owners_folder_alone_and_knows_it_the_next_time(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        await deploy(fleet, f"b{number}")
        await fleet.commit("deploy", bot(f"b{number}", f"other{number}"), spec=specification(f"b{number}"))
    await limit(fleet, bots=100)
    asked: list[str] = []
    ask = Objects._ask

    async def counting(self: Objects, verb: str, names: list[str]) -> Any:
        asked.extend(names)
        return await ask(self, verb, names)

    tree = CommitTree(fleet.objects, await fleet.objects.resolve(layout.MAIN))
    monkeypatch.setattr(Objects, "_ask", counting)
    used = await quota.used_by(tree, "alice", {})
    assert (used.bots, used.cpu, used.usd_per_day) == (4, 400, 4_000_000)
    assert not [name for name in asked if "other" in name]
    asked.clear()
    assert await quota.used_by(tree, "alice", {}) == used
    assert len(asked) == 1
