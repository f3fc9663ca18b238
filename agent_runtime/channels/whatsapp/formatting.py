"""A model's Markdown as WhatsApp messages, with WhatsApp's signs: https://faq.whatsapp.com/539178204879377."""

from __future__ import annotations

from agent_runtime.channels.entities import Entity, Piece, converted, split

# https://developers.facebook.com/docs/whatsapp/cloud-api/messages/text-messages: at most 4,096 characters.
LONGEST = 4096
# Signs take room too; a piece whose signs take more than this leaves goes out without them.
_LONGEST_TEXT, _MOST_SIGNS = 3500, 60
_SIGNS = {"bold": "*", "italic": "_", "strikethrough": "~", "code": "`", "pre": "```"}


def messages(markdown: str) -> list[str]:
    """The messages of a reply, in order; at least one."""
    return [_written(piece) for piece in split(*converted(markdown), _LONGEST_TEXT, _MOST_SIGNS)] or ["…"]


def _written(piece: Piece) -> str:
    text, entities = piece
    written = _with_signs(text, entities)
    return written if len(written) <= LONGEST else text


def _with_signs(text: str, entities: list[Entity]) -> str:
    """Signs stand right before and behind words: WhatsApp reads none with white space inside."""
    units = text.encode("utf-16-le", "surrogatepass")
    begins: dict[int, str] = {}
    ends: dict[int, str] = {}
    for entity in sorted(entities, key=lambda each: (each["offset"], -each["length"])):
        first, last = entity["offset"], entity["offset"] + entity["length"]
        kind = entity["type"]
        if kind == "text_link":
            ends[last] = f" ({entity['url']})" + ends.get(last, "")
            continue
        if (sign := _SIGNS.get(kind)) is None:
            continue
        inner = units[first * 2 : last * 2].decode("utf-16-le", "replace")
        if kind != "pre" and (not inner.strip() or "\n" in inner):
            continue
        first += len(inner) - len(inner.lstrip()) if kind != "pre" else 0
        last -= len(inner) - len(inner.rstrip()) if kind != "pre" else 0
        # An inner entity ends before an outer one that ends at the same place.
        begins[first], ends[last] = begins.get(first, "") + sign, sign + ends.get(last, "")
    places = sorted({0, len(units) // 2, *begins, *ends})
    written = ""
    for place, following in zip(places, [*places[1:], len(units) // 2], strict=True):
        written += ends.get(place, "") + begins.get(place, "")
        written += units[place * 2 : following * 2].decode("utf-16-le", "replace")
    return written
