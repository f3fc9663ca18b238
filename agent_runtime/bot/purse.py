"""What a bot's calls are paid from: the ledger, within the specification's budget."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from agent_runtime.brains.brain import Brain, Prompt
from agent_runtime.brains.policy import Said
from agent_runtime.failpoints import failpoint
from agent_runtime.spec.bot import Budget
from agent_runtime.store.ledger import Limits, Spend, Step, Used


@dataclass(frozen=True, slots=True)
class LedgerPurse:
    """`Purse` of one turn. It reserves what the call can cost at most, and puts back what it did not.

    A draft turn has no `key`: it is paid for, and nothing of it is kept.
    """

    spend: Spend
    budget: Budget
    key: str | None

    async def reserve(self, brain: Brain, prompt: Prompt) -> int | str:
        longest = min(brain.max_output_tokens, prompt.max_output_tokens or brain.max_output_tokens)
        return await self.reserve_for(prompt.tokens + longest, brain.cost(prompt.tokens, longest) or 0.0)

    async def reserve_for(self, tokens: int, usd: float) -> int | str:
        """The same for any other call."""
        limits = Limits(self.budget.usd_per_day, self.budget.tokens_per_day)
        return await self.spend.reserve(self.key or "", time.time(), tokens, usd, limits)

    async def settle(self, reservation: int, used: Used | None, said: Said | None) -> None:
        step = step_of(said) if said is not None and self.key is not None else None
        if step is not None:
            failpoint("worker.model_answered")
        await self.spend.settle(reservation, used, step)
        if step is not None:
            failpoint("worker.journalled")


def step_of(said: Said) -> Step:
    """What a model said, as the journal keeps it: with its cost, before anything is done with it."""
    used = [asdict(one) for one in said.used]
    return Step("model", {"text": said.text, "outcome": said.outcome, "used": used})


def said_of(journal: Sequence[Step]) -> Said | None:
    """What a model had said before the worker died; None if it had not ended."""
    for step in journal:
        if step.kind == "model":
            used = [Used(**one) for one in step.data["used"]]
            return Said(step.data["text"], step.data["outcome"], used)
    return None
