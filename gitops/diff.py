"""The difference of two states of a bot, for people and for programs. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from agent_runtime.spec.problems import SpecError, pointer
from gitops import bot_file, layout
from gitops.bot_folder import BotFolder


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value that differs; None on the side where it is not there. Secrets show only that they are set."""

    pointer: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Difference:
    """The changes by pointer, and the `bot.yaml` as a unified diff."""

    changes: tuple[FieldChange, ...]
    unified: str


def compare(before: BotFolder | None, after: BotFolder | None) -> Difference:
    """What differs between two states of one bot; None is a bot that is not there."""
    return Difference(tuple(_changes(before, after)), _unified(before, after))


def _changes(before: BotFolder | None, after: BotFolder | None) -> Iterator[FieldChange]:
    yield from _values(_data(before), _data(after), ())
    old = before.digests if before else {}
    new = after.digests if after else {}
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield FieldChange(pointer("secrets", name), _set(name, old), _set(name, new))


def _set(name: str, digests: Mapping[str, str]) -> dict[str, bool] | None:
    return {"set": True} if name in digests else None


def _values(old: Mapping[str, Any], new: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[FieldChange]:
    for key in [*new, *(key for key in old if key not in new)]:
        before, after = old.get(key), new.get(key)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from _values(before, after, (*path, key))
        elif before != after or isinstance(before, bool) != isinstance(after, bool):
            yield FieldChange(pointer(*path, key), before, after)


def _data(folder: BotFolder | None) -> dict[str, Any]:
    """The specification as written; nothing where it can't be read, which happens to held bots only."""
    if folder is None:
        return {}
    try:
        return bot_file.read(folder.content)
    except SpecError:
        return {}


def _unified(before: BotFolder | None, after: BotFolder | None) -> str:
    folder = before or after
    if folder is None:
        return ""
    path = layout.bot_path(folder.bot)
    lines = difflib.unified_diff(
        _lines(before),
        _lines(after),
        f"a/{path}" if before else "/dev/null",
        f"b/{path}" if after else "/dev/null",
        lineterm="",
    )
    return "".join(f"{line}\n" for line in lines)


def _lines(folder: BotFolder | None) -> list[str]:
    # Only a line feed ends a line, unlike in str.splitlines: instructions may hold other separators.
    if folder is None or not folder.content:
        return []
    return folder.content.decode("utf-8", "replace").removesuffix("\n").split("\n")
