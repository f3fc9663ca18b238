"""History, differences and previews, for commits of the API and of people."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent_runtime.spec import BotId
from gitops import layout
from gitops.diff import FieldChange
from gitops.errors import FleetError, MissingBotError, RefusedError, StaleVersionError
from gitops.history import diff, history
from gitops.preview import preview
from tests.gitops.fleet import ALICE, SUPPORT, Fleet, specification
from tests.gitops.server import Clone, serving

MODEL = {"provider": "openai", "name": "gpt-4o", "key": {"secret": "KEY"}}


async def test_history_is_newest_first_with_changes_by_pointer(fleet: Fleet) -> None:
    first = await fleet.commit("deploy", spec=specification())
    await fleet.commit("deploy", BotId("alice", "other"), spec=specification("other"))
    sealed = await fleet.seal({"KEY": "v"})
    second = await fleet.commit("change", patch={"model": MODEL, "description": "d"}, sealed=sealed)
    third = await fleet.commit("rollback", commit=first.commit)

    entries, cursor = await history(fleet.objects, SUPPORT, 10)
    assert cursor is None
    assert [entry.commit for entry in entries] == [third.commit, second.commit, first.commit]
    assert [entry.operation for entry in entries] == ["op-4", "op-3", "op-1"]
    assert entries[1].author == ALICE
    assert entries[1].message == "Change alice.support"
    assert set(map(repr, entries[1].changes)) == {
        repr(FieldChange("/description", None, "d")),
        repr(FieldChange("/model", None, MODEL)),
        repr(FieldChange("/secrets/KEY", None, {"set": True})),
    }
    assert FieldChange("/instructions", None, "You are kind.") in entries[2].changes
    assert entries[0].message == f"Roll alice.support back to {first.commit[:12]}"


async def test_history_is_paged(fleet: Fleet) -> None:
    first = await fleet.commit("deploy", spec=specification())
    changes = [await fleet.commit("change", patch={"description": f"d{number}"}) for number in range(6)]
    commits = [prepared.commit for prepared in [first, *changes]]
    found: list[str] = []
    cursor = None
    for _ in range(4):
        entries, cursor = await history(fleet.objects, SUPPORT, 2, cursor)
        found += [entry.commit for entry in entries]
    assert cursor is None
    assert found == commits[::-1]
    with pytest.raises(RefusedError):
        await history(fleet.objects, SUPPORT, 2, "--all")


async def test_a_persons_commit_is_in_the_history(fleet: Fleet, tmp_path: Path) -> None:
    await fleet.commit("deploy", spec=specification())
    async with serving(fleet) as url:
        clone = await Clone.of(url, tmp_path / "clone")
        path = "users/al/alice/support/bot.yaml"
        text = (clone.folder / path).read_text()
        commit = await clone.commit(path, text.replace("kind", "brief"), "Be brief\n\nBecause.")
        await clone.push()
    [entry, _], _ = await history(fleet.objects, SUPPORT, 5)
    assert (entry.commit, entry.author.name, entry.message, entry.operation) == (
        commit,
        "Bob",
        "Be brief",
        None,
    )
    assert entry.changes == (FieldChange("/instructions", "You are kind.", "You are brief."),)


async def test_no_text_of_a_commit_breaks_the_history(fleet: Fleet, tmp_path: Path) -> None:
    """Line ends of every kind in a subject, one in the middle of a trailer, and a date past the year 9999."""
    first = await fleet.commit("deploy", spec=specification())
    subject = "a\u2028b\x0bc\x0cd\x1ce\x1df\x1eg\x85h"
    async with serving(fleet) as url:
        clone = await Clone.of(url, tmp_path / "clone")
        (clone.folder / layout.bot_path(SUPPORT)).write_text("version: 1\nname: support\ninstructions: Hi.\n")
        await clone.git("add", "-A")
        await clone.git(
            *("commit", "-q", "--date=@253402300800 +0000", "-m", subject, "-m", "Operation: x\n  folded")
        )
        taken, said = await clone.push()
        assert taken, said
    entries, cursor = await history(fleet.objects, SUPPORT, 5)
    assert [entry.message for entry in entries] == [subject, "Deploy alice.support"]
    assert entries[0].at == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert cursor is None
    again, _ = await history(fleet.objects, SUPPORT, 5, entries[0].commit)
    assert [entry.commit for entry in again] == [first.commit]


async def test_diff_between_two_commits(fleet: Fleet) -> None:
    first = await fleet.commit("deploy", spec=specification(budget={"usd_per_day": 1}))
    second = await fleet.commit("change", patch={"budget": {"usd_per_day": 2}, "paused": True})
    found = await diff(fleet.objects, SUPPORT, first.commit, second.commit)
    assert found.changes == (FieldChange("/budget/usd_per_day", 1, 2), FieldChange("/paused", None, True))
    assert found.unified.startswith(
        "--- a/users/al/alice/support/bot.yaml\n+++ b/users/al/alice/support/bot.yaml\n"
    )
    assert "\n-  usd_per_day: 1\n+  usd_per_day: 2\n" in found.unified
    back = await diff(fleet.objects, SUPPORT, second.commit, first.commit)
    assert back.changes == (FieldChange("/budget/usd_per_day", 2, 1), FieldChange("/paused", True, None))
    for wrong in ("main", "HEAD", first.commit[:8], first.deploy_commit, "0" * 40, "--help"):
        with pytest.raises(RefusedError):
            await diff(fleet.objects, SUPPORT, wrong, second.commit)


async def test_a_preview_shows_the_difference_and_writes_nothing(fleet: Fleet) -> None:
    first = await fleet.commit("deploy", spec=specification())
    before = await fleet.objects.branches("refs/")
    shown = await preview(fleet.objects, fleet.intent("change", patch={"description": "d"}))
    assert shown.changes == (FieldChange("/description", None, "d"),)
    assert '+description: "d"' in shown.unified
    new = BotId("alice", "new")
    shown = await preview(fleet.objects, fleet.intent("deploy", new, spec=specification("new")))
    assert shown.unified.startswith("--- /dev/null\n+++ b/users/al/alice/new/bot.yaml\n")
    assert (await preview(fleet.objects, fleet.intent("change", spec=specification()))).changes == ()
    gone = await preview(fleet.objects, fleet.intent("delete"))
    assert FieldChange("/name", "support", None) in gone.changes
    stale = fleet.intent("change", patch={}, base_version="0" * 40)
    missing = fleet.intent("pause", new)
    secret = fleet.intent("change", patch={"model": MODEL})
    for intent, error in ((stale, StaleVersionError), (missing, MissingBotError), (secret, RefusedError)):
        with pytest.raises(error):
            await preview(fleet.objects, intent)
    assert await fleet.objects.branches("refs/") == before
    assert first.version
    assert issubclass(StaleVersionError, FleetError)
