"""Operations through the committer: what lands on which branch, and what is refused."""

from __future__ import annotations

import pytest

from agent_runtime.spec import BotId
from gitops import layout, release, render
from gitops.operations import Refused, Unchanged
from tests.gitops.fleet import SUPPORT, Fleet, specification

BRANCH = layout.deploy_branch("local", layout.shard("alice", 64))


async def test_a_deploy_lands_on_main_and_on_the_deploy_branch(fleet: Fleet) -> None:
    sealed = await fleet.seal({"OPENAI_API_KEY": "canary-1"})
    model = {"provider": "openai", "name": "gpt-4o", "key": {"secret": "OPENAI_API_KEY"}}
    prepared = await fleet.commit("deploy", spec=specification(model=model), sealed=sealed)

    assert await fleet.objects.resolve(layout.MAIN) == prepared.commit
    assert await fleet.objects.resolve(layout.RENDERED) == prepared.commit
    assert prepared.branch == BRANCH
    assert await fleet.objects.resolve(BRANCH) == prepared.deploy_commit
    content = await fleet.read(layout.release_path(SUPPORT), BRANCH)
    assert content is not None
    read = release.read_release(content, SUPPORT)
    assert read.bot == specification(model=model)
    assert read.secrets.keys() == {"OPENAI_API_KEY"}
    on_main = await fleet.read(layout.secret_path(SUPPORT, "OPENAI_API_KEY"))
    assert on_main == await fleet.read(layout.released_secret_path(SUPPORT, "OPENAI_API_KEY"), BRANCH)
    assert on_main == sealed["OPENAI_API_KEY"]
    entry = await fleet.objects.entry(BRANCH, layout.release_path(SUPPORT))
    assert entry is not None
    assert entry.oid == prepared.revision
    row = fleet.operations.rows[SUPPORT]
    assert (row.version, row.data, row.commit) == (prepared.version, read.bot, prepared.commit)
    assert row.secrets == read.secrets
    assert fleet.operations.tip == prepared.commit


async def test_commits_name_their_user_and_their_source(fleet: Fleet) -> None:
    prepared = await fleet.commit("deploy", spec=specification())

    said = fleet.git("log", "-1", "--format=%an|%ae|%cn|%B", "main")
    assert said.startswith("Alice|alice@example.org|Botyard|Deploy alice.support\n")
    assert "Operation: op-1\nBot: alice.support" in said
    said = fleet.git("log", "-1", "--format=%an|%cn|%B", BRANCH)
    assert said.startswith("Botyard|Botyard|Deploy alice.support\n")
    assert f"Source: {prepared.commit}" in said


async def test_one_commit_an_operation_and_all_of_a_batch_at_once(fleet: Fleet) -> None:
    before = await fleet.objects.resolve(layout.MAIN)
    for number in range(7):
        fleet.intent("deploy", BotId("alice", f"b{number}"), spec=specification(f"b{number}"))
    fleet.intent("pause", BotId("alice", "b3"))
    await fleet.committer.once()

    commits = await fleet.objects.commits(before, layout.MAIN)
    assert len(commits) == 8
    assert len(fleet.operations.results) == 8
    assert len(await fleet.objects.commits(None, BRANCH)) == 8
    assert fleet.operations.rows[BotId("alice", "b3")].data == specification("b3", paused=True)
    assert await render.differences(fleet.objects, layout.MAIN) == []


async def test_change_pause_resume_restart_rollback_delete(fleet: Fleet) -> None:
    first = await fleet.commit("deploy", spec=specification())
    changed = await fleet.commit("change", patch={"description": "new"}, base_version=first.version)
    await fleet.commit("pause")
    await fleet.commit("resume")
    await fleet.commit("restart")
    assert fleet.operations.rows[SUPPORT].data == specification(
        description="new",
        paused=False,
        restart=fleet.operations.rows[SUPPORT].data["restart"],  # type: ignore[index]
    )
    back = await fleet.commit("rollback", commit=changed.commit)
    assert back.version == changed.version
    assert back.revision == changed.revision
    assert len(await fleet.objects.commits(first.commit, layout.MAIN)) == 5
    gone = await fleet.commit("delete")
    assert (gone.version, gone.revision) == (None, None)
    assert await fleet.objects.entries(layout.MAIN, layout.bot_folder(SUPPORT)) == []
    assert [entry.path for entry in await fleet.objects.entries(BRANCH, "alice")] == ["alice/tenant.yaml"]
    assert fleet.operations.rows == {}
    assert await render.differences(fleet.objects, layout.MAIN) == []


async def test_what_can_not_be_done_says_why_and_writes_nothing(fleet: Fleet) -> None:
    first = await fleet.commit("deploy", spec=specification())
    await fleet.commit("change", patch={"description": "x"})
    before = await fleet.objects.branches("refs/")

    async def refused(kind: str, status: int, word: str, **more: object) -> None:
        result = await fleet.settle(kind, **more)  # type: ignore[arg-type]
        assert isinstance(result, Refused), result
        assert result.status == status
        assert word in " ".join([result.title, *map(str, result.problems)])

    await refused("deploy", 409, "taken", spec=specification())
    await refused("change", 412, "read it again", patch={"paused": True}, base_version=first.version)
    await refused("change", 404, "alice.other", bot=BotId("alice", "other"), patch={})
    await refused("delete", 404, "alice.other", bot=BotId("alice", "other"))
    await refused("change", 422, "instructions", patch={"instructions": None})
    await refused("change", 422, "/name", spec=specification("else"))
    await refused("change", 422, "paus", patch={"paussed": True})
    key = {"provider": "openai", "name": "gpt-4o", "key": {"secret": "OPENAI_API_KEY"}}
    await refused("change", 422, "/model/key", patch={"model": key})
    await refused("rollback", 422, "commit", commit="0" * 40)
    await refused("rollback", 422, "commit", commit="main")
    await refused("rollback", 422, "commit", commit=before[BRANCH])
    assert await fleet.objects.branches("refs/") == before


@pytest.mark.parametrize("kind", ["resume", "change"])
async def test_a_change_that_changes_nothing_makes_no_commit(fleet: Fleet, kind: str) -> None:
    first = await fleet.commit("deploy", spec=specification())
    more = {"spec": specification()} if kind == "change" else {}
    result = await fleet.settle(kind, **more)  # type: ignore[arg-type]
    assert result == Unchanged(first.version or "")
    assert await fleet.objects.resolve(layout.MAIN) == first.commit


async def test_secrets_stay_until_they_are_removed(fleet: Fleet) -> None:
    model = {"provider": "openai", "name": "gpt-4o", "key": {"secret": "KEY"}}
    sealed = await fleet.seal({"KEY": "v1"})
    await fleet.commit("deploy", spec=specification(model=model), sealed=sealed)
    first = fleet.operations.rows[SUPPORT].secrets["KEY"]

    await fleet.commit("change", spec=specification())
    assert fleet.operations.rows[SUPPORT].secrets == {"KEY": first}
    await fleet.commit("change", patch={"model": model})
    result = await fleet.settle("change", sealed={"KEY": None})
    assert isinstance(result, Refused)
    again = await fleet.commit("change", sealed=await fleet.seal({"KEY": "v1"}))
    assert fleet.operations.rows[SUPPORT].secrets["KEY"] != first
    assert "Set secrets of alice.support" in fleet.git("log", "-1", "--format=%s", again.commit)
    await fleet.commit("change", spec=specification(), sealed={"KEY": None})
    assert fleet.operations.rows[SUPPORT].secrets == {}
    assert await fleet.read(layout.secret_path(SUPPORT, "KEY")) is None
    assert await fleet.read(layout.released_secret_path(SUPPORT, "KEY"), BRANCH) is None


async def test_a_clear_secret_is_never_committed(fleet: Fleet) -> None:
    result = await fleet.settle(
        "deploy", spec=specification(), sealed={"KEY": b"apiVersion: v1\nkind: Secret\n"}
    )
    assert isinstance(result, Refused)
    foreign = await fleet.seal({"KEY": "v"}, BotId("bob", "support"))
    result = await fleet.settle("deploy", spec=specification(), sealed=foreign)
    assert isinstance(result, Refused)
    assert "alice.support" in str(result.problems[0])
