"""A YAML reader that takes only what every reader of YAML understands alike, and says where it does not.

One document of mappings with text keys, lists and scalars. No anchors, aliases, tags, merge keys, directives
or duplicate keys; bounded in size and depth before anything is built. The C parser's events are read one by
one, so that neither depth nor expansion can cost more than the text is long.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import yaml

from agent_runtime.spec.plain import DEEPEST, MOST_PROBLEMS, plain_problems, text_problem
from agent_runtime.spec.problems import Problem, SpecError, pointer
from agent_runtime.spec.scalars import AmbiguousScalarError, plain_scalar

LARGEST = 256 * 1024
MOST_VALUES = 20_000
_TITLE = "The YAML is not accepted"
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# A line feed to some readers and a character to others.
_DOUBTFUL_BREAK = re.compile("[\u2028\u2029]")


@dataclass(frozen=True)
class Document:
    """What a text holds, and the line (from 1) of each JSON pointer in it."""

    data: Any
    lines: dict[str, int]

    def line(self, place: str) -> int | None:
        """The line of the place, or of the nearest thing around it that is in the text."""
        while place and place not in self.lines:
            place = place.rpartition("/")[0]
        return self.lines.get(place)


def strict_yaml(text: bytes) -> Any:
    """The one document in the text as plain data; SpecError with lines for what readers may take unlike."""
    return read_document(text).data


def read_document(text: bytes) -> Document:
    """As `strict_yaml`, with the lines kept."""
    builder = _Builder()
    try:
        for event in yaml.parse(_decoded(text), Loader=_LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = error.problem or "can't be read"
        raise _refused("", f"is not YAML: {said}", mark.line + 1 if mark else None) from None
    except yaml.YAMLError:
        raise _refused("", "is not YAML", None) from None
    document = builder.document()
    problems = islice(plain_problems(document.data), MOST_PROBLEMS)
    if found := [Problem(each.pointer, each.detail, document.line(each.pointer)) for each in problems]:
        raise SpecError(found, title=_TITLE)
    return document


def _refused(place: str, detail: str, line: int | None) -> SpecError:
    return SpecError([Problem(place, detail, line)], title=_TITLE)


def _decoded(text: bytes) -> str:
    if len(text) > LARGEST:
        raise _refused("", f"is larger than {LARGEST // 1024} KiB", None)
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise _refused("", "is not UTF-8; save the file as UTF-8 without a byte-order mark", line) from None
    for number, line_text in enumerate(decoded.split("\n"), start=1):
        body = line_text.removesuffix("\r")
        if detail := text_problem(body):
            raise _refused("", detail, number)
        if found := _DOUBTFUL_BREAK.search(body):
            escape = f"\\u{ord(found.group()):04x}"
            detail = f'holds a Unicode line separator; write it as "{escape}" in double quotes'
            raise _refused("", detail, number)
    return decoded


@dataclass
class _Frame:
    """A list or mapping that is being read; `key` is what the next value belongs to."""

    holder: list[Any] | dict[str, Any]
    path: tuple[str | int, ...]
    flow: bool
    key: str | None = None

    def next_path(self) -> tuple[str | int, ...]:
        return (*self.path, len(self.holder) if isinstance(self.holder, list) else self.key or "")


@dataclass
class _Builder:
    """Builds plain data from a parser's events, one document of them."""

    frames: list[_Frame] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    found: list[Any] = field(default_factory=list)
    documents: int = 0

    def document(self) -> Document:
        if not self.found:
            raise _refused("", "is empty", None)
        return Document(self.found[0], self.lines)

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.DocumentStartEvent):
            self._start_document(event, line)
        elif isinstance(event, yaml.AliasEvent):
            raise _refused(self._place(), "aliases (*name) are not accepted; write the value out", line)
        elif isinstance(event, yaml.NodeEvent):
            self._take_node(event, line)
        elif isinstance(event, yaml.CollectionEndEvent):
            self.frames.pop()

    def _start_document(self, event: yaml.DocumentStartEvent, line: int) -> None:
        self.documents += 1
        if self.documents > 1:
            raise _refused("", "holds a second document; keep one and remove the line ---", line)
        if event.version or event.tags:
            raise _refused("", "directives (%YAML, %TAG) are not accepted; remove the line", line)

    def _take_node(self, event: Any, line: int) -> None:
        if event.anchor is not None:
            raise _refused(self._place(), "anchors (&name) are not accepted; write the value out", line)
        if event.tag is not None:
            raise _refused(self._place(), "tags (!name) are not accepted; remove it", line)
        if len(self.lines) > MOST_VALUES:
            raise _refused("", f"holds more than {MOST_VALUES:,} values", line)
        frame = self.frames[-1] if self.frames else None
        if frame and isinstance(frame.holder, dict) and frame.key is None:
            frame.key = self._key(event, frame, line)
            self.lines[pointer(*frame.path, frame.key)] = line
        elif isinstance(event, yaml.ScalarEvent):
            self._place_value(self._scalar(event, line), line)
        else:
            self._open([] if isinstance(event, yaml.SequenceStartEvent) else {}, bool(event.flow_style), line)

    def _open(self, holder: list[Any] | dict[str, Any], flow: bool, line: int) -> None:
        if len(self.frames) >= DEEPEST:
            raise _refused("", f"is nested more than {DEEPEST} deep", line)
        path = self.frames[-1].next_path() if self.frames else ()
        self._place_value(holder, line)
        self.frames.append(_Frame(holder, path, flow))

    def _place_value(self, value: Any, line: int) -> None:
        if not self.frames:
            self.found.append(value)
            self.lines.setdefault("", line)
            return
        frame = self.frames[-1]
        if isinstance(frame.holder, list):
            self.lines[pointer(*frame.next_path())] = line
            frame.holder.append(value)
        else:
            assert frame.key is not None
            frame.holder[frame.key] = value
            frame.key = None

    def _key(self, event: Any, frame: _Frame, line: int) -> str:
        key = self._scalar(event, line) if isinstance(event, yaml.ScalarEvent) else None
        if not isinstance(key, str):
            raise _refused(pointer(*frame.path), "has a key that is not text; put it in quotes", line)
        if key in frame.holder:
            first = self.lines[pointer(*frame.path, key)]
            raise _refused(
                pointer(*frame.path, key), f"is written twice, first in line {first}; keep one", line
            )
        return key

    def _scalar(self, event: Any, line: int) -> str | int | float | bool | None:
        text: str = event.value
        if not event.implicit[0]:
            return text
        if "?" in text and self.frames and self.frames[-1].flow:
            raise _refused(self._place(), "Go's reader takes no unquoted ? in [ ] or { }; quote it", line)
        try:
            return plain_scalar(text)
        except AmbiguousScalarError as error:
            raise _refused(self._place(), str(error), line) from None

    def _place(self) -> str:
        """The pointer of what is being read."""
        if not self.frames:
            return ""
        frame = self.frames[-1]
        awaits_key = isinstance(frame.holder, dict) and frame.key is None
        return pointer(*(frame.path if awaits_key else frame.next_path()))
