"""`bot.yaml` and release files keep every text byte for byte for every reader; comments survive."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_runtime.spec import BotId
from agent_runtime.spec.plain import text_problem
from agent_runtime.spec.strict_yaml import strict_yaml
from gitops import bot_file, release, splice, text
from tests.gitops.fleet import specification

NASTY = [
    "1e3",
    "0o17",
    "12345e67",
    "{{ .Values.x }}",
    "{% raw %}",
    "${VAR}",
    "---",
    "...",
    "a\u2028b",
    "a\u2029\nb",
    "a\nspec: {}",
    "&a *a",
    "!!python/object/apply:os.system",
    "no",
    "null",
    "~",
    "",
    " lead",
    "trail ",
    "line \nend",
    "tab\there",
    "\n",
    "\nfirst",
    "many\n\n\nlines\n\n",
    "# not a comment",
    "a: b",
    "- item\n- item",
    "|\n  x",
    '"quoted"',
    "it's",
    "back\\slash",
    "emoji 😀\nand ünïcode\n",
    "e\u0301",
    "x" * 5000,
    "\u200b\u00a0",
]
BOT = BotId("alice", "support")


def _kept(data: dict[str, Any]) -> None:
    """Written new, edited into another file, and rendered, the data reads the same by two readers."""
    other = bot_file.write(
        specification(instructions="Other\ntext.", description="d", environment={"A": "b"})
    )
    for content in (bot_file.write(data), bot_file.edit(other, data)):
        assert strict_yaml(content) == data
        assert yaml.safe_load(content) == data
        assert bot_file.edit(content, data) == content
    rendered = release.render(BOT, data, {}, "1.0.0")
    deployed = {key: value for key, value in data.items() if value != {}}
    assert yaml.safe_load(rendered)["spec"]["values"]["bot"] == deployed
    assert strict_yaml(rendered)["spec"]["values"]["bot"] == deployed


@pytest.mark.parametrize("text", NASTY)
def test_texts_that_readers_mistake_are_kept(text: str) -> None:
    _kept(specification(instructions=text, description=text, environment={"A": text}))


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60).filter(
    lambda text: not text_problem(text)
)
nasty = texts | st.sampled_from(NASTY) | st.lists(st.sampled_from(["a", " ", "\n", "é", "#"])).map("".join)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | nasty,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(nasty.filter(lambda key: 0 < len(key) < 30), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=150)
@given(instructions=nasty, environment=st.dictionaries(st.sampled_from("ABC"), nasty), tools=st.lists(values))
def test_any_text_is_kept(instructions: str, environment: dict[str, str], tools: list[Any]) -> None:
    data = specification(instructions=instructions, environment=environment)
    _kept(data)
    data["tools"] = tools
    assert strict_yaml(bot_file.write(data)) == data
    assert strict_yaml(bot_file.edit(bot_file.write(specification()), data)) == data


COMMENTED = b"""\
# Our support bot. Ask Ann before changing it.
version: 1
name: support   # never changes

# What it is.
instructions: |
  Hello.
  - not a list
model:
    # The cheap one.
    provider: openai
    name: 'gpt-4o'   # may change
    key: {secret: OPENAI_API_KEY}
access:
  policy: allowlist
  allow:
    - "telegram:1"  # Ann
    - "telegram:2"  # Ben
# The end.
"""


def test_an_edit_touches_its_own_lines_only() -> None:
    data = bot_file.read(COMMENTED)
    data["model"]["name"] = "gpt-5"
    expected = COMMENTED.replace(b"'gpt-4o'   # may change", b'"gpt-5"   # may change')
    assert bot_file.edit(COMMENTED, data) == expected


def test_a_new_text_of_instructions_keeps_the_rest() -> None:
    data = bot_file.read(COMMENTED)
    data["instructions"] = "Be brief.\nBe kind.\n"
    expected = COMMENTED.replace(b"  Hello.\n  - not a list\n", b"  Be brief.\n  Be kind.\n")
    assert bot_file.edit(COMMENTED, data) == expected


def test_comments_survive_additions_and_removals() -> None:
    data = bot_file.read(COMMENTED)
    del data["access"]
    data["description"] = "d"
    data["budget"] = {"usd_per_day": 2.5}
    edited = bot_file.edit(COMMENTED, data).decode()
    for comment in (
        "# Our support bot",
        "# never changes",
        "# What it is.",
        "# The cheap one.",
        "# The end.",
    ):
        assert comment in edited
    assert edited.index("# What it is.\ninstructions:") > 0
    assert "# Ann" not in edited


def test_list_entries_keep_their_comments() -> None:
    data = bot_file.read(COMMENTED)
    data["access"]["allow"].append("telegram:3")
    edited = bot_file.edit(COMMENTED, data).decode()
    assert '    - "telegram:1"  # Ann\n    - "telegram:2"  # Ben\n    - "telegram:3"\n# The end.\n' in edited


def test_a_new_file_has_the_specifications_order() -> None:
    data = {"paused": True, "instructions": "Hi.\nThere.\n", "name": "support", "version": 1}
    assert bot_file.write(data) == (
        b'version: 1\nname: "support"\ninstructions: |\n  Hi.\n  There.\npaused: true\n'
    )


@pytest.mark.parametrize("values", [(1, True), (0, False), (1, 1.0), ("1", 1), ({}, None), ([], {})])
def test_kinds_of_values_are_told_apart(values: tuple[Any, Any]) -> None:
    for old, new in (values, values[::-1]):
        content = bot_file.write(specification(tools=[old]))
        [written] = bot_file.read(bot_file.edit(content, specification(tools=[new])))["tools"]
        assert (type(written), written) == (type(new), new)


@settings(max_examples=150)
@given(
    old=st.dictionaries(st.sampled_from("abcdefgh"), values, min_size=1),
    new=st.dictionaries(st.sampled_from("abcdefgh"), values),
    block=nasty,
)
def test_any_edit_in_place_is_exact(old: dict[str, Any], new: dict[str, Any], block: str) -> None:
    """Every line of a file has a comment; whatever the edit, the result says what it should."""
    lines = text.dump({**old, "k": 1}).decode().removesuffix("\n").split("\n")
    content = "# top\n" + "".join(f"{line}  # c{at}\n# d{at}\n" for at, line in enumerate(lines)) + "# end\n"
    wanted = {**new, "k": 1, "z": block}
    marked = {**wanted, "z": text.block(block)}
    try:
        edited = splice.splice(content, {**old, "k": 1}, marked, lambda key: key)
    except splice.SpliceError:
        # Lists right inside lists, and keys of several lines, are written anew instead.
        assert "- - " in content or "? " in content
        return
    assert strict_yaml(edited.encode()) == wanted
    for kept in ("# top\n", "# end\n", f"k: 1  # c{lines.index('k: 1')}\n"):
        assert kept in edited
