"""What an intent does to a bot's files, as a pure function: any patch, twice, and back again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_runtime.spec import merge_patch
from gitops import bot_file, change, layout
from gitops.bot_folder import BotFolder
from gitops.errors import RefusedError
from gitops.intent import Intent, Kind
from tests.gitops.fleet import ALICE, SUPPORT, specification
from tests.gitops.test_bot_file import nasty

NOW = datetime(2026, 11, 21, 8, 30, 0, 123456, tzinfo=UTC)
COMMENT = b"# Keep me.\n"


def intent(kind: Kind, **more: Any) -> Intent:
    return Intent("op", kind, SUPPORT, ALICE, NOW, **more)


def stored(content: bytes, **secrets: bytes) -> BotFolder:
    return BotFolder(SUPPORT, content, secrets)


lines = nasty.filter(
    lambda text: "\n" not in text and "\u2028" not in text and "\u2029" not in text and "\t" not in text
)
patches = st.fixed_dictionaries(
    {},
    optional={
        "description": st.none() | lines,
        "instructions": nasty.filter(lambda text: text.strip() != ""),
        "environment": st.none() | st.dictionaries(st.sampled_from(["A", "B_C"]), st.none() | nasty),
        "memory": st.none() | st.fixed_dictionaries({}, optional={"turns": st.none() | st.integers(0, 500)}),
        "paused": st.none() | st.booleans(),
    },
)


@settings(max_examples=200)
@given(st.lists(patches, min_size=1, max_size=4))
def test_any_patches_do_what_merge_patch_says(wanted: list[dict[str, Any]]) -> None:
    folder = stored(COMMENT + bot_file.write(specification()))
    first = folder
    for patch in wanted:
        expected = merge_patch(bot_file.read(folder.content), patch)
        try:
            changed = change.apply(intent("change", patch=patch), folder)
        except RefusedError:
            # Some texts are no description, and say so; then nothing has happened.
            continue
        if changed is None:
            assert bot_file.read(folder.content) == expected
            continue
        assert changed.after is not None
        folder = changed.after
        assert bot_file.read(folder.content) == expected
        assert folder.content.startswith(COMMENT)
        assert change.apply(intent("change", patch=patch), folder) is None or None in patch.values()
        assert change.apply(intent("change", spec=expected), folder) is None
    back = change.apply(intent("rollback", commit="0" * 40), folder, first.content)
    assert back is None or (back.after is not None and back.after.content == first.content)


def test_only_files_that_differ_are_written() -> None:
    folder = stored(bot_file.write(specification()), A=b"1", B=b"2")
    changed = change.apply(intent("change", sealed={"A": b"1", "B": None, "C": b"3"}), folder)
    assert changed is not None
    assert changed.files == {layout.secret_path(SUPPORT, "B"): None, layout.secret_path(SUPPORT, "C"): b"3"}
    deleted = change.apply(intent("delete"), folder)
    assert deleted is not None
    assert deleted.files == dict.fromkeys(folder.files())


def test_a_restart_is_a_new_time_each_time() -> None:
    folder = stored(bot_file.write(specification()))
    changed = change.apply(intent("restart"), folder)
    assert changed is not None
    assert changed.after is not None
    assert bot_file.read(changed.after.content)["restart"] == "2026-11-21T08:30:00.123Z"


def test_a_name_that_is_left_out_is_the_bots() -> None:
    changed = change.apply(intent("deploy", spec={"version": 1, "instructions": "Hi."}), None)
    assert changed is not None
    assert changed.after is not None
    assert bot_file.read(changed.after.content)["name"] == "support"


@pytest.mark.parametrize(
    "spec", [{}, {"version": 1}, specification(tools=[{"mcp": "x"}]), specification(nam="x")]
)
def test_what_the_specification_refuses_is_refused(spec: dict[str, Any]) -> None:
    with pytest.raises(RefusedError) as refused:
        change.apply(intent("deploy", spec=spec), None)
    assert all(problem.pointer for problem in refused.value.problems)


def test_a_secret_must_be_given_or_stored() -> None:
    model = {"provider": "openai", "name": "m", "key": {"secret": "KEY"}, "fallbacks": []}
    with pytest.raises(RefusedError) as refused:
        change.apply(intent("deploy", spec=specification(model=model)), None)
    [problem] = refused.value.problems
    assert problem.pointer == "/model/key"
    assert "KEY" in problem.detail
    assert change.apply(intent("deploy", spec=specification(model=model), sealed={"KEY": b"x"}), None)
    folder = stored(bot_file.write(specification()), KEY=b"x")
    assert change.apply(intent("change", patch={"model": model}), folder)
