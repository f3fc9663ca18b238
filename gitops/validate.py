"""The one validator of `main`: what may follow from one state of it to the next, deny by default.

The API, the pre-receive hook and the projection all ask it. Its cost is that of the difference. Whatever is
not allowed here is refused: every file but those of the layout, links, submodules, executable bits, unknown
keys.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from agent_runtime.spec import parse_spec, read_spec
from agent_runtime.spec.names import BotId
from agent_runtime.spec.owner import with_defaults
from agent_runtime.spec.problems import Problem, SpecError
from agent_runtime.spec.strict_yaml import read_document
from gitops import layout, owner_file, quota, release, sealed_file
from gitops.bot_folder import bots_of, read_folder, secret_names
from gitops.change import missing_secrets
from gitops.fleet_file import Fleet, read_fleet
from gitops.objects import FILE, Change
from gitops.tree import Tree

LARGEST_FILE = 256 * 1024
MOST_PROBLEMS = 50
_LONGEST_PATH = 255
_DEEPEST_PATH = 6


class Actor(Enum):
    """Who makes the change: the committer, on behalf of the API, or a person with a commit of their own."""

    COMMITTER = "committer"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Step:
    """A change, the state it starts from and the one it leads to, with the sizes of the new files by path."""

    before: Tree
    after: Tree
    changes: Sequence[Change]
    sizes: dict[str, int]


def structure_problems(changes: Iterable[Change], sizes: dict[str, int], actor: Actor) -> list[Problem]:
    """What is wrong with the files as such: their places, modes and sizes, and whose they are."""
    return [problem for change in changes for problem in _of_file(change, sizes, actor)]


async def problems(step: Step, actor: Actor) -> list[Problem]:
    """All that is wrong with the step, in order of path; empty if it is allowed."""
    found = structure_problems(step.changes, step.sizes, actor)
    if found:
        # Content is looked at only where every file is where it should be and of a size worth reading.
        return found[:MOST_PROBLEMS]
    for change in step.changes:
        place = layout.place(change.path)
        if isinstance(place, layout.TopFile):
            found += await _of_top(change, step)
        elif isinstance(place, layout.SecretFile):
            found += await _of_secret(place, change, step.after, actor)
        elif isinstance(place, layout.OwnerFile):
            found += await owner_problems(place.owner, step.after)
    for bot in await affected_bots(step.before, step.after, step.changes):
        # What is wrong with the owner's own file is not said again of each bot.
        found += [each for each in await bot_problems(bot, step.after) if each not in found]
    return sorted(found, key=lambda problem: problem.file or "")[:MOST_PROBLEMS]


def touched_bots(changes: Iterable[Change]) -> list[BotId]:
    """The bots whose folders the changes lie in, sorted."""
    return sorted({bot for change in changes if (bot := layout.bot_of(change.path)) is not None})


async def affected_bots(before: Tree, after: Tree, changes: Sequence[Change]) -> list[BotId]:
    """The bots that the changes touch, and those of owners whose defaults are others now; sorted."""
    found = set(touched_bots(changes))
    for change in changes:
        place = layout.place(change.path)
        if isinstance(place, layout.OwnerFile) and not owner_file.same_defaults(
            await before.read(change.path), await after.read(change.path)
        ):
            found.update(await bots_of(after, place.owner))
    return sorted(found)


async def quota_problems(step: Step) -> list[Problem]:
    """What the step makes more than its owners' quotas allow, all of it taken together."""
    return [problem for _, problem in await quota.excess(step.before, step.after, touched_bots(step.changes))]


async def owner_problems(owner: str, after: Tree) -> list[Problem]:
    """What is wrong with an owner's `owner.yaml` in a state of `main`; none is as good as an empty one."""
    try:
        await owner_file.settings_of(after, owner)
    except SpecError as error:
        path = layout.owner_path(owner)
        return [Problem(each.pointer, each.detail, each.line or 1, path) for each in error.problems]
    return []


async def bot_problems(bot: BotId, after: Tree) -> list[Problem]:
    """What is wrong with one bot in a state of `main`; a bot that is not there has no problem."""
    path = layout.bot_path(bot)
    entry = await after.entry(path)
    if entry is None:
        left = await secret_names(after, bot)
        detail = f"is gone but {layout.secrets_folder(bot)}/ is still there; remove the bot's whole folder"
        return [Problem("", detail, 1, path)] if left else []
    folder = await read_folder(after, bot)
    if folder is None or entry.mode != FILE:
        return [Problem("", "must be a regular file", 1, path)]
    if faults := await owner_problems(bot.owner, after):
        return faults
    try:
        spec, data = read_spec(folder.content, name=bot.name)
        if defaults := (await owner_file.settings_of(after, bot.owner)).defaults:
            data = with_defaults(data, defaults)
            spec = parse_spec(data)
    except SpecError as error:
        return [Problem(each.pointer, each.detail, each.line or 1, path) for each in error.problems]
    missing = list(missing_secrets(spec, folder.secrets))
    if missing:
        lines = read_document(folder.content)
        return [Problem(each.pointer, each.detail, lines.line(each.pointer), path) for each in missing]
    # Rendering adds little, so only a long file is rendered to see.
    if (
        len(folder.content) > LARGEST_FILE // 4
        and len(release.render(bot, data, folder.digests, "0.0.0")) > LARGEST_FILE
    ):
        return [Problem("", "is too large once it is rendered; shorten instructions or environment", 1, path)]
    return []


def _of_file(change: Change, sizes: dict[str, int], actor: Actor) -> Iterable[Problem]:
    """The first thing that is wrong with a changed file."""
    reason = _mode_fault(change.new_mode) or _path_fault(change.path) or _place_fault(change, actor)
    if reason is None and change.new_oid is not None and sizes.get(change.path, 0) > LARGEST_FILE:
        reason = f"is larger than {LARGEST_FILE // 1024} KiB"
    if reason is not None:
        yield Problem("", reason, 1, _printable(change.path))


def _mode_fault(mode: str | None) -> str | None:
    match mode:
        case None | "100644":
            return None
        case "120000":
            return "is a symbolic link; only regular files are accepted"
        case "160000":
            return "is a submodule; only regular files are accepted"
        case "100755":
            return "is executable; remove the bit with git update-index --chmod=-x"
        case _:
            return f"has the mode {mode}; only regular files (100644) are accepted"


def _path_fault(path: str) -> str | None:
    if len(path.encode("utf-8", "surrogateescape")) > _LONGEST_PATH:
        return f"has a path longer than {_LONGEST_PATH} bytes"
    if path.count("/") >= _DEEPEST_PATH:
        return f"lies more than {_DEEPEST_PATH} levels deep"
    if not path.isascii() or not path.isprintable():
        return "has a path with other characters than printable ASCII"
    return None


def _place_fault(change: Change, actor: Actor) -> str | None:
    match layout.place(change.path):
        case layout.Foreign(reason):
            return reason
        case layout.Reserved(what):
            return f"{what} is not available yet"
        case layout.TopFile(name):
            return _top_fault(name, change, actor)
        case layout.SecretFile() if actor is Actor.PERSON and change.new_oid is not None:
            return "is a sealed secret, which only Botyard writes; set it with the API or the page"
        case _:
            return None


def _top_fault(name: str, change: Change, actor: Actor) -> str | None:
    if change.new_oid is None:
        return "must not be removed"
    if name == layout.SOPS_CONFIG and actor is Actor.PERSON:
        return "names the key that secrets are sealed for, which only Botyard writes"
    return None


async def _of_top(change: Change, step: Step) -> list[Problem]:
    content = await step.after.read(change.path) or b""
    if change.path == layout.FLEET:
        # What is fixed in it is compared with the settings that hold, by whoever knows them.
        return fleet_problems(content, None, ())
    try:
        content.decode()
    except UnicodeDecodeError:
        return [Problem("", "must be text in UTF-8", 1, change.path)]
    return []


def fleet_problems(content: bytes | None, known: Fleet | None, charts: Collection[str]) -> list[Problem]:
    """What is wrong with a `fleet.yaml` where the settings `known` hold; None for those of no fleet yet.

    `charts` are the versions of the chart `bot` that there are.
    """
    if content is None:
        return [Problem("", "is missing", 1, layout.FLEET)]
    try:
        new = read_fleet(content)
    except SpecError as error:
        return [Problem(each.pointer, each.detail, each.line or 1, layout.FLEET) for each in error.problems]
    return list(_fleet_change_faults(known, new, charts)) if known is not None else []


def _fleet_change_faults(old: Fleet, new: Fleet, charts: Collection[str]) -> Iterable[Problem]:
    if old.shards != new.shards:
        detail = f"must stay {old.shards}: it is fixed for the life of the repository"
        yield Problem("/shards", detail, 1, layout.FLEET)
    if old.clusters != new.clusters:
        yield Problem("/clusters", "changing clusters is not available yet", 1, layout.FLEET)
    if old.chart != new.chart and new.chart not in charts:
        detail = f"is no version of the chart that this Botyard has; there is {', '.join(sorted(charts))}"
        yield Problem("/chart", detail, 1, layout.FLEET)


async def _of_secret(place: layout.SecretFile, change: Change, after: Tree, actor: Actor) -> list[Problem]:
    reason = None
    if change.new_oid is not None:
        reason = sealed_file.fault(await after.read(change.path) or b"", place.bot, place.name)
    elif actor is Actor.PERSON and await after.entry(layout.bot_path(place.bot)):
        reason = "is a sealed secret; remove it with the API or the page, or remove the bot's whole folder"
    return [Problem("", reason, 1, change.path)] if reason else []


def _printable(path: str) -> str:
    """The path as one line of harmless text."""
    return ascii(path)[1:-1] if not (path.isascii() and path.isprintable()) else path
