"""`owner.yaml`: what an owner's bots may have together and what they take where they leave it out."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent_runtime.spec.owner import OwnerSpec, Quota, read_owner
from agent_runtime.spec.problems import SpecError
from agent_runtime.spec.runtime_file import without_nulls
from gitops import layout, text
from gitops.splice import edited
from gitops.tree import Tree

_ORDER = {key: place for place, key in enumerate(OwnerSpec.model_fields)}


@dataclass(frozen=True)
class OwnerSettings:
    """What holds for one owner. `defaults` are as written, to be laid under a `bot.yaml`."""

    quota: Quota
    defaults: Mapping[str, Any]


NO_SETTINGS = OwnerSettings(Quota(), {})


async def settings_of(tree: Tree, owner: str) -> OwnerSettings:
    """The owner's settings in a state of `main`; SpecError if the file is not valid."""
    content = await tree.read(layout.owner_path(owner))
    return NO_SETTINGS if content is None else read(content)


@functools.lru_cache(maxsize=4096)
def read(content: bytes) -> OwnerSettings:
    """The settings in the file; SpecError names what is wrong, with lines."""
    spec, data = read_owner(content)
    return OwnerSettings(spec.quota, without_nulls(data.get("defaults") or {}))


def with_quota(content: bytes | None, quota: Mapping[str, Any]) -> bytes | None:
    """The file with another quota, the rest as people wrote it; None for a file that would say nothing."""
    old: dict[str, Any] = read_owner(content)[1] if content is not None else {"version": 1}
    wanted = {key: value for key, value in old.items() if key != "quota"}
    if limits := without_nulls(quota):
        wanted["quota"] = limits
    elif not without_nulls(old.get("defaults") or {}):
        return None
    in_place = edited(content, wanted, _place) if content is not None else None
    return in_place or text.dump({key: wanted[key] for key in sorted(wanted, key=_place)})


def same_defaults(before: bytes | None, after: bytes | None) -> bool:
    """Whether two states of the file give bots the same; one that is not valid is like no other."""
    try:
        old = read(before) if before is not None else NO_SETTINGS
        new = read(after) if after is not None else NO_SETTINGS
    except SpecError:
        return before == after
    return old.defaults == new.defaults


def _place(key: str) -> tuple[int, str]:
    return _ORDER.get(key, len(_ORDER)), key
