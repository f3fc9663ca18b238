"""Long answers arrive whole and formatted, whatever they are made of."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_runtime.channels.entities import split, units
from agent_runtime.channels.telegram.formatting import LONGEST, MOST_ENTITIES, pieces
from tests.simulators.model.behaviours import LONG_MARKDOWN
from tests.simulators.telegram.text import finish

Entity = dict[str, Any]
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"

CHARACTERS = st.sampled_from([*"ab \n\n`*_#.", "\U0001f4e6", "\u00e9", "\u4e2d", FAMILY, "\u202e", "e\u0301"])
TEXTS = st.lists(CHARACTERS, min_size=1, max_size=400).map("".join)


@st.composite
def formatted(draw: st.DrawFn) -> tuple[str, list[Entity]]:
    text = draw(TEXTS)
    borders = [units(text[:n]) for n in range(len(text) + 1)]
    entities = []
    for _ in range(draw(st.integers(0, 30))):
        first, last = sorted(draw(st.tuples(*[st.sampled_from(borders)] * 2)))
        if last > first:
            kind = draw(st.sampled_from(["bold", "italic", "pre", "code"]))
            entities.append({"type": kind, "offset": first, "length": last - first})
    return text, entities


def styles(text: str, entities: list[Entity]) -> list[tuple[str, frozenset[str]]]:
    """Each visible character with the styles that it has."""
    result, position = [], 0
    for character in text:
        has = {e["type"] for e in entities if e["offset"] <= position < e["offset"] + e["length"]}
        if not character.isspace():
            result.append((character, frozenset(has)))
        position += units(character)
    return result


@settings(max_examples=150)
@given(formatted(), st.integers(8, 120), st.integers(1, 12))
def test_pieces_keep_every_character_and_its_style_within_both_limits(
    message: tuple[str, list[Entity]], longest: int, most: int
) -> None:
    text, entities = message
    # Entities that begin together cannot be parted, so no limit below their number can be kept.
    together = max((sum(e["offset"] == one["offset"] for e in entities) for one in entities), default=0)
    overlapping = max(
        (sum(e["offset"] <= p < e["offset"] + e["length"] for e in entities) for p in range(units(text))),
        default=0,
    )
    most = max(most, together + overlapping)
    found = split(text, entities, longest, most)
    assert [one for piece in found for one in styles(*piece)] == styles(text, entities)
    for piece, inside in found:
        assert 0 < units(piece) <= longest
        assert len(inside) <= most
        finish(piece, inside)


@settings(max_examples=100)
@given(st.text(max_size=3000).map(lambda text: text * 3))
def test_any_markdown_becomes_messages_that_telegram_takes(markdown: str) -> None:
    found = pieces(markdown)
    assert found
    for text, entities in found:
        assert units(text) <= LONGEST
        if re.sub(r"[\x00-\x1f\s]", "", text):
            finish(text, entities)


def test_a_long_answer_keeps_its_words_its_code_and_its_links() -> None:
    found = pieces(LONG_MARKDOWN)
    whole = "\n".join(text for text, _ in found)
    assert len(found) > 2
    for n in range(1, 15):
        assert f"Paragraph {n} with bold words {n} and an emoji \U0001f4e6" in whole
        for line in range(12):
            assert f'    print("line {line} of step {n}: <parcel> & co")' in whole
    kinds = {entity["type"] for _, entities in found for entity in entities}
    assert {"bold", "italic", "code", "pre", "text_link"} <= kinds
    assert not any("**" in text or "```" in text for text, _ in found)


def test_code_that_fits_into_a_message_is_not_cut() -> None:
    for text, entities in pieces(LONG_MARKDOWN):
        for entity in entities:
            if entity["type"] == "pre":
                code = text.encode("utf-16-le")[
                    entity["offset"] * 2 : (entity["offset"] + entity["length"]) * 2
                ]
                assert code.decode("utf-16-le").startswith("def step_")
                assert "return parcel" in code.decode("utf-16-le")


def test_code_longer_than_a_message_goes_on_as_code_of_its_language() -> None:
    code = "\n".join(f"value_{n} = {n}" for n in range(800))
    found = pieces(f"Look:\n\n```python\n{code}\n```\n\nDone.")
    assert len(found) > 2
    for _, entities in found:
        assert any(entity["type"] == "pre" and entity["language"] == "python" for entity in entities)
    lines = "\n".join(text for text, _ in found).split("\n")
    assert [line for line in lines if line.startswith("value_")] == code.split("\n")


def test_many_entities_are_spread_over_messages() -> None:
    found = pieces(" ".join(f"**b{n}**" for n in range(250)))
    assert sum(len(entities) for _, entities in found) == 250
    assert all(len(entities) <= MOST_ENTITIES for _, entities in found)
    assert sum(len(text.split()) for text, _ in found) == 250


def test_an_emoji_of_several_characters_stays_in_one_piece() -> None:
    found = split(FAMILY * 1000, [], LONGEST, MOST_ENTITIES)
    assert "".join(text for text, _ in found) == FAMILY * 1000
    assert all(text.startswith("\U0001f468") and text.endswith("\U0001f466") for text, _ in found)


def test_a_text_without_any_break_is_cut_at_the_limit() -> None:
    assert [units(text) for text, _ in split("x" * 10_000, [], LONGEST, MOST_ENTITIES)] == [4096, 4096, 1808]
    assert [units(text) for text, _ in split("\U0001f4e6" * 3000, [], LONGEST, MOST_ENTITIES)] == [4096, 1904]


def test_half_a_surrogate_pair_and_nul_do_no_harm() -> None:
    assert pieces("a\ud83db\x00c") == [("a?bc", [])]


def test_headings_and_lists_carry_no_pictograms() -> None:
    ((text, _),) = pieces("# One\n\n## Two\n\n- point\n1. first")
    assert text.strip().split("\n") == ["One", "", "Two", "", "\u2022 point", "1. first"]
    assert not re.search("[\U0001f300-\U0001faff\u2702-\u27b0]", text)


@pytest.mark.parametrize(
    "hostile",
    ["\\(" * 20_000, "[" * 20_000, "`" * 20_001, "*a " * 20_000, "<a " * 10_000, ">" * 5_000, "$x$ " * 3_000],
)
def test_markdown_made_to_take_long_does_not(hostile: str) -> None:
    started = time.process_time()
    assert pieces(hostile)
    assert time.process_time() - started < 2.0
