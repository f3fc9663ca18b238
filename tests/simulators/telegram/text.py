"""What Telegram does with a message's text and entities: https://core.telegram.org/bots/api#messageentity.

Offsets and lengths count UTF-16 code units. Text is trimmed, control characters go, entities that cut a
character or pass the end are refused, and no more than a hundred entities of a message are kept.
"""

from __future__ import annotations

import json
from typing import Any

from tests.simulators.telegram.refusals import bad_request, cannot_parse

LONGEST = 4096
MOST_ENTITIES = 100
_AUTOMATIC = {
    "mention",
    "hashtag",
    "cashtag",
    "bot_command",
    "url",
    "email",
    "phone_number",
    "bank_card_number",
}
_STYLES = {
    "bold", "italic", "underline", "strikethrough", "spoiler", "blockquote", "expandable_blockquote", "code",
    "pre", "text_link", "text_mention", "custom_emoji", "date_time",
}  # fmt: skip
Entity = dict[str, Any]


def units(text: str) -> int:
    """The length in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def parse_entities(raw: Any) -> list[Entity]:
    """The parameter `entities`: a JSON array, as text in a form and as it is in a JSON body."""
    if isinstance(raw, str):
        try:
            raw = json.loads(raw)
        except ValueError:
            raise bad_request("can't parse entities JSON object") from None
    if not isinstance(raw, list):
        return []
    return [entity for entity in map(_entity, raw) if entity is not None]


def _entity(raw: Any) -> Entity | None:
    problem = "Can't parse MessageEntity: "
    if not isinstance(raw, dict):
        raise bad_request(problem + "expected an Object")
    for name in ("offset", "length"):
        if not isinstance(raw.get(name), int) or isinstance(raw.get(name), bool):
            raise bad_request(f'{problem}Can\'t find field "{name}"')
    kind = raw.get("type")
    if kind in _AUTOMATIC:
        return None
    if kind not in _STYLES:
        raise bad_request(problem + "Unsupported type specified")
    if kind == "text_link" and not isinstance(raw.get("url"), str):
        raise bad_request(f'{problem}Can\'t find field "url"')
    return dict(raw)


def finish(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """What the chat shows of a text with its entities, or the refusal."""
    _check_bounds(text, entities)
    text, entities = _cleaned(text, entities)
    if not text:
        # Said of a text of white space alone; one that is missing is "message text is empty".
        raise bad_request("text must be non-empty")
    if units(text) > LONGEST:
        # https://core.telegram.org/bots/api#sendmessage: "1-4096 characters after entities parsing".
        raise bad_request("message is too long")
    return text, entities[:MOST_ENTITIES]


def _check_bounds(text: str, entities: list[Entity]) -> None:
    borders = {0: 0}
    position = size = 0
    for character in text:
        position += units(character)
        size += len(character.encode())
        borders[position] = size
    for entity in entities:
        start, length = entity["offset"], entity["length"]
        end = start + length
        if start < 0 or length < 0:
            name, value = ("offset", start) if start < 0 else ("length", length)
            raise bad_request(f"Receive an entity with incorrect {name} {value}")
        if start > position:
            raise bad_request(f"Entity begins after the end of the text at UTF-16 offset {start}")
        if end > position:
            raise bad_request(
                f"Entity beginning at UTF-16 offset {start} ends after the end of the text "
                f"at UTF-16 offset {end}"
            )
        if start not in borders:
            raise bad_request(
                f"Entity begins in a middle of a UTF-16 symbol at byte offset {borders[start + 1]}"
            )
        if end not in borders:
            raise bad_request(
                f"Entity beginning at UTF-16 offset {start} ends in a middle of a UTF-16 symbol "
                f"at byte offset {borders[end + 1]}"
            )


def _cleaned(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    kept: list[str] = []
    moved = {0: 0}
    before = after = 0
    for character in text:
        before += units(character)
        if character >= " " or character == "\n":
            kept.append(character)
            after += units(character)
        elif character == "\t":
            kept.append(" ")
            after += 1
        moved[before] = after
    clean = "".join(kept)
    stripped = clean.strip()
    lead = units(clean[: len(clean) - len(clean.lstrip())])
    last = units(stripped)
    result = []
    for entity in entities:
        start = min(max(moved[entity["offset"]] - lead, 0), last)
        end = min(max(moved[entity["offset"] + entity["length"]] - lead, 0), last)
        if end > start:
            result.append(entity | {"offset": start, "length": end - start})
    result.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return stripped, result


def parse_mode_text(text: str, mode: str) -> tuple[str, list[Entity]]:
    """The parameter `parse_mode`: https://core.telegram.org/bots/api#formatting-options."""
    from tests.simulators.telegram.markup import parse_html, parse_markdown_v2

    match mode.lower():
        case "html":
            return parse_html(text)
        case "markdownv2":
            return parse_markdown_v2(text)
    raise (
        cannot_parse("Unsupported parse_mode")
        if mode.lower() == "markdown"
        else bad_request("Unsupported parse_mode")
    )
