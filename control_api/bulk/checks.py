"""What is wrong with the items of a bulk write, all of it at once, each with a pointer to its item."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence

from agent_runtime.spec import BotId, SpecError
from control_api import models
from control_api.bots import problems
from control_api.bots.ahead import check_ahead
from control_api.bulk.schemas import BulkItem
from control_api.caller import Caller
from control_api.fleet import Fleet
from control_api.kit.problems import BotyardError, ConflictError, FieldProblem, InvalidError, NotFoundError
from gitops import ahead, layout
from gitops.change import Changed
from gitops.errors import FleetError, QuotaError
from gitops.intent import Bulk, Intent
from gitops.plan import at_item
from gitops.tree import CommitTree

MOST_PROBLEMS = 50


class Found:
    """The problems found so far; the answer has the status of the first and all that share it."""

    def __init__(self) -> None:
        self._errors: list[BotyardError] = []

    def add(self, number: int, error: BotyardError, pointer: str = "") -> None:
        """An error of one item. Where it points at no field, it points at `pointer`."""
        errors = error.errors or (FieldProblem(pointer=pointer, detail=error.detail),)
        error.errors = tuple(
            FieldProblem(pointer=f"/{number}{each.pointer}", detail=each.detail) for each in errors
        )
        error.detail = f"item {number}: {error.detail}"
        self._errors.append(error)

    def full(self) -> bool:
        return len(self._errors) >= MOST_PROBLEMS

    def raise_any(self) -> None:
        if not self._errors:
            return
        first = self._errors[0]
        alike = [error for error in self._errors if error.status == first.status]
        first.errors = tuple(each for error in alike for each in error.errors)[:MOST_PROBLEMS]
        if len(alike) > 1:
            first.detail += f"; {len(alike) - 1} more of the items are refused"
        raise first


def bots(items: Sequence[BulkItem], caller: Caller) -> list[BotId]:
    """The bots of the items, all of which the caller may write."""
    found, named, seen = Found(), [], set()
    for number, item in enumerate(items):
        try:
            bot = _bot(item, caller)
            if bot in seen:
                raise _invalid("/id", f"{bot} is in an item before; give each bot one item")
            seen.add(bot)
            named.append(bot)
        except BotyardError as error:
            found.add(number, error, "/id")
            if found.full():
                break
    found.raise_any()
    return named


def _bot(item: BulkItem, caller: Caller) -> BotId:
    try:
        bot = BotId.parse(item.id)
    except SpecError as error:
        raise _invalid("/id", "; ".join(each.detail for each in error.problems)) from None
    caller.check_writable(bot.owner, "owner" if item.op == "create" else "bot")
    if item.op == "create" and item.spec is None:
        raise _invalid("/spec", "is missing; give the whole specification")
    if item.op == "delete" and (item.spec is not None or item.secrets):
        raise _invalid(
            "/spec" if item.spec is not None else "/secrets", "is of no use to a delete; leave it out"
        )
    return bot


async def check(
    fleet: Fleet,
    bulk: Bulk,
    rows: Mapping[str, models.Bot],
    pending: Collection[str],
    owners: Collection[str],
) -> bool:
    """Whether the bulk changes anything now. Bots with changes on their way are checked ahead of those."""
    tree = CommitTree(fleet.objects, await fleet.tip())
    found, changed = Found(), False
    planned: dict[BotId, Changed] = {}
    for number, intent in enumerate(bulk.intents):
        bot = str(intent.bot)
        try:
            if intent.bot.owner not in owners:
                raise NotFoundError("owner")
            row = _row(intent, rows.get(bot))
            if row is not None and bot in pending:
                check_ahead(intent, row)
                changed = True
            elif bot in pending:
                changed = True
            elif (would := await ahead.check(tree, intent)) is not None:
                planned[intent.bot], changed = would, True
        except FleetError as error:
            found.add(number, problems.of_fleet(error, "/spec"), "/id")
        except BotyardError as error:
            found.add(number, error, "/id")
        if found.full():
            break
        # A thousand checks are seconds of work; others get their turn in between.
        await asyncio.sleep(0)
    found.raise_any()
    await _check_quota(tree, bulk, planned)
    return changed


async def _check_quota(tree: CommitTree, bulk: Bulk, planned: Mapping[BotId, Changed]) -> None:
    """The whole is counted together: what one item gives up another may take."""
    try:
        await ahead.check_quota(tree, planned)
    except QuotaError as error:
        numbers = {layout.bot_path(intent.bot): number for number, intent in enumerate(bulk.intents)}
        error.problems = tuple(at_item(numbers[each.file or ""], each) for each in error.problems)
        raise problems.of_fleet(error, "") from None


def _row(intent: Intent, row: models.Bot | None) -> models.Bot | None:
    there = row if row is not None and not row.gone else None
    if intent.kind == "deploy" and there is not None:
        error = ConflictError(f"{intent.bot} exists already; choose another name, or update that bot")
        error.title = "The name is taken"
        raise error
    if intent.kind != "deploy" and there is None:
        raise NotFoundError("bot")
    return there


def _invalid(pointer: str, detail: str) -> InvalidError:
    return InvalidError(f"{pointer}: {detail}", errors=[FieldProblem(pointer=pointer, detail=detail)])
