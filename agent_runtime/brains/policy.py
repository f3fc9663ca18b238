"""How a turn asks models: a few tries each within one deadline, then the next; each call is reserved for."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import structlog

from agent_runtime.brains.brain import Brain, BrainError, OnText, Prompt, Scope, estimate_tokens
from agent_runtime.store.ledger.records import Used

log = structlog.get_logger()

TRIES = 3
Outcome = Literal["complete", "length", "filtered", "partial", "stopped", "failed", "budget"]


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


class Purse(Protocol):
    """What calls are paid from."""

    async def reserve(self, brain: Brain, prompt: Prompt) -> int | str:
        """A reservation, or the name of the limit that is used up."""

    async def settle(self, reservation: int, used: Used | None, said: Said | None) -> None:
        """What the call used, None for nothing; `said` where it ended the asking, to be kept with that."""


class Breaker:
    """Remembers which keys and models to leave alone until when, so that not every message is refused."""

    def __init__(self) -> None:
        self._until: dict[str, tuple[float, BrainError | None]] = {}

    def held(self, brain: Brain) -> tuple[float, BrainError] | None:
        """Seconds still to wait and the failure that they are for; None if the brain may be asked."""
        scopes: tuple[Scope, Scope] = ("key", "model")
        found = [self._until.get(_scope(brain, scope), (0.0, None)) for scope in scopes]
        until, error = max(found, key=lambda one: one[0])
        left = until - time.monotonic()
        return (left, error) if error is not None and left > 0 else None

    def trip(self, brain: Brain, error: BrainError) -> None:
        if error.breaks is not None:
            # A refused key is tried again after a while: its owner may have topped it up.
            seconds = error.retry_after if error.retry_after is not None else 30.0
            self._until[_scope(brain, error.breaks)] = (time.monotonic() + seconds, error)


def _scope(brain: Brain, scope: Scope) -> str:
    """Providers limit requests a model, and refuse a key for all of its models."""
    return brain.account if scope == "key" else f"{brain.account}/{brain.label}"


async def ask(
    brains: Sequence[Brain],
    prompt: Prompt,
    purse: Purse,
    on_text: OnText,
    seconds: float,
    breaker: Breaker,
    said: Said | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Said:
    """Ask the brains in order; always returns, within about `seconds`.

    A `said` that is given is filled as words come, so that its owner has them when the turn is stopped.
    """
    said = said or Said()
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
            self._breaker.trip(self._brain, error)
            log.warning("model_call_failed", model=self._brain.label, attempt=attempt, reason=error.reason)
            if not error.retryable or attempt == TRIES:
                return False
            pause = error.retry_after
            if pause is None:
                pause = random.uniform(0.2, 0.4) * 2**attempt  # noqa: S311 - spreads load, keeps no secret
            if time.monotonic() + pause >= end:
                return False
            await self._sleep(pause)
        return False

    async def _let_through(self, end: float) -> bool:
        """Wait for as long as the provider asked everybody to, if that fits; else leave this brain out."""
        held = self._breaker.held(self._brain)
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
        self._said.text = ""
        try:
            async with asyncio.timeout(max(0.0, end - time.monotonic())):
                completion = await self._brain.complete(self._prompt, self._hear)
        except BrainError as error:
            used = error.used
            return self._broken(error)
        except TimeoutError:
            used = self._heard()
            reason = f"The model {self._brain.label} did not answer in time."
            return self._broken(BrainError(reason, "Choose a faster model.", partial=self._said.text))
        except asyncio.CancelledError:
            used = self._heard()
            raise
        else:
            used = completion.used
            self._said.text, self._said.outcome = completion.text, completion.finish
            return None
        finally:
            if used is not None:
                self._said.used.append(used)
            ended = self._said if self._said.outcome != "failed" else None
            await asyncio.shield(self._purse.settle(reservation, used, ended))

    def _hear(self, text: str) -> None:
        self._said.text += text
        self._on_text(text)

    def _heard(self) -> Used:
        """What a call that was given up has cost: it was asked, and what it said so far was generated."""
        tokens_in, tokens_out = self._prompt.tokens, estimate_tokens(self._said.text)
        cost = self._brain.cost(tokens_in, tokens_out)
        return Used(self._brain.label, tokens_in, tokens_out, cost, estimated=True)

    def _broken(self, error: BrainError) -> BrainError:
        if error.partial:
            self._said.text, self._said.outcome = error.partial, "partial"
            self._said.failures.append(error)
        return error
