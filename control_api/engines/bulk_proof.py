"""Proves a bulk operation: all bots synced, at their commit and connected; a sample of them answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from agent_runtime.spec import BotId
from control_api.engines.proof import SETTLED_WITHIN, TRY_AGAIN, OvertakenError, Proof, connection
from control_api.engines.protocol import Status, StepFailedError
from control_api.models import Operation, OperationBot
from control_api.operations import bulk, journal, plan, repository
from control_api.operations.journal import Reason
from gitops.errors import FleetError

SAMPLE = 3
# What each bot adds to the time that a step has.
_SECONDS_A_BOT = 0.1
_LOOK_EVERY = 0.2
_NAMED = 5


class BulkProof(Proof):
    """The steps of one bulk operation after its commit."""

    def __init__(self, operation: Operation, **more: Any) -> None:
        super().__init__(operation, **more)
        self._failures: dict[str, tuple[str, Reason]] = {}
        self._owing: list[str] | None = None
        self._rows: Sequence[OperationBot] | None = None

    async def run(self) -> None:
        more = _SECONDS_A_BOT * len(await self._members())
        self._actions = {step: (action, seconds + more) for step, (action, seconds) in self._actions.items()}
        await super().run()

    async def _synced(self) -> str | None:
        places = {(each.branch or "", each.deploy_commit or "") for each in await self._members()}
        looked_at: dict[str, str] = {}
        while True:
            await self._ask_for(places)
            await self._check_refusals(await self._members())
            places -= {place for place in places if await self._is_applied(*place, looked_at)}
            if not places:
                return None
            await asyncio.sleep(_LOOK_EVERY)
            await self._check_ours()

    async def _is_applied(self, branch: str, commit: str, looked_at: dict[str, str]) -> bool:
        if self._world.is_applied(commit):
            return True
        tip = self._world.tips.get(branch)
        if tip is None or looked_at.get(branch) == tip:
            return False
        looked_at[branch] = tip
        return await self._is_before(commit, tip)

    async def _check_refusals(self, members: Sequence[OperationBot]) -> None:
        for each in members:
            refusal = self._world.refusal(each.bot, each.revision)
            if refusal is not None:
                self._note(each.bot, plan.SYNCED, refusal, "Correct the bot and change it again.")
        await self._raise_failures()

    async def _started(self) -> str | None:
        """Deleted bots are gone, all others registered. Only the sample gets a worker: the rest sleep."""

        def look(member: OperationBot, status: Status | None) -> bool:
            if member.kind == "delete":
                return status is None and self._world.is_complete
            return status is not None and status.get("revision") == member.revision

        members = await self._all(look)
        sample = await self._sample()
        for bot in sample:
            await self._start(bot)
        removed = sum(each.kind == "delete" for each in members)
        parts = [f"{len(members) - removed} at this commit"] if removed < len(members) else []
        parts += [f"{removed} removed"] if removed else []
        parts += [f"{', '.join(sample)} started to be tried"] if sample else []
        return "; ".join(parts)

    async def _start(self, bot: str) -> None:
        try:
            status = await self._try(partial(self._engine.start, bot))
        except StepFailedError as error:
            self._note(bot, plan.STARTED, error.reason, error.next_step)
            await self._raise_failures()
        else:
            await self._world.status({**status, "id": bot})

    async def _connected(self) -> str | None:
        def look(member: OperationBot, status: Status | None) -> bool:
            if member.kind == "delete" or (status is not None and status.get("phase") == "paused"):
                return True
            try:
                return connection(status, member.revision) is not None
            except StepFailedError as error:
                self._note(member.bot, plan.CONNECTED, error.reason, error.next_step)
                return True

        await self._all(look)
        await self._raise_failures()
        return None

    async def _answered(self) -> str | None:
        replies = []
        for bot in await self._sample():
            try:
                replies.append(f"{bot}: {await self._try(partial(self._engine.probe, bot))}")
            except StepFailedError as error:
                self._note(bot, plan.ANSWERED, error.reason, error.next_step)
        await self._raise_failures()
        return "\n".join(replies)

    async def _all(self, look: Callable[[OperationBot, Status | None], bool]) -> Sequence[OperationBot]:
        """Waits until each bot that is still ours has been as wanted, and gives them."""
        ready: set[str] = set()
        while True:
            members = await self._members()
            waiting = [each for each in members if each.bot not in ready]
            ready |= {each.bot for each in waiting if look(each, self._world.status_of(each.bot))}
            if all(each.bot in ready for each in waiting):
                return members
            # At intervals: looking at a thousand bots whenever one of them stirs would be a million looks.
            await asyncio.sleep(_LOOK_EVERY)
            await self._check_ours()

    async def _sample(self) -> list[str]:
        """The bots that are tried: the first, the last and one between of those that owe a proof and run."""
        owing = [
            bot
            for bot in await self._all_owing()
            if (self._world.status_of(bot) or {}).get("phase") != "paused"
        ]
        places = {round(n * (len(owing) - 1) / (SAMPLE - 1)) for n in range(SAMPLE)} if owing else set()
        return [owing[place] for place in sorted(places)]

    async def _all_owing(self) -> list[str]:
        if self._owing is None:
            async with self._database.reading() as session:
                statuses = await repository.proven(session, self._operation.id)
            members = await self._members()
            self._owing = [each.bot for each in members if await self._owes(each, each.bot in statuses)]
        return self._owing

    async def _owes(self, member: OperationBot, proven: bool) -> bool:
        if member.kind == "delete":
            return False
        if member.kind == "deploy" or not proven or self._operation.commit is None:
            return True
        try:
            return await self._fleet.needs_proof(BotId.parse(member.bot), self._operation.commit)
        except FleetError:
            return True

    async def _owes_proof(self) -> bool:
        return bool(await self._sample())

    async def _is_paused(self) -> bool:
        return False

    async def _members(self) -> Sequence[OperationBot]:
        """The bots that no newer operation has taken over. All else of them is settled, and read once."""
        async with self._database.reading() as session:
            if self._rows is None:
                self._rows = await repository.members(session, self._operation.id)
            overtaken = await repository.overtaken(session, self._operation.id)
        return [row for row in self._rows if row.bot not in overtaken]

    def _note(self, bot: str, step: str, reason: str, next_step: str | None) -> None:
        self._failures[bot] = (step, Reason(f"It failed at the step {step}", reason, next_step))

    async def _raise_failures(self) -> None:
        await self._leave_to_newer()
        if not self._failures:
            return
        named = [f"{bot}: {reason.detail}" for bot, (_, reason) in sorted(self._failures.items())]
        more = f"; and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
        next_step = next(iter(self._failures.values()))[1].next_step
        raise StepFailedError("; ".join(named[:_NAMED]) + more, next_step)

    async def _leave_to_newer(self) -> None:
        """Where a newer commit of a bot is applied already, it is that one which failed.

        Forgets the bot's failure once the operation of that commit has taken the bot over.
        """
        commit = self._operation.commit
        if commit is None:
            return
        newer = {bot for bot in self._failures if await self._fleet.has_moved_on(BotId.parse(bot), commit)}
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLED_WITHIN):
                while newer:
                    for bot in newer - {each.bot for each in await self._members()}:
                        newer.remove(bot)
                        del self._failures[bot]
                    await asyncio.sleep(TRY_AGAIN)

    async def _end(self, skipped: str | None) -> None:
        tried = set(await self._sample())
        proven = {bot: bot in tried for bot in await self._all_owing()}
        members = await self._members()
        async with self._database.writing() as session:
            row = await self._fresh(session)
            await journal.succeed(session, row, skipped)
            await bulk.ended(session, row, members, proven=proven, failures={})
        self._ring_all(members)

    async def _fail(self, step: str, error: StepFailedError) -> None:
        reason = Reason(f"It failed at the step {step}", error.reason, error.next_step)
        members = await self._members()
        with suppress(OvertakenError):
            async with self._database.writing() as session:
                row = await self._fresh(session)
                await journal.fail(session, row, step, reason)
                owing = dict.fromkeys(self._owing or [], False)
                await bulk.ended(session, row, members, proven=owing, failures=self._failures)
        self._ring_all(members)

    def _ring_all(self, members: Sequence[OperationBot]) -> None:
        self._ring()
        self._bells.ring(*(f"bot:{each.bot}" for each in members))
