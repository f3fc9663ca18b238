"""Applies waiting intents, one after the other, to the tip of `main` as each leaves it. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from gitops import change, layout, render, validate
from gitops.bot_folder import BotFolder, read_folder
from gitops.change import Changed
from gitops.errors import FleetError, GitError, RefusedError
from gitops.fleet_file import Fleet
from gitops.intent import Intent
from gitops.objects import FILE, Change, Objects
from gitops.operations import Refused, Result, Unchanged
from gitops.render import Rendered
from gitops.tree import CommitTree, Overlay, Tree, blob_id

log = structlog.get_logger()

_INTERNAL = "Botyard failed inside while it applied this change; its log has the cause"


@dataclass(frozen=True, slots=True)
class Planned:
    """A change that can be made, and what its bot is rendered to after it."""

    intent: Intent
    before: BotFolder | None
    changed: Changed
    rendered: Rendered


@dataclass(slots=True)
class Plan:
    """What to write for a batch of intents, in order, and the intents that come to nothing."""

    planned: list[Planned] = field(default_factory=list)
    results: dict[str, Result] = field(default_factory=dict)


async def plan(objects: Objects, tip: str, intents: Sequence[Intent]) -> Plan:
    """Applies each intent to what the ones before it leave. One that can't be made changes nothing."""
    before = CommitTree(objects, tip)
    tree = Overlay(before)
    fleet = await render.fleet_of(before)
    made = Plan()
    for intent in intents:
        try:
            planned = await plan_one(objects, tree, fleet, tip, intent)
        except (GitError, OSError):
            # Not the intent's fault: it waits until Git can be read again.
            raise
        except FleetError as error:
            made.results[intent.operation] = Refused(error.title, error.problems, error.status)
        except Exception:
            # One intent that trips over a fault of ours must not hold up all the others for ever.
            log.exception("intent_failed", operation=intent.operation, bot=str(intent.bot), kind=intent.kind)
            made.results[intent.operation] = Refused(_INTERNAL, (), 500)
        else:
            if isinstance(planned, Unchanged):
                made.results[intent.operation] = planned
            else:
                tree.put(planned.changed.files)
                made.planned.append(planned)
    return made


async def plan_one(
    objects: Objects, tree: Tree, fleet: Fleet, tip: str, intent: Intent
) -> Planned | Unchanged:
    """The change that one intent makes to a state of `main`, checked by the validator.

    FleetError if it can't.
    """
    before = await read_folder(tree, intent.bot)
    restored = await _restored(objects, tip, intent)
    changed = change.apply(intent, before, restored)
    if changed is None:
        assert before is not None
        return Unchanged(before.version)
    after = Overlay(tree, changed.files)
    step = validate.Step(after, *_difference(before, changed))
    if problems := await validate.problems(step, validate.Actor.COMMITTER):
        raise RefusedError("The change breaks a rule of the fleet repository", problems)
    rendered = await render.render_bot(after, fleet, intent.bot, checked=True)
    return Planned(intent, before, changed, rendered)


async def _restored(objects: Objects, tip: str, intent: Intent) -> bytes | None:
    """The `bot.yaml` that a rollback goes back to, if its commit is one on `main`."""
    if intent.kind != "rollback" or intent.commit is None or not _is_commit_id(intent.commit):
        return None
    if not await objects.contains(tip, intent.commit):
        return None
    return await objects.read(intent.commit, layout.bot_path(intent.bot))


def _is_commit_id(text: str) -> bool:
    return len(text) == 40 and set(text) <= set("0123456789abcdef")


def _difference(before: BotFolder | None, changed: Changed) -> tuple[list[Change], dict[str, int]]:
    """The change as the validator reads it."""
    old = before.files() if before else {}
    changes = [
        Change(
            path,
            FILE if path in old else None,
            FILE if content is not None else None,
            blob_id(old[path]) if path in old else None,
            blob_id(content) if content is not None else None,
        )
        for path, content in sorted(changed.files.items())
    ]
    return changes, {path: len(content) for path, content in changed.files.items() if content is not None}
