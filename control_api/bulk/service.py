"""Many writes as one: all checked, all sealed, then stored as one operation."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from fastapi import Request

from agent_runtime.spec import BotId
from control_api.bots import index, problems, repository
from control_api.bots.ahead import TO_BE_SEALED
from control_api.bots.submission import Submission
from control_api.bulk import checks
from control_api.bulk.schemas import BulkItem, WrittenBulk
from control_api.caller import Caller
from control_api.kit.problems import BadRequestError, BotyardError
from control_api.kit.tokens import new_id
from control_api.kit.write_headers import WriteHeaders
from control_api.models import now
from control_api.operations import repository as operations
from control_api.operations.service import OperationService
from control_api.platform import Platform
from gitops.errors import FleetError
from gitops.intent import Bulk, Intent, Kind

_KINDS: Mapping[str, Kind] = {"create": "deploy", "update": "change", "delete": "delete"}


class BulkWrites:
    """The bulk write of one request."""

    def __init__(self, platform: Platform, caller: Caller, headers: WriteHeaders, request: Request) -> None:
        self._platform = platform
        self._caller = caller
        self._headers = headers
        self._submission = Submission(platform, caller, headers, request)

    async def write(self, items: Sequence[BulkItem]) -> WrittenBulk:
        """The operation, as far as the caller waits for it."""
        if self._headers.versions is not None or self._headers.any_version:
            raise BadRequestError("If-Match is of one bot; leave it out of a bulk write.")
        operation = await self._accept(items)
        ended = await OperationService(self._platform).outcome(operation, self._headers.wait)
        return WrittenBulk(bots=[item.id for item in items], operation=ended)

    async def _accept(self, items: Sequence[BulkItem]) -> str:
        """The operation's id. What it took to check and seal so many is let go before it is waited for."""
        bots = checks.bots(items, self._caller)
        if earlier := await self._submission.earlier():
            return earlier.operation
        bulk = self._bulk(items, bots)
        async with self._platform.database.reading() as session:
            ids = [str(bot) for bot in bots]
            rows = await index.rows_of(session, ids)
            pending = await operations.unsettled_of(session, ids)
            owners = await repository.owners(session, {bot.owner for bot in bots})
        await self._platform.fleet.catch_up(*{row.commit for row in rows.values()})
        changed = await checks.check(self._platform.fleet, bulk, rows, pending, owners)
        bulk = replace(bulk, intents=await self._sealed(bulk.intents, items))
        accepted = await self._submission.store(bulk, changed=changed)
        return accepted.operation

    def _bulk(self, items: Sequence[BulkItem], bots: Sequence[BotId]) -> Bulk:
        operation, author, at = new_id("op"), self._caller.author, now()
        intents = tuple(
            Intent(
                operation,
                _KINDS[item.op],
                bot,
                author,
                at,
                spec=item.spec if item.op == "create" else None,
                patch=(item.spec or None) if item.op == "update" else None,
                sealed=dict.fromkeys(item.secrets, TO_BE_SEALED),
            )
            for item, bot in zip(items, bots, strict=True)
        )
        return Bulk(operation, author, at, intents)

    async def _sealed(self, intents: Sequence[Intent], items: Sequence[BulkItem]) -> tuple[Intent, ...]:
        """The intents with their secrets sealed, as many at once as the sealer's pool is wide."""
        sealed = list(intents)
        # A few tasks take one bot after the other: a task for each secret would be a thousand.
        waiting = iter(enumerate(items))

        async def take_turns() -> None:
            for number, item in waiting:
                bot = intents[number].bot
                files = {
                    name: await self._seal(number, bot, name, value) for name, value in item.secrets.items()
                }
                sealed[number] = replace(intents[number], sealed=files)

        refused: BotyardError | None = None
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._platform.fleet.sealer.width):
                    group.create_task(take_turns())
        except* BotyardError as errors:
            # Raised below: what is raised here would be wrapped into a group again.
            refused = next(each for each in errors.exceptions if isinstance(each, BotyardError))
        if refused is not None:
            raise refused
        return tuple(sealed)

    async def _seal(self, number: int, bot: BotId, name: str, value: str) -> bytes:
        try:
            return await self._platform.fleet.sealer.seal(bot, name, value)
        except FleetError as error:
            raise problems.of_fleet(error, f"/{number}") from None
