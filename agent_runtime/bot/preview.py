"""Which message a growing answer is shown in, kept in the turn's journal."""

from __future__ import annotations

from agent_runtime.store.ledger import Step, Turn, Turns

_KIND = "shown"


class KeptPreview:
    """`Preview` of one turn. A turn that is taken up after a crash goes on in the message that was there."""

    def __init__(self, turns: Turns, turn: Turn) -> None:
        self._turns, self._key = turns, turn.key
        kept = (str(step.data["id"]) for step in turn.journal if step.kind == _KIND)
        self.id: str | None = next(kept, None)

    async def keep(self, message: str) -> None:
        self.id = message
        await self._turns.journal(self._key, Step(_KIND, {"id": message}))
