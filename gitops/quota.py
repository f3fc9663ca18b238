"""What an owner's bots have together, and which changes would take it over the quota of `owner.yaml`.

Only the owner's own folder is read, and of that only bots that were not counted before: a commit costs the
same however many bots others have.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import astuple, dataclass
from itertools import groupby
from typing import Any

from agent_runtime.spec import BotSpec, parse_spec
from agent_runtime.spec.names import BotId
from agent_runtime.spec.owner import Quota, with_defaults
from agent_runtime.spec.problems import Problem, SpecError
from agent_runtime.spec.strict_yaml import read_document
from gitops import bot_file, layout
from gitops.bot_folder import BotFolder, read_folder
from gitops.objects import TREE
from gitops.owner_file import settings_of
from gitops.tree import Tree

_MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class Usage:
    """What bots have together: `cpu` in thousandths, `memory` in bytes, `usd_per_day` in millionths."""

    bots: int = 0
    secrets: int = 0
    cpu: int = 0
    memory: int = 0
    usd_per_day: int = 0
    tokens_per_day: int = 0

    def plus(self, other: Usage) -> Usage:
        return Usage(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def minus(self, other: Usage) -> Usage:
        return Usage(*(a - b for a, b in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that is counted: its name in the quota, where in a bot's data it stands, and its words."""

    name: str
    pointer: str
    limit: Callable[[Quota], float | None]
    shown: Callable[[float], str]
    remedy: str


def _plain(amount: float) -> str:
    return f"{amount:g}" if amount < _MICRO else f"{amount:.0f}"


MEASURES = (
    Measure("bots", "/name", lambda q: q.bots, lambda n: f"{n:g} bots", "delete one"),
    Measure(
        "secrets", "/secrets", lambda q: q.secrets, lambda n: f"{n:g} secrets", "remove one that is not used"
    ),
    Measure(
        "cpu",
        "/resources/cpu",
        lambda q: q.cpu_millis,
        lambda n: f"{_plain(n / 1000)} processors",
        "lower resources.cpu of a bot",
    ),
    Measure(
        "memory",
        "/resources/memory",
        lambda q: q.memory_bytes,
        lambda n: f"{_plain(n / 2**20)} MiB of memory",
        "lower resources.memory of a bot",
    ),
    Measure(
        "usd_per_day",
        "/budget/usd_per_day",
        lambda q: None if q.usd_per_day is None else round(q.usd_per_day * _MICRO),
        lambda n: f"{_plain(n / _MICRO)} US dollars a day",
        "lower budget.usd_per_day of a bot",
    ),
    Measure(
        "tokens_per_day",
        "/budget/tokens_per_day",
        lambda q: q.tokens_per_day,
        lambda n: f"{n:.0f} tokens a day",
        "lower budget.tokens_per_day of a bot",
    ),
)


async def excess(before: Tree, after: Tree, bots: Collection[BotId]) -> list[tuple[BotId, Problem]]:
    """What the change of these bots makes too much, each problem with the last bot that adds to it.

    A sum above its limit that the change does not make larger is let be, so that a limit below what there is
    stops growth and nothing else. An `owner.yaml` that is not valid is the validator's to refuse.
    """
    found: list[tuple[BotId, Problem]] = []
    for owner, theirs in groupby(sorted(bots), key=lambda bot: bot.owner):
        try:
            settings = await settings_of(after, owner)
        except SpecError:
            continue
        if settings.quota.is_limited:
            changes = [await _change(before, after, bot, settings.defaults) for bot in theirs]
            used = await used_by(before, owner, settings.defaults)
            found += _too_much(owner, settings.quota, used, changes)
    return found


async def used_by(tree: Tree, owner: str, defaults: Mapping[str, Any]) -> Usage:
    """What all bots of an owner have together in a state of `main`."""
    total, key = Usage(), json.dumps(defaults, sort_keys=True)
    for entry in await tree.entries(layout.owner_folder(owner)):
        place = layout.place(f"{entry.path}/bot.yaml") if entry.mode == TREE else None
        if isinstance(place, layout.BotFile):
            total = total.plus(await _counted(tree, place.bot, entry.oid, defaults, key))
    return total


@dataclass(frozen=True, slots=True)
class _Change:
    """What one bot has more after a change than before; `folder` is the bot after it."""

    bot: BotId
    folder: BotFolder | None
    growth: Usage


async def _change(before: Tree, after: Tree, bot: BotId, defaults: Mapping[str, Any]) -> _Change:
    folder = await read_folder(after, bot)
    old = _usage(await read_folder(before, bot), defaults)
    return _Change(bot, folder, _usage(folder, defaults).minus(old))


def _too_much(
    owner: str, quota: Quota, used: Usage, changes: Sequence[_Change]
) -> list[tuple[BotId, Problem]]:
    found = []
    for measure in MEASURES:
        limit, had = measure.limit(quota), getattr(used, measure.name)
        growing = [each for each in changes if getattr(each.growth, measure.name) > 0]
        more = sum(getattr(each.growth, measure.name) for each in changes)
        if limit is not None and more > 0 and had + more > limit:
            last = growing[-1]
            detail = _sentence(owner, measure, (had, more, limit))
            found.append((last.bot, _located(last, measure.pointer, detail)))
    return found


def _sentence(owner: str, measure: Measure, amounts: tuple[float, float, float]) -> str:
    had, more, limit = (measure.shown(amount) for amount in amounts)
    of = f"{had.split()[0]} of {limit}"
    adds = "" if measure.name == "bots" and amounts[1] == 1 else f", and this adds {more.split()[0]}"
    ask = f"ask an operator to raise quota.{measure.name}"
    return f"{owner} has {of}{adds}; {measure.remedy} or {ask}"


def _located(change: _Change, pointer: str, detail: str) -> Problem:
    line = 1
    if change.folder is not None:
        try:
            line = read_document(change.folder.content).line(pointer) or 1
        except SpecError:
            line = 1
    return Problem(pointer, detail, line, layout.bot_path(change.bot))


# What the bot's folder of an id has under some defaults: an object's id says all that is in it.
_known: dict[tuple[str, str], Usage] = {}
_MOST_KNOWN = 50_000


async def _counted(tree: Tree, bot: BotId, oid: str, defaults: Mapping[str, Any], key: str) -> Usage:
    known = _known.get((oid, key))
    if known is None:
        known = _usage(await read_folder(tree, bot), defaults)
        if oid:
            if len(_known) >= _MOST_KNOWN:
                _known.clear()
            _known[oid, key] = known
    return known


def _usage(folder: BotFolder | None, defaults: Mapping[str, Any]) -> Usage:
    """What one bot has; of one that is not valid only itself and its secrets count."""
    if folder is None:
        return Usage()
    try:
        spec: BotSpec | None = parse_spec(with_defaults(bot_file.read(folder.content), defaults))
    except SpecError:
        spec = None
    if spec is None:
        return Usage(1, len(folder.secrets))
    return Usage(
        1,
        len(folder.secrets),
        spec.resources.cpu_millis,
        spec.resources.memory_bytes,
        round(spec.budget.usd_per_day * _MICRO),
        spec.budget.tokens_per_day,
    )
