"""The specification as a file people read and edit: `bot.yaml`, written new or edited in place.

An edit touches what changed and nothing else, so that a person's comments, order and layout survive. Whatever
way a file was written, it is read back by the strict reader before it counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent_runtime.spec import BotSpec
from agent_runtime.spec.strict_yaml import strict_yaml
from gitops import text
from gitops.splice import edited

_ORDER = {key: place for place, key in enumerate(BotSpec.model_fields)}


def write(data: Mapping[str, Any]) -> bytes:
    """A new file for the specification.

    Keys in the specification's own order, every text quoted or a block.
    """
    marked = _with_block(data)
    return text.dump({key: marked[key] for key in sorted(marked, key=_place)})


def edit(content: bytes, data: Mapping[str, Any]) -> bytes:
    """The file with the specification made `data`; the very same bytes if it says so already."""
    return edited(content, _with_block(data), _place) or write(data)


def read(content: bytes) -> dict[str, Any]:
    """The data as written, whether or not it is a valid specification; SpecError if it is not strict YAML."""
    data = strict_yaml(content)
    return data if isinstance(data, dict) else {}


def _with_block(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data with instructions marked to be written as a block."""
    instructions = data.get("instructions")
    return {**data, "instructions": text.block(instructions)} if isinstance(instructions, str) else dict(data)


def _place(key: str) -> tuple[int, str]:
    return _ORDER.get(key, len(_ORDER)), key
