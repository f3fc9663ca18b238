"""Applies waiting requests, one after the other, to the tip of `main` as each leaves it. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import structlog

from agent_runtime.spec.problems import Problem, SpecError
from gitops import change, layout, owner_file, quota, render, validate
from gitops.bot_folder import BotFolder, read_folder
from gitops.change import Changed
from gitops.errors import FleetError, GitError, QuotaError, RefusedError
from gitops.fleet_file import Fleet
from gitops.intent import Bulk, Intent, QuotaChange, Request
from gitops.objects import FILE, Change, Objects
from gitops.operations import Refused, Unchanged
from gitops.planned import Plan, Planned, Together
from gitops.tree import CommitTree, Overlay, Tree, blob_id

log = structlog.get_logger()

_INTERNAL = "Botyard failed inside while it applied this change; its log has the cause"


async def plan(objects: Objects, tip: str, requests: Sequence[Request]) -> Plan:
    """Applies each request to what the ones before it leave. One that can't be made changes nothing.

    A bulk operation ends the batch: those behind it are planned in the next round, on a commit.
    """
    before = CommitTree(objects, tip)
    tree = Overlay(before)
    fleet = await render.fleet_of(before)
    made = Plan()
    for request in requests:
        try:
            planned = await _together(objects, tree, fleet, tip, request)
        except (GitError, OSError):
            # Not the request's fault: it waits until Git can be read again.
            raise
        except FleetError as error:
            made.results[request.operation] = Refused(error.title, error.problems, error.status)
        except Exception:
            # One request that trips over a fault of ours must not hold up all the others for ever.
            log.exception("request_failed", operation=request.operation)
            made.results[request.operation] = Refused(_INTERNAL, (), 500)
        else:
            if isinstance(planned, Unchanged):
                made.results[request.operation] = planned
            else:
                tree.put(planned.files())
                made.planned.append(planned)
        if isinstance(request, Bulk):
            break
    return made


async def _together(
    objects: Objects, tree: Tree, fleet: Fleet, tip: str, request: Request
) -> Together | Unchanged:
    """All the changes of a request; FleetError if one of them can't be made."""
    if isinstance(request, Intent):
        one = await plan_one(objects, tree, fleet, tip, request)
        return one if isinstance(one, Unchanged) else Together(request, (one,))
    if isinstance(request, QuotaChange):
        return await plan_quota(tree, fleet, request)
    planned = []
    unchanged = Unchanged("")
    for number, intent in enumerate(request.intents):
        # Each names another bot, so all are applied to the state before the whole.
        try:
            one = await _plan_one(objects, tree, fleet, tip, intent)
        except FleetError as error:
            if not isinstance(error, GitError):
                error.problems = tuple(at_item(number, each) for each in error.problems)
            raise
        if isinstance(one, Unchanged):
            unchanged = one
        else:
            planned.append(one)
    if not planned:
        return unchanged
    together = Together(request, tuple(planned))
    await _check_bulk_quota(tree, request, together)
    return together


async def _check_bulk_quota(tree: Tree, request: Bulk, together: Together) -> None:
    """Counts the whole: what one item gives up another may take."""
    bots = [intent.bot for intent in request.intents]
    found = await quota.excess(tree, Overlay(tree, together.files()), bots)
    if found:
        raise over_quota([at_item(bots.index(bot), problem) for bot, problem in found])


def over_quota(problems: Sequence[Problem]) -> QuotaError:
    """The refusal of a change that makes a sum too large."""
    return QuotaError("The quota is used up", problems)


async def plan_quota(tree: Tree, fleet: Fleet, request: QuotaChange) -> Together | Unchanged:
    """The change of an owner's quota, checked by the validator; FleetError if it can't be made."""
    path = layout.owner_path(request.owner)
    before = await tree.read(path)
    try:
        after = owner_file.with_quota(before, request.quota)
    except SpecError as error:
        raise RefusedError(f"{path} is not valid; correct it with a push first", error.problems) from error
    if after == before:
        return Unchanged("")
    files = {path: after}
    changed = Overlay(tree, files)
    if problems := await validate.owner_problems(request.owner, changed):
        raise RefusedError("The quota is not valid", problems)
    return Together(request, (), files, await render.render_tenant(changed, fleet, request.owner))


def at_item(number: int, problem: Problem) -> Problem:
    """The problem of one change as a problem of the bulk operation that it is part of."""
    inside = problem.pointer.startswith(("/spec", "/secrets")) or not problem.pointer
    return replace(problem, pointer=f"/{number}{'' if inside else '/spec'}{problem.pointer}")


async def plan_one(
    objects: Objects, tree: Tree, fleet: Fleet, tip: str, intent: Intent
) -> Planned | Unchanged:
    """The change that one intent makes to a state of `main`, checked by the validator.

    FleetError if it can't.
    """
    planned = await _plan_one(objects, tree, fleet, tip, intent)
    if isinstance(planned, Planned):
        found = await quota.excess(tree, Overlay(tree, planned.changed.files), [intent.bot])
        if found:
            raise over_quota([problem for _, problem in found])
    return planned


async def _plan_one(
    objects: Objects, tree: Tree, fleet: Fleet, tip: str, intent: Intent
) -> Planned | Unchanged:
    """As `plan_one`, leaving the quota to who knows the whole."""
    before = await read_folder(tree, intent.bot)
    restored = await _restored(objects, tip, intent)
    changed = change.apply(intent, before, restored)
    if changed is None:
        assert before is not None
        return Unchanged(before.version)
    after = Overlay(tree, changed.files)
    step = validate.Step(tree, after, *_difference(before, changed))
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
