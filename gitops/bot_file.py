"""The specification as a file people read and edit: `bot.yaml`, written new or edited in place.

An edit touches what changed and nothing else, so that a person's comments, order and layout survive. Whatever
way a file was written, it is read back by the strict reader before it counts.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, MutableMapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString
from ruamel.yaml.util import load_yaml_guess_indent

from agent_runtime.spec import BotSpec
from agent_runtime.spec.problems import SpecError
from agent_runtime.spec.strict_yaml import strict_yaml
from gitops import text

_ORDER = {key: place for place, key in enumerate(BotSpec.model_fields)}
_WIDE = 1 << 30


def write(data: Mapping[str, Any]) -> bytes:
    """A new file for the specification.

    Keys in the specification's own order, every text quoted or a block.
    """
    ordered = {key: data[key] for key in sorted(data, key=_place)}
    if isinstance(instructions := ordered.get("instructions"), str):
        ordered["instructions"] = text.block(instructions)
    return text.dump(ordered)


def edit(content: bytes, data: Mapping[str, Any]) -> bytes:
    """The file with the specification made `data`; the very same bytes if it says so already."""
    try:
        if _same(strict_yaml(content), data):
            return content
        edited = _edited(content, data)
        if _same(strict_yaml(edited), data):
            return edited
    except (SpecError, YAMLError, ValueError):
        # A file that can't be edited in place (it is not valid, so it came past the validator) is written
        # anew.
        pass
    return write(data)


def read(content: bytes) -> dict[str, Any]:
    """The data as written, whether or not it is a valid specification; SpecError if it is not strict YAML."""
    data = strict_yaml(content)
    return data if isinstance(data, dict) else {}


def _place(key: str) -> tuple[int, str]:
    return _ORDER.get(key, len(_ORDER)), key


def _edited(content: bytes, data: Mapping[str, Any]) -> bytes:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = _WIDE
    yaml.allow_unicode = True
    document, indent, offset = load_yaml_guess_indent(content.decode(), yaml=yaml)
    if not isinstance(document, CommentedMap):
        raise ValueError("the file does not hold a mapping")
    _merge(document, data, top=True)
    yaml.indent(mapping=2, sequence=indent or 2, offset=offset or 0)
    written = io.BytesIO()
    yaml.dump(document, written)
    return written.getvalue()


def _merge(target: MutableMapping[str, Any], data: Mapping[str, Any], *, top: bool = False) -> None:
    """Makes the mapping in the file say the same as the data, leaving alone what says so already."""
    for key in [key for key in target if key not in data]:
        del target[key]
    for key, value in data.items():
        block = top and key == "instructions"
        if key not in target:
            _insert(target, key, _node(value, block=block), top=top)
        elif isinstance(target[key], CommentedMap) and isinstance(value, Mapping) and value:
            _merge(target[key], value)
        elif isinstance(target[key], CommentedSeq) and isinstance(value, list) and value:
            _merge_list(target[key], value)
        elif not _same(target[key], value):
            target[key] = _node(value, block=block)


def _merge_list(target: CommentedSeq, data: list[Any]) -> None:
    for index, value in enumerate(data[: len(target)]):
        if isinstance(target[index], CommentedMap) and isinstance(value, Mapping) and value:
            _merge(target[index], value)
        elif not _same(target[index], value):
            target[index] = _node(value)
    del target[len(data) :]
    target.extend(_node(value) for value in data[len(target) :])


def _insert(target: MutableMapping[str, Any], key: str, node: Any, *, top: bool) -> None:
    """Adds a key: at the top level where the specification's order has it, inside at the end."""
    if top and isinstance(target, CommentedMap):
        at = sum(1 for other in target if _place(other) < _place(key))
        target.insert(at, key, node)
    else:
        target[key] = node


def _node(value: Any, *, block: bool = False) -> Any:
    """The value as ruamel writes it: texts quoted, or a block where that is exact."""
    if isinstance(value, str):
        return (LiteralScalarString if block and text.fits_block(value) else DoubleQuotedScalarString)(value)
    if isinstance(value, Mapping):
        return CommentedMap((_key(key), _node(inner)) for key, inner in value.items())
    if isinstance(value, list | tuple):
        return CommentedSeq(_node(inner) for inner in value)
    return value


def _key(key: str) -> str:
    return key if text.is_word(key) else DoubleQuotedScalarString(key)


def _same(found: Any, wanted: Any) -> bool:
    """Equality that tells `1` from `true` and `1.0`, which Python's does not."""
    if isinstance(found, Mapping) and isinstance(wanted, Mapping):
        return found.keys() == wanted.keys() and all(_same(found[key], wanted[key]) for key in found)
    if isinstance(found, list | tuple) and isinstance(wanted, list | tuple):
        return len(found) == len(wanted) and all(map(_same, found, wanted))
    if isinstance(found, str) and isinstance(wanted, str):
        return str(found) == str(wanted)
    kinds = (bool, int, float)
    kind = next((kind for kind in kinds if isinstance(found, kind)), type(found))
    return (
        isinstance(wanted, kind) and isinstance(found, bool) == isinstance(wanted, bool) and found == wanted
    )
