"""Sending replies: one part at a time, each marked before it goes; a crash leaves at most one in doubt."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from agent_runtime.channels.channel import (
    GoneError,
    Outbound,
    RefusedError,
    TokenRefusedError,
    UncertainError,
    WaitError,
)
from agent_runtime.failpoints import failpoint
from agent_runtime.mail import MailWaitsError
from agent_runtime.store.ledger import Outbox, Part, PartState, Turn
from agent_runtime.wire import ProblemError

log = structlog.get_logger()

# What it returns, if anything, is done once the report is stored.
Report = Callable[[str, dict[str, Any]], Awaitable[Any] | None]

# After this long the mail goes back to the dispatcher; the parts that are left stay in the outbox. Twice this
# (for what was left of earlier replies, too) and a turn are within what one message may take.
PATIENCE_SECONDS = 300.0
_LONGEST_PAUSE = 30.0
_LATER = "It is tried again; free some room if the disk is full."
_RENEW = "Set the secret to a new token of the platform."


class DeliveryError(MailWaitsError):
    """The reply is stored and did not get out; delivering the mail again goes on where this stopped."""


class Delivery:
    """The way out of one worker, for all its conversations."""

    def __init__(self, outbox: Outbox, report: Report) -> None:
        self._outbox = outbox
        self._report = report
        # Telegram takes no key by which a repeated send could be told, so sends never overlap.
        self._one_at_a_time = asyncio.Lock()

    async def drop(self, turn: Turn) -> None:
        """Give up what is left of a reply."""
        for part in turn.parts:
            if part.state in (PartState.READY, PartState.SENDING):
                await self._outbox.mark(turn.key, part.n, PartState.DROPPED)

    async def finish(self, turn: Turn, outbound: Outbound) -> None:
        """Send what is left of a reply, in order; returns when nothing is left."""
        gone, end = False, time.monotonic() + PATIENCE_SECONDS
        for part in turn.parts:
            if part.state in (PartState.SENT, PartState.DROPPED):
                continue
            if gone:
                await self._outbox.mark(turn.key, part.n, PartState.DROPPED)
                continue
            if part.state is PartState.SENDING:
                await self._uncertain(turn, part, "the worker died while it was sent")
            gone = not await self._send(turn, part, outbound, end)

    async def _send(self, turn: Turn, part: Part, outbound: Outbound, end: float) -> bool:
        """Whether there is still somebody to send to."""
        failures = 0
        while True:
            await _pause(outbound.pause(part.payload), end, "the platform takes no more for now")
            try:
                await self._once(turn, part, outbound)
                return True
            except GoneError as error:
                log.info("recipient_gone", conversation=turn.conversation, reason=str(error))
                await self._outbox.mark(turn.key, part.n, PartState.DROPPED)
                return False
            except RefusedError as error:
                log.error("message_refused", conversation=turn.conversation, reason=str(error))
                await self._outbox.mark(turn.key, part.n, PartState.DROPPED)
                data = {"id": f"{turn.key}/{part.n}", "key": turn.key, "reason": str(error)}
                self._report("undelivered", data)
                return True
            except TokenRefusedError as error:
                raise DeliveryError(str(error), _RENEW, for_revision=True) from None
            except WaitError as error:
                pause, reason = error.seconds, str(error)
            except UncertainError as error:
                failures += 1
                pause, reason = min(_LONGEST_PAUSE, 2.0**failures), str(error)
                await self._uncertain(turn, part, reason)
            log.warning("send_waits", conversation=turn.conversation, reason=reason, seconds=pause)
            await _pause(pause, end, reason)

    async def _once(self, turn: Turn, part: Part, outbound: Outbound) -> None:
        async with self._one_at_a_time:
            await self._outbox.mark(turn.key, part.n, PartState.SENDING)
            failpoint("outbox.sending")
            try:
                platform_id = await outbound.send(part.payload)
            except (WaitError, TokenRefusedError):
                # Surely not sent: a crash while waiting leaves nothing in doubt.
                await self._outbox.mark(turn.key, part.n, PartState.READY)
                raise
            failpoint("outbox.sent")
            await self._outbox.mark(turn.key, part.n, PartState.SENT, platform_id)
            failpoint("outbox.marked")

    async def _uncertain(self, turn: Turn, part: Part, reason: str) -> None:
        """Records the doubt. It is stored before the part is sent again: no repetition goes unrecorded."""
        log.warning("send_uncertain", conversation=turn.conversation, part=part.n, reason=reason)
        data = {"key": turn.key, "part": part.n, "reason": reason, "at": time.time()}
        if (stored := self._report("uncertain", data)) is not None:
            try:
                await stored
            except ProblemError as error:
                raise DeliveryError(f"a send in doubt could not be recorded: {error}", _LATER) from None


async def _pause(seconds: float, end: float, reason: str) -> None:
    """Wait, unless that takes longer than there is patience for: then the dispatcher does."""
    if time.monotonic() + seconds > end:
        raise DeliveryError(f"the reply could not be sent: {reason}", "It is tried again; check the network.")
    await asyncio.sleep(seconds)
