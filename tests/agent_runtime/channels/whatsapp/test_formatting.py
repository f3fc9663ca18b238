"""Markdown in WhatsApp's signs."""

from __future__ import annotations

import pytest

from agent_runtime.channels.whatsapp.formatting import LONGEST, messages
from tests.simulators.model.behaviours import LONG_MARKDOWN


@pytest.mark.parametrize(
    ("markdown", "written"),
    [
        ("plain words", "plain words"),
        ("**bold** and *italic* and ~~gone~~", "*bold* and _italic_ and ~gone~"),
        ("***both***", "*_both_*"),
        ("`code`", "`code`"),
        ("# Title\n\nText", "*Title*\n\nText"),
        ("[the page](https://x.example/a)", "the page (https://x.example/a)"),
        ("\U0001f4e6 **bold** \U0001f4e6", "\U0001f4e6 *bold* \U0001f4e6"),
        ("", "…"),
    ],
)
def test_signs(markdown: str, written: str) -> None:
    assert messages(markdown) == [written]


def test_code_keeps_its_fence_and_its_lines() -> None:
    (message,) = messages("See:\n\n```python\nif x:\n    y = 1\n```\nEnd")
    assert "```if x:\n    y = 1```" in message
    assert "python" not in message


def test_a_long_answer_is_whole_and_in_pieces() -> None:
    found = messages(LONG_MARKDOWN)
    assert len(found) > 2
    assert max(map(len, found)) <= LONGEST
    whole = "\n".join(found)
    for step in range(1, 15):
        assert whole.count(f"def step_{step}(parcel: str) -> str:") == 1
    for piece in found:
        assert piece.count("```") % 2 == 0
    assert "**" not in whole


@pytest.mark.parametrize("odd", ["**", "* *", "_" * 9000, "`" * 50, "**a\n\nb**", "\ud83d", "x" * 9000])
def test_odd_texts_come_to_an_end(odd: str) -> None:
    found = messages(odd)
    assert found
    assert all(0 < len(piece) <= LONGEST for piece in found)


def test_links_that_are_too_long_go_out_without_signs() -> None:
    link = f"https://x.example/{'a' * 500}"
    found = messages(" ".join(f"[word]({link})" for _ in range(20)))
    assert max(map(len, found)) <= LONGEST
