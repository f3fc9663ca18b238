"""Long answers arrive whole, in messages that Discord takes, their blocks of code closed in each."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_runtime.channels.discord.formatting import LONGEST, pieces
from agent_runtime.channels.entities import units
from tests.simulators.model.behaviours import LONG_MARKDOWN

FENCE = re.compile(r"^ {0,3}```", re.MULTILINE)
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
BITS = st.sampled_from(
    [
        "a",
        "b c",
        "\n",
        "\n\n",
        "\n```\n",
        "\n```py\n",
        "\U0001f4e6",
        "word ",
        "x" * 50,
        "y" * 30 + "\n",
        FAMILY,
    ]
)


def letters(text: str) -> str:
    """What is said, without what opens and closes blocks of code."""
    lines = [line for line in text.split("\n") if not line.startswith("`")]
    return re.sub(r"\s", "", "".join(lines))


@given(st.lists(BITS, min_size=1, max_size=400).map("".join))
def test_every_piece_stands_by_itself_and_nothing_is_lost(text: str) -> None:
    found = pieces(text)
    for piece in found:
        assert units(piece) <= LONGEST
        assert piece.strip()
        assert len(FENCE.findall(piece)) % 2 == 0
    if letters(text):
        assert letters("\n".join(found)) == letters(text)


def test_a_long_block_of_code_goes_on_in_its_language() -> None:
    code = "\n".join(f"print({n})" for n in range(500))
    found = pieces(f"Look:\n\n```python\n{code}\n```\n\nThat is all.")
    assert len(found) > 2
    assert all("```python\n" in piece for piece in found)
    assert all(piece.rstrip().endswith("```") for piece in found[:-1])
    assert found[-1].endswith("That is all.")
    inner = [piece.split("```python\n")[1].split("\n```")[0] for piece in found]
    assert "\n".join(inner) == code


def test_paragraphs_are_kept_together() -> None:
    paragraph = "word " * 100
    found = pieces("\n\n".join([paragraph] * 9))
    assert all(not piece.startswith(" ") and piece.startswith("word") for piece in found)
    assert all(len(piece) > LONGEST / 2 for piece in found[:-1])


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("### Third\n\n#### Fourth #", "### Third\n\n**Fourth**"),
        ('![a cat](https://x.example/cat.png "t")', "[a cat](https://x.example/cat.png)"),
        ("| a | b |\n|---|:-:|\n| **one** | 2 |", "```\na    b\n---  -\none  2\n```"),
        ("| no table\n| at all", "| no table\n| at all"),
        ("~~~sh\n#### x | y\n~~~\nend", "```sh\n#### x | y\n```\nend"),
        ("```py\nopen to the end", "```py\nopen to the end\n```"),
        ("half \ud83d", "half ?"),
        ("  \n", "…"),
    ],
)
def test_what_discord_does_not_render_is_written_otherwise(markdown: str, shown: str) -> None:
    assert pieces(markdown) == [shown]


def test_an_answer_of_a_model_stays_as_it_is_where_discord_renders_it() -> None:
    found = pieces(LONG_MARKDOWN)
    assert letters("\n".join(found)).startswith(letters(LONG_MARKDOWN)[:20])
    assert all(len(FENCE.findall(piece)) % 2 == 0 for piece in found)


def test_a_million_characters_take_no_longer_than_they_must() -> None:
    assert len(pieces("`x" * 50_000)) >= 50
    assert len(pieces("| x " * 50_000)) >= 50
    assert len(pieces("![" * 100_000)) >= 50
    assert len(pieces("![](" * 50_000)) >= 50
    assert len(pieces("![](x " * 30_000)) >= 50
    assert len(pieces("|\n" * 50_000)) >= 50
