"""How this package writes YAML: texts in quotes, long ones as blocks where that is exact, keys in order.

A quoted text means the same to every reader (`1e3`, `no`, `0o17`, `${VAR}`); a plain one does not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from agent_runtime.spec.scalars import AmbiguousScalarError, plain_scalar

# A block keeps these texts byte for byte in every reader: printable characters, no tab, no space at a line's
# end, no line break at either end but one, and none of the characters that some readers take for line breaks.
_BLOCK = re.compile(
    r"(?:[!-~ \u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010fffe]|\n)+\Z"
)
_WIDE = 1 << 30


class _Plain(str):
    """A text of our own making that needs no quotes."""


class _Block(str):
    """A text to be written as a block."""


def plain(word: str) -> str:
    """Marks a word of ours (a kind, a name under the rule) to be written without quotes."""
    return _Plain(word)


def fits_block(text: str) -> bool:
    """Whether a literal block gives the text back exactly, in every reader."""
    if "\n" not in text.rstrip("\n") or text[0] in " \n" or text.endswith("\n\n"):
        return False
    return _BLOCK.match(text) is not None and " \n" not in text and not text.endswith(" ")


def block(text: str) -> str:
    """Marks a long text to be written as a block, if that is exact; else it is quoted like any other."""
    return _Block(text) if fits_block(text) else text


def is_word(key: str) -> bool:
    """Whether a key means the same to every reader without quotes."""
    if _WORD.match(key) is None:
        return False
    try:
        return plain_scalar(key) == key
    except AmbiguousScalarError:
        return False


def dump_inline(value: Any) -> str:
    """The value within one line: collections in brackets, texts in quotes."""
    written: str = yaml.dump(
        [value], Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_WIDE, default_flow_style=True
    )
    return written.removesuffix("\n").removeprefix("[").removesuffix("]")


def dump(*documents: Mapping[str, Any] | list[Any]) -> bytes:
    """The documents as YAML. Keys are ours or follow a rule, and are quoted only where they must be."""
    written = yaml.dump_all(
        documents,
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        width=_WIDE,
        default_flow_style=False,
        explicit_start=len(documents) > 1,
    )
    return written.encode()


class _Dumper(yaml.SafeDumper):
    """PyYAML's own emitter with our choice of quotes, and without aliases for values that occur twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style='"')


def _plain(dumper: yaml.SafeDumper, value: _Plain) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(value))


def _block(dumper: yaml.SafeDumper, value: _Block) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(value), style="|")


def _mapping(dumper: yaml.SafeDumper, value: Mapping[str, Any]) -> yaml.MappingNode:
    node = dumper.represent_mapping("tag:yaml.org,2002:map", value.items())
    for key, _ in node.value:
        if is_word(key.value):
            key.style = None
    return node


_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*\Z")

_Dumper.add_representer(str, _text)
_Dumper.add_representer(_Plain, _plain)
_Dumper.add_representer(_Block, _block)
_Dumper.add_representer(dict, _mapping)
