"""Edits YAML text in place: what changes is replaced, added or taken out where it stands, all else stays.

PyYAML says where each value stands; the new values are written by its emitter. Comments, order, indentation
and quotes of the rest are a person's, and are not read at all. The caller reads the result back before it
counts.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import yaml

from agent_runtime.spec.problems import SpecError
from agent_runtime.spec.strict_yaml import strict_yaml
from gitops import text as writing

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Order = Callable[[str], Any]


class SpliceError(ValueError):
    """The text is written in a way that can't be edited in place; write it anew."""


def splice(content: str, old: Mapping[str, Any], new: Mapping[str, Any], order: Order) -> str:
    """The text, whose data is `old`, made to say `new`.

    New keys of the top level go where `order` has them.
    """
    root = yaml.compose(content, Loader=_LOADER)
    if not isinstance(root, yaml.MappingNode):
        raise SpliceError("the text does not hold a mapping")
    editor = _Editor(content)
    if root.flow_style:
        editor.replace_inline(root, new)
    else:
        editor.mapping(root, old, new, order)
    return editor.result()


def edited(content: bytes, new: Mapping[str, Any], order: Order) -> bytes | None:
    """The file made to say `new`, the very same bytes if it does already; None where it is best written anew.

    A file that can't be edited in place came past the validator, or is oddly laid out.
    """
    try:
        old = strict_yaml(content)
        if same(old, new):
            return content
        made = splice(content.decode(), old, new, order).encode()
        return made if same(strict_yaml(made), new) else None
    except (SpecError, ValueError):
        return None


def same(found: Any, wanted: Any) -> bool:
    """Equality that tells `1` from `true` and `1.0`, which Python's does not.

    Order of keys does not count.
    """
    return _fingerprint(found) == _fingerprint(wanted)


def _fingerprint(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


class _Editor:
    """Collects the replacements in one text."""

    def __init__(self, content: str) -> None:
        self._text = content
        self._edits: list[tuple[int, int, str]] = []

    def result(self) -> str:
        text = self._text
        numbered = [(start, end > start, number) for number, (start, end, _) in enumerate(self._edits)]
        # From the last to the first, so that places stay right. At one place what is replaced goes before
        # what is inserted, and insertions, collected from the inside out, come to stand in that order.
        for *_, number in sorted(numbered, reverse=True):
            start, end, new = self._edits[number]
            text = text[:start] + new + text[end:]
        return text

    def mapping(
        self, node: yaml.MappingNode, old: Mapping[str, Any], new: Mapping[str, Any], order: Order
    ) -> None:
        """A block mapping with something left in it."""
        entries = {key.value: (key, value) for key, value in node.value}
        indent = node.value[0][0].start_mark.column
        for name, (key, value) in entries.items():
            if name not in new:
                self._remove(self._own_line(key), self._end(value, key))
            elif not same(old[name], new[name]):
                self._entry(key, value, old[name], new[name], indent)
        added: dict[str | None, list[str]] = {}
        kept = [name for name in entries if name in new]
        for name in sorted((name for name in new if name not in entries), key=order):
            before = [other for other in kept if order(other) <= order(name)]
            added.setdefault(before[-1] if before else None, []).append(name)
        for after, names in added.items():
            lines = [_indented({name: new[name]}, indent) for name in names]
            if after is not None:
                key, value = entries[after]
                self._insert_below(self._end(value, key), lines)
            else:
                self._insert_above(self._own_line(node.value[0][0]), lines)

    def replace_inline(self, node: yaml.Node, new: Any) -> None:
        """A value that stands within a line gives way to another one."""
        self._edits.append((node.start_mark.index, self._end(node), _inline(new)))

    def _entry(self, key: yaml.Node, value: yaml.Node, old: Any, new: Any, indent: int) -> None:
        if self._inside(value, old, new):
            return
        end = self._end(value, key)
        if not _is_block(value) and not _spans_lines(new):
            start = value.start_mark.index if value.start_mark.index < end else end
            self._edits.append((start, end, (" " if start == end else "") + _inline(new)))
            return
        # The value is, or becomes, one of several lines: a comment at the end of its line moves above it.
        start = key.start_mark.index
        lines = _indented({key.value: new}, indent).lstrip(" ")
        comment = self._line_comment(value, end)
        above = f"{comment}\n{' ' * indent}" if comment else ""
        line_end = self._line_end(end)
        self._edits.append((start, line_end if comment else end, above + lines))

    def _inside(self, node: yaml.Node, old: Any, new: Any) -> bool:
        """Whether the change could be made further in: in a block that stays one."""
        if not isinstance(node, yaml.CollectionNode) or node.flow_style or not new:
            return False
        if isinstance(node, yaml.MappingNode) and isinstance(new, Mapping):
            if not set(old) & set(new):
                return False
            self.mapping(node, old, new, lambda name: 0)
            return True
        if isinstance(node, yaml.SequenceNode) and isinstance(new, Sequence) and not isinstance(new, str):
            self._sequence(node, old, new)
            return True
        return False

    def _sequence(self, node: yaml.SequenceNode, old: Sequence[Any], new: Sequence[Any]) -> None:
        indent = node.start_mark.column
        matcher = difflib.SequenceMatcher(
            None, [_fingerprint(item) for item in old], [_fingerprint(item) for item in new], autojunk=False
        )
        for tag, first, last, wanted, upto in matcher.get_opcodes():
            if tag == "equal":
                continue
            paired = min(last - first, upto - wanted)
            for offset in range(paired):
                self._item(node.value[first + offset], old[first + offset], new[wanted + offset], indent)
            for item in node.value[first + paired : last]:
                self._remove(self._dash_line(item, indent), self._end(item))
            lines = [_indented([item], indent) for item in new[wanted + paired : upto]]
            if lines and first + paired > 0:
                self._insert_below(self._end(node.value[first + paired - 1]), lines)
            elif lines:
                self._insert_above(self._dash_line(node.value[0], indent), lines)

    def _item(self, node: yaml.Node, old: Any, new: Any, indent: int) -> None:
        if self._inside(node, old, new):
            return
        if not _is_block(node) and not _spans_lines(new):
            self.replace_inline(node, new)
            return
        start = self._dash_line(node, indent)
        self._edits.append((start, self._line_end(self._end(node)), _indented([new], indent)))

    def _remove(self, start: int, end: int) -> None:
        """Takes out whole lines, with the comment at the end of the last one."""
        line_end = self._line_end(end)
        self._edits.append((start, min(line_end + 1, len(self._text)), ""))

    def _insert_below(self, end: int, lines: list[str]) -> None:
        at = self._line_end(end)
        self._edits.append((at, at, "".join(f"\n{line}" for line in lines)))

    def _insert_above(self, start: int, lines: list[str]) -> None:
        self._edits.append((start, start, "".join(f"{line}\n" for line in lines)))

    def _end(self, node: yaml.Node, key: yaml.Node | None = None) -> int:
        """Where the content of a value ends, before blanks and comments that follow."""
        if isinstance(node, yaml.MappingNode) and not node.flow_style:
            return self._end(node.value[-1][1], node.value[-1][0])
        if isinstance(node, yaml.SequenceNode) and not node.flow_style:
            return self._end(node.value[-1])
        end: int = node.end_mark.index
        if node.start_mark.index == end:
            # Nothing is written: the value is where its colon is.
            if key is None:
                raise SpliceError("an empty entry of a list")
            return self._text.index(":", key.end_mark.index) + 1
        return len(self._text[:end].rstrip()) if _is_block(node) else end

    def _line_comment(self, node: yaml.Node, end: int) -> str:
        """The comment at the end of a value's line, or of a block's first line."""
        if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
            head = self._text[node.start_mark.index : self._line_end(node.start_mark.index)]
            return head[head.index(" #") + 1 :].rstrip() if " #" in head else ""
        return self._text[end : self._line_end(end)].strip()

    def _own_line(self, key: yaml.Node) -> int:
        """The start of the line that a key begins."""
        start: int = key.start_mark.index - key.start_mark.column
        if self._text[start : key.start_mark.index].strip():
            raise SpliceError("the key does not begin its line")
        return start

    def _dash_line(self, item: yaml.Node, indent: int) -> int:
        """The start of the line whose dash begins an entry."""
        start: int = item.start_mark.index - item.start_mark.column
        if self._text[start : start + indent].strip() or self._text[start + indent] != "-":
            raise SpliceError("the entry does not begin its line")
        return start

    def _line_end(self, at: int) -> int:
        found = self._text.find("\n", at)
        return found if found >= 0 else len(self._text)


def _is_block(node: yaml.Node) -> bool:
    """Whether a value stands on lines of its own."""
    if isinstance(node, yaml.CollectionNode):
        return not node.flow_style
    return isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")


def _spans_lines(value: Any) -> bool:
    """Whether a value is written on lines of its own."""
    return "\n" in writing.dump({"value": value}).decode().removesuffix("\n")


def _inline(value: Any) -> str:
    """The value within a line."""
    return writing.dump_inline(value)


def _indented(value: Any, indent: int) -> str:
    """The value as lines, without the last line break."""
    lines = writing.dump(value).decode().removesuffix("\n").split("\n")
    return "\n".join(" " * indent + line if line else line for line in lines)
