"""How a turn asks models: a few tries each within one deadline, then the next; each call is reserved for."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import structlog

from agent_runtime.brains.brain import Brain, BrainError, OnText, Prompt
from agent_runtime.store.ledger.records import Used

log = structlog.get_logger()

TRIES = 3
Outcome = Literal["complete", "length", "filtered", "partial", "failed", "budget"]


class Purse(Protocol):
    """What calls are paid from."""

    async def reserve(self, brain: Brain, prompt: Prompt) -> int | str:
        """A reservation, or the name of the limit that is used up."""

    async def settle(self, reservation: int, used: Used | None) -> None:
        """What the call used; None for nothing."""


class Breaker:
    """Remembers which accounts to leave alone until when, so that not every message asks for a refusal."""

    def __init__(self) -> None:
        self._closed_until: dict[str, tuple[float, BrainError]] = {}

    def open_for(self, account: str) -> tuple[float, BrainError] | None:
        """Seconds still to wait and the failure that they are for; None if the account may be asked."""
        until, error = self._closed_until.get(account, (0.0, None))
        left = until - time.monotonic()
        return (left, error) if error is not None and left > 0 else None

    def trip(self, account: str, error: BrainError) -> None:
        if error.breaks:
            # A refused key is tried again after a while: its owner may have topped it up.
            seconds = error.retry_after if error.retry_after is not None else 30.0
            self._closed_until[account] = (time.monotonic() + seconds, error)


@dataclass
class Said:
    """What came of asking. `failures` are the reasons on the way there, for the owner."""

    text: str = ""
    outcome: Outcome = "failed"
    used: list[Used] = field(default_factory=list)
    failures: list[BrainError] = field(default_factory=list)
    limit: str | None = None

    @property
    def too_long(self) -> bool:
        """Whether a shorter conversation may get an answer."""
        return self.outcome == "failed" and any(failure.too_long for failure in self.failures)


async def ask(
    brains: Sequence[Brain],
    prompt: Prompt,
    purse: Purse,
    on_text: OnText,
    seconds: float,
    breaker: Breaker,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Said:
    """Ask the brains in order; always returns, within about `seconds`."""
    said = Said()
    end = time.monotonic() + seconds
    for n, brain in enumerate(brains):
        left = end - time.monotonic()
        if left <= 0:
            break
        # The last one may take all the time there is; the others leave a fair share to those behind them.
        share = left / (len(brains) - n)
        if await _Asking(brain, prompt, purse, on_text, breaker, sleep, said).run(time.monotonic() + share):
            break
    return said


class _Asking:
    """The tries of one brain."""

    def __init__(
        self,
        brain: Brain,
        prompt: Prompt,
        purse: Purse,
        on_text: OnText,
        breaker: Breaker,
        sleep: Callable[[float], Awaitable[None]],
        said: Said,
    ) -> None:
        self._brain = brain
        self._prompt = prompt
        self._purse = purse
        self._on_text = on_text
        self._breaker = breaker
        self._sleep = sleep
        self._said = said

    async def run(self, end: float) -> bool:
        """Whether the turn has its answer, good or bad; False means to ask the next brain."""
        for attempt in range(1, TRIES + 1):
            if not await self._let_through(end):
                return False
            error = await self._once(end)
            if error is None or error.partial:
                return True
            self._said.failures.append(error)
            self._breaker.trip(self._brain.account, error)
            log.warning("model_call_failed", model=self._brain.label, attempt=attempt, reason=error.reason)
            if not error.retryable or attempt == TRIES:
                return False
            pause = error.retry_after
            if pause is None:
                pause = random.uniform(0.25, 0.5) * 2**attempt  # noqa: S311 - spreads load, keeps no secret
            if time.monotonic() + pause >= end:
                return False
            await self._sleep(pause)
        return False

    async def _let_through(self, end: float) -> bool:
        """Wait for as long as the provider asked everybody to, if that fits; else leave this brain out."""
        held = self._breaker.open_for(self._brain.account)
        if held is None:
            return True
        left, error = held
        if error.retry_after is None or time.monotonic() + left >= end:
            self._said.failures.append(error)
            return False
        await self._sleep(left)
        return True

    async def _once(self, end: float) -> BrainError | None:
        reservation = await self._purse.reserve(self._brain, self._prompt)
        if isinstance(reservation, str):
            self._said.limit, self._said.outcome = reservation, "budget"
            return None
        used: Used | None = None
        try:
            async with asyncio.timeout(max(0.0, end - time.monotonic())):
                completion = await self._brain.complete(self._prompt, self._on_text)
        except BrainError as error:
            used = error.used
            if error.partial:
                self._said.text, self._said.outcome = error.partial, "partial"
                self._said.failures.append(error)
            return error
        except TimeoutError:
            return BrainError(
                f"The model {self._brain.label} did not answer in time.",
                "Choose a faster model.",
                retryable=False,
            )
        else:
            used = completion.used
            self._said.text, self._said.outcome = completion.text, completion.finish
            return None
        finally:
            if used is not None:
                self._said.used.append(used)
            await asyncio.shield(self._purse.settle(reservation, used))
