"""HTML and MarkdownV2 as the Bot API reads them: https://core.telegram.org/bots/api#formatting-options."""

from __future__ import annotations

import html
import re
from typing import Any

from tests.simulators.telegram.refusals import cannot_parse

Entity = dict[str, Any]
_TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
    "tg-spoiler": "spoiler", "span": "spoiler", "code": "code", "pre": "pre", "a": "text_link",
    "blockquote": "blockquote", "tg-emoji": "custom_emoji",
}  # fmt: skip
_TAG = re.compile(r"<(/?)([^\s>/]*)([^>]*)>|<")
_ATTRIBUTE = re.compile(r"""([a-z-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'))?""")
_RESERVED = set("_*[]()~`>#+-=|{}.!")
_MARKS = {"*": "bold", "_": "italic", "__": "underline", "~": "strikethrough", "||": "spoiler", "`": "code"}
_NAMES = {"bold": "Bold", "italic": "Italic", "underline": "Underline", "strikethrough": "Strikethrough",
          "spoiler": "Spoiler", "code": "Code", "pre": "Pre", "text_link": "TextUrl"}  # fmt: skip


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def parse_html(text: str) -> tuple[str, list[Entity]]:
    """Text and entities; refuses tags Telegram does not know, and tags that do not match."""
    out: list[str] = []
    entities: list[Entity] = []
    open_tags: list[tuple[str, int, Entity]] = []
    size = position = 0

    def add(raw: str) -> None:
        nonlocal size
        piece = html.unescape(raw)
        out.append(piece)
        size += _units(piece)

    for match in _TAG.finditer(text):
        add(text[position : match.start()])
        position = match.end()
        at = len(text[: match.start()].encode())
        closing, name, rest = match.group(1), (match.group(2) or "").lower(), match.group(3) or ""
        if match.group(2) is None or name not in _TAGS:
            raise cannot_parse(f'Unsupported start tag "{name}" at byte offset {at}')
        if not closing:
            open_tags.append((name, size, _html_entity(name, rest)))
            continue
        if not open_tags:
            raise cannot_parse(f"Unexpected end tag at byte offset {at}")
        expected, start, entity = open_tags.pop()
        if expected != name:
            raise cannot_parse(
                f'Unmatched end tag at byte offset {at}, expected "</{expected}>", found "</{name}>"'
            )
        entities.append(entity | {"offset": start, "length": size - start})
    add(text[position:])
    if open_tags:
        raise cannot_parse(f'Can\'t find end tag corresponding to start tag "{open_tags[-1][0]}"')
    return "".join(out), [entity for entity in entities if entity["length"] and entity["type"]]


def _html_entity(name: str, rest: str) -> Entity:
    attributes = {m[0]: html.unescape(m[1] or m[2]) for m in _ATTRIBUTE.findall(rest)}
    entity: Entity = {"type": _TAGS[name]}
    if name == "a":
        entity["url"] = attributes.get("href", "")
    if name == "code" and attributes.get("class", "").startswith("language-"):
        entity["language"] = attributes["class"].removeprefix("language-")
    return entity


def parse_markdown_v2(text: str) -> tuple[str, list[Entity]]:
    """Text and entities; refuses reserved characters without a backslash, and marks without their end."""
    reader = _MarkdownV2(text)
    reader.read()
    return "".join(reader.out), reader.entities


class _MarkdownV2:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.out: list[str] = []
        self.size = 0
        self.entities: list[Entity] = []
        self.open: list[tuple[str, int, int]] = []

    def add(self, piece: str) -> None:
        self.out.append(piece)
        self.size += _units(piece)

    def byte(self) -> int:
        return len(self.text[: self.at].encode())

    def read(self) -> None:
        while self.at < len(self.text):
            character = self.text[self.at]
            if character == "\\" and self.at + 1 < len(self.text) and ord(self.text[self.at + 1]) < 127:
                self.add(self.text[self.at + 1])
                self.at += 2
            elif character in _RESERVED:
                self.mark()
            else:
                self.add(character)
                self.at += 1
        if self.open:
            mark, _, offset = self.open[-1]
            kind = _NAMES[_MARKS.get(mark, "text_link")]
            raise cannot_parse(f"Can't find end of {kind} entity at byte offset {offset}")

    def mark(self) -> None:
        rest = self.text[self.at :]
        if rest.startswith("`"):
            return self.code("```" if rest.startswith("```") else "`")
        if rest.startswith("]") and self.open and self.open[-1][0] == "[":
            return self.link_end()
        mark = next((m for m in ("__", "||", "*", "_", "~", "[") if rest.startswith(m)), None)
        if mark is None:
            if rest[0] == ">" and (self.at == 0 or self.text[self.at - 1] == "\n"):
                self.at += 1
                return None
            raise cannot_parse(
                f"Character '{rest[0]}' is reserved and must be escaped with the preceding '\\'"
            )
        if self.open and self.open[-1][0] == mark and mark != "[":
            _, start, _ = self.open.pop()
            self.close(_MARKS[mark], start)
        else:
            self.open.append((mark, self.size, self.byte()))
        self.at += len(mark)
        return None

    def close(self, kind: str, start: int, **more: str) -> None:
        if self.size > start:
            self.entities.append({"type": kind, "offset": start, "length": self.size - start, **more})

    def code(self, fence: str) -> None:
        begin, offset = self.at + len(fence), self.byte()
        end = begin
        while end < len(self.text) and not self.text.startswith(fence, end):
            end += 2 if self.text[end] == "\\" else 1
        if end >= len(self.text):
            kind = "Pre" if fence == "```" else "Code"
            raise cannot_parse(f"Can't find end of {kind} entity at byte offset {offset}")
        body = re.sub(r"\\(.)", r"\1", self.text[begin:end], flags=re.DOTALL)
        start, more = self.size, {}
        if fence == "```" and "\n" in body:
            language, _, body = body.partition("\n")
            more = {"language": language} if language else {}
        self.add(body)
        self.close("pre" if fence == "```" else "code", start, **more)
        self.at = end + len(fence)

    def link_end(self) -> None:
        _, start, offset = self.open.pop()
        match = re.compile(r"\]\(((?:\\.|[^)\\])*)\)", re.DOTALL).match(self.text, self.at)
        if match is None:
            raise cannot_parse(f"Can't find end of TextUrl entity at byte offset {offset}")
        self.close("text_link", start, url=re.sub(r"\\(.)", r"\1", match.group(1)))
        self.at = match.end()
