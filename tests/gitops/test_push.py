"""Pushes by people through a real HTTP server: the good ones run, the bad ones say where and why."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC
from pathlib import Path

import pytest
import pytest_asyncio

from agent_runtime.spec import BotId
from gitops import layout, render
from tests.gitops.fleet import SUPPORT, Fleet, specification
from tests.gitops.server import Clone, serving

BOT = "users/al/alice/support/bot.yaml"
MODEL = {"provider": "openai", "name": "gpt-4o", "key": {"secret": "KEY"}}


@pytest_asyncio.fixture
async def clone(fleet: Fleet, tmp_path: Path) -> AsyncIterator[Clone]:
    """A clone of a fleet with one bot that has one secret."""
    await fleet.commit("deploy", spec=specification(model=MODEL), sealed=await fleet.seal({"KEY": "v"}))
    async with serving(fleet) as url:
        yield await Clone.of(url, tmp_path / "clone")


async def test_a_pushed_change_is_rendered_and_becomes_an_operation(fleet: Fleet, clone: Clone) -> None:
    text = (clone.folder / BOT).read_text()
    commit = await clone.commit(BOT, f"# Mind the tone.\n{text.replace('You are kind.', 'Be brief.')}")
    taken, said = await clone.push()
    assert taken, said
    assert await fleet.committer.once()

    adopted = fleet.operations.people[SUPPORT, commit]
    assert (adopted.kind, adopted.author.name, adopted.problems) == ("change", "Bob", ())
    assert adopted.prepared is not None
    assert await fleet.objects.resolve(adopted.prepared.branch) == adopted.prepared.deploy_commit
    assert fleet.operations.results[f"alice.support@{commit}"]
    assert fleet.operations.rows[SUPPORT].data == specification(instructions="Be brief.", model=MODEL)
    assert await render.differences(fleet.objects, layout.MAIN) == []

    await fleet.commit("change", patch={"description": "d"})
    content = await fleet.read(BOT)
    assert content is not None
    assert content.startswith(b"# Mind the tone.\n")


async def test_people_deploy_pause_and_delete_by_push(fleet: Fleet, clone: Clone) -> None:
    new = "version: 1\nname: helper\ninstructions: Help.\n"
    first = await clone.commit("users/bo/bob/helper/bot.yaml", new)
    second = await clone.commit("users/bo/bob/helper/bot.yaml", f"{new}paused: true\n")
    (clone.folder / BOT).unlink()
    (clone.folder / "users/al/alice/support/secrets/KEY.sops.yaml").unlink()
    third = await clone.commit_all()
    taken, said = await clone.push()
    assert taken, said
    await fleet.committer.once()

    helper = BotId("bob", "helper")
    people = {place: each.kind for place, each in fleet.operations.people.items()}
    assert people == {(helper, first): "deploy", (helper, second): "pause", (SUPPORT, third): "delete"}
    assert fleet.operations.rows.keys() == {helper}
    assert await render.differences(fleet.objects, layout.MAIN) == []


async def test_a_merge_of_main_into_ones_own_work_is_one_step(fleet: Fleet, clone: Clone) -> None:
    await fleet.commit("deploy", BotId("alice", "other"), spec=specification("other"))
    await clone.commit(BOT, (clone.folder / BOT).read_text().replace("kind", "short"))
    await clone.git("pull", "-q", "--no-rebase", "--no-edit", "origin", "main")
    taken, said = await clone.push()
    assert taken, said
    await fleet.committer.once()

    assert {bot for bot, _ in fleet.operations.people} == {SUPPORT}
    assert fleet.operations.rows.keys() == {SUPPORT, BotId("alice", "other")}
    assert await render.differences(fleet.objects, layout.MAIN) == []


ALICE = "users/al/alice"
BAD_BOTS = {
    "key": ("version: 1\nname: key\ninstruction: Hi.\n", "3: /instruction:"),
    "anchor": ("version: 1\nname: anchor\ninstructions: &a Hi.\n", "3: /instructions: anchors"),
    "tag": ("version: 1\nname: !!str tag\ninstructions: Hi.\n", "2: /name: tags"),
    "twice": ("version: 1\nname: twice\nname: twice\n", "3: /name: is written twice"),
    "second-document": ("version: 1\nname: second-document\ninstructions: Hi.\n---\na: 1\n", "4:"),
    "ambiguous": ("version: 1\nname: ambiguous\ninstructions: 1e3\n", "3: /instructions:"),
    "wrong-name": ("version: 1\nname: other\ninstructions: Hi.\n", "2: /name: must be wrong-name"),
    "secret-missing": (
        "version: 1\nname: secret-missing\ninstructions: A\nchannels: {telegram: {token: {secret: GONE}}}\n",
        "4: /channels/telegram/token: names the secret GONE",
    ),
    "not-available": (
        "version: 1\nname: not-available\ninstructions: Hi.\ntools: [{mcp: x}]\n",
        "4: /tools: not available yet",
    ),
}
Bad = dict[str, tuple[str | None, str]]
BAD_CONTENTS: Bad = {
    **{f"{ALICE}/{bot}/bot.yaml": bad for bot, bad in BAD_BOTS.items()},
    BOT: (None, "1: is gone but"),
    "users/bo/bob/owner.yaml": ("quota: 1", "1: /quota: must be an object with bots"),
}
BAD_PLACES: Bad = {
    f"{ALICE}/large/bot.yaml": ("#" * 300_000, "1: is larger than 256 KiB"),
    f"{ALICE}/huge/bot.yaml": ("#" * 30_000_000, "1: is larger than 256 KiB"),
    "notes.txt": ("x", "1: no such file belongs here"),
    f"{ALICE}/support/x.py": ("x", "1: a bot's folder"),
    ".github/workflows/x.yml": ("x", "1: .github is not available yet"),
    ".gitattributes": ("* text", "1: no such file belongs here"),
    "users/xx/alice/b/bot.yaml": ("x", "1: the owner alice belongs under users/al/alice/"),
    f"{ALICE}/Support/bot.yaml": ("x", "1: the folder of the bot"),
    f"{ALICE}/su\u0308pport/bot.yaml": ("x", "1: has a path with other characters than printable ASCII"),
    f"{ALICE}/support/secrets/a/b/c.yaml": ("x", "1: lies more than 6 levels deep"),
    f"{ALICE}/support/secrets/KEY.sops.yaml": ("x", "1: is a sealed secret"),
    f"{ALICE}/support/secrets/NEW.sops.yaml": ("x", "1: is a sealed secret"),
    ".sops.yaml": ("creation_rules: []\n", "1: names the key"),
    "fleet.yaml": (None, "1: must not be removed"),
}
SHARDS = 'format: 1\nshards: 32\nclusters: ["local"]\nchart: "1.0.0"\nreview: "none"\n'


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(BAD_PLACES, id="places"),
        pytest.param(BAD_CONTENTS, id="contents"),
        pytest.param({"fleet.yaml": (SHARDS, "1: /shards: must stay 64")}, id="settings"),
        pytest.param({f"{ALICE}/support/secrets/KEY.sops.yaml": (None, "1: is a sealed")}, id="secret"),
    ],
)
async def test_bad_files_are_refused_each_with_file_line_and_reason(
    fleet: Fleet, clone: Clone, bad: Bad
) -> None:
    before = await fleet.objects.branches("refs/")
    for path, (content, _) in bad.items():
        clone.write(path, content)
    await clone.commit_all()
    taken, said = await clone.push()
    assert not taken
    for path, (_, expected) in bad.items():
        assert f"botyard: {ascii(path)[1:-1]}:{expected}" in said
    assert await fleet.objects.branches("refs/") == before


async def test_only_regular_files_are_taken(fleet: Fleet, clone: Clone) -> None:
    before = await fleet.objects.branches("refs/")
    (clone.folder / BOT).unlink()
    (clone.folder / BOT).symlink_to("/etc/passwd")
    (clone.folder / "README.md").chmod(0o755)
    head = (await clone.git("rev-parse", "HEAD")).strip()
    await clone.git("add", "-A")
    await clone.git("update-index", "--add", "--cacheinfo", f"160000,{head},{ALICE}/sub")
    await clone.git("commit", "-q", "-m", "Links")
    taken, said = await clone.push()
    assert not taken
    for fault in (
        f"{BOT}:1: is a symbolic link",
        "README.md:1: is executable",
        f"{ALICE}/sub:1: is a submodule",
    ):
        assert fault in said
    assert await fleet.objects.branches("refs/") == before


async def test_what_a_later_commit_hides_is_refused_too(fleet: Fleet, clone: Clone) -> None:
    await clone.commit("token.txt", "secret")
    await clone.commit("token.txt", None)
    taken, said = await clone.push()
    assert not taken
    assert "token.txt:1: no such file belongs here" in said


@pytest.mark.parametrize(
    ("spoilt", "expected"),
    [
        ("shards: [\n", "fleet.yaml:"),
        (
            'format: 1\nshards: 64\nclusters: ["local"]\nchart: "9.0.0"\nreview: "none"\n',
            "no version of the chart that this Botyard has; there is 1.0.0",
        ),
        ('format: 1\nshards: 7\nclusters: ["local"]\nchart: "1.0.0"\nreview: "none"\n', "must stay 64"),
        (None, "fleet.yaml:1: must not be removed"),
    ],
)
async def test_settings_are_checked_at_every_step(
    fleet: Fleet, clone: Clone, spoilt: str | None, expected: str
) -> None:
    before = await fleet.objects.branches("refs/")
    good = (clone.folder / "fleet.yaml").read_text()
    await clone.commit("fleet.yaml", spoilt)
    await clone.commit("fleet.yaml", good)
    taken, said = await clone.push()
    assert not taken
    assert expected in said
    assert await fleet.objects.branches("refs/") == before


async def test_settings_may_change_in_several_steps(fleet: Fleet, clone: Clone) -> None:
    await fleet.offer("1.1.0", "1.2.0")
    good = (clone.folder / "fleet.yaml").read_text()
    await clone.commit("fleet.yaml", good.replace("1.0.0", "1.1.0"))
    await clone.commit("fleet.yaml", good.replace("1.0.0", "1.2.0"))
    taken, said = await clone.push()
    assert taken, said


async def test_another_history_is_not_joined(fleet: Fleet, clone: Clone) -> None:
    """Its settings would come before ours, on the line that leads to the tip."""
    await clone.git("checkout", "-q", "--orphan", "other")
    await clone.git("commit", "-q", "-m", "Root")
    await clone.git("merge", "-q", "--allow-unrelated-histories", "-m", "Join", "origin/main")
    taken, said = await clone.push()
    assert not taken
    assert "another history" in said


@pytest.mark.parametrize("date", ["@253402300800 +0000", "@1700000000 +9999", "@99999999999 -1200"])
async def test_an_odd_date_holds_nothing_up(fleet: Fleet, clone: Clone, date: str) -> None:
    text = (clone.folder / BOT).read_text()
    (clone.folder / BOT).write_text(text.replace("kind", "brief"))
    await clone.git("commit", "-q", "-a", f"--date={date}", "-m", "Edit")
    taken, said = await clone.push()
    assert taken, said
    await fleet.committer.once()
    [adopted] = fleet.operations.people.values()
    assert adopted.prepared is not None
    assert adopted.at.tzinfo is UTC
    assert await render.differences(fleet.objects, layout.MAIN) == []


@pytest.mark.parametrize(
    ("refspec", "expected"),
    [
        ("HEAD:refs/heads/deploy/local/00", "deploy branches are written by Botyard alone"),
        ("HEAD:refs/heads/feature", "only main can be pushed"),
        ("HEAD:refs/tags/v1", "only main can be pushed"),
        ("HEAD:refs/botyard/rendered", "hidden ref"),
        (":refs/heads/main", "refs/heads/main"),
    ],
)
async def test_other_refs_are_not_pushed(fleet: Fleet, clone: Clone, refspec: str, expected: str) -> None:
    before = await fleet.objects.branches("refs/")
    await clone.commit(BOT, (clone.folder / BOT).read_text() + "# more\n")
    taken, said = await clone.push("origin", refspec)
    assert not taken
    assert expected in said
    assert await fleet.objects.branches("refs/") == before


async def test_history_is_never_rewritten(fleet: Fleet, clone: Clone) -> None:
    before = await fleet.objects.branches("refs/")
    await clone.git("commit", "-q", "--amend", "-m", "Other")
    taken, said = await clone.push("--force", "origin", "HEAD:main")
    assert not taken
    assert "non-fast-forward" in said or "would drop commits" in said
    assert await fleet.objects.branches("refs/") == before


async def test_one_bad_ref_refuses_the_whole_push(fleet: Fleet, clone: Clone) -> None:
    before = await fleet.objects.branches("refs/")
    await clone.commit(BOT, (clone.folder / BOT).read_text() + "# more\n")
    taken, _ = await clone.push("origin", "HEAD:main", "HEAD:refs/heads/deploy/local/00")
    assert not taken
    assert await fleet.objects.branches("refs/") == before


async def test_clones_are_shallow_or_partial_as_asked(fleet: Fleet, clone: Clone, tmp_path: Path) -> None:
    for number in range(3):
        await fleet.commit("change", patch={"description": f"d{number}"})
    shallow = await Clone.of(clone.url, tmp_path / "shallow", "--depth=1")
    assert (await shallow.git("rev-list", "--count", "HEAD")).strip() == "1"
    await Clone.of(clone.url, tmp_path / "partial", "--filter=blob:none")
    assert (await clone.git("symbolic-ref", "HEAD")).strip() == "refs/heads/main"
