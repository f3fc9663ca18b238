"""Markdown in pieces: all of it, within the limit, code fenced in each piece that holds some."""

from __future__ import annotations

import re

import pytest

from agent_runtime.channels.markdown import split_markdown
from tests.simulators.model.behaviours import LONG_MARKDOWN


@pytest.mark.parametrize("longest", [200, 1000, 2000, 12_000])
def test_a_long_answer_is_whole_and_its_code_fenced(longest: int) -> None:
    pieces = split_markdown(LONG_MARKDOWN, longest)
    assert max(map(len, pieces)) <= longest
    for piece in pieces:
        assert piece.count("```") % 2 == 0, piece
    marks = re.compile(r"```\w*|\s")
    assert marks.sub("", "\n".join(pieces)) == marks.sub("", LONG_MARKDOWN)
    for code in re.findall(r"^ *print\(.*\)$", LONG_MARKDOWN, re.MULTILINE):
        (holder,) = [piece for piece in pieces if code in piece]
        assert re.search(r"```python\n(?:(?!```)[\s\S])*" + re.escape(code), holder)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "```",
        "```\n" * 50,
        "~~~x\n" + "y" * 900,
        "a" * 900,
        "```py\n" + "z\n" * 500 + "```\nend",
        "`" * 900,
    ],
)
def test_odd_texts_come_to_an_end(text: str) -> None:
    pieces = split_markdown(text, 200)
    assert pieces
    assert all(0 < len(piece) <= 200 for piece in pieces)


def test_what_fits_is_left_alone() -> None:
    assert split_markdown("# Title\n\n```py\nx\n```", 2000) == ["# Title\n\n```py\nx\n```"]
