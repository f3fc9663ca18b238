"""What a ledger does, whatever holds it. Each method is one transaction and durable when it returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from agent_runtime.store.ledger.records import Exchange, Limits, PartState, Person, Step, Turn, Used


class Turns(Protocol):
    """Turns by the mail's key; doing the same twice changes nothing."""

    async def begin(self, turn: Turn) -> Turn:
        """Store a turn that starts, or give back what is stored under its key."""

    async def amend(self, key: str, text: str) -> None:
        """Let a turn that is open say more than its message alone."""

    async def journal(self, key: str, step: Step) -> None:
        """Keep one more result of a turn that is open, for whoever takes it up after a crash."""

    async def answer(
        self,
        key: str,
        reply: str,
        finish: str,
        usage: Mapping[str, Any],
        payloads: Sequence[Mapping[str, Any]],
        remembered: bool = True,
    ) -> Turn:
        """Store the reply with its parts ready to send. A turn without parts is done by that."""

    async def history(self, conversation: str, turns: int, *, whole: bool = False) -> list[Exchange]:
        """The last turns of a conversation that are remembered, oldest first.

        Since its last reset, unless it is to be the `whole` of it.
        """

    async def taken_since(self, sender: str, at: float) -> int:
        """How many answers of a model one person has had since a time."""

    async def conversations(
        self, limit: int, after: str | None = None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """`{conversation, channel, turns, last_at}`, the latest first, and where to go on if there are more.

        `after` is such a place, a short text; ValueError if it is none.
        """

    async def erase(self, conversation: str) -> int:
        """Forget a conversation's words and return how many turns it had. Their keys stay."""

    async def prune(self, words_before: float, keys_before: float) -> None:
        """Forget words and, later, keys of old turns."""


class Outbox(Protocol):
    """Parts of replies on their way out."""

    async def mark(self, key: str, n: int, state: PartState, platform_id: str | None = None) -> None:
        """Move a part on. With its last part sent or dropped, a turn is done."""

    async def unsent(self, conversation: str) -> list[Turn]:
        """The turns of a conversation that are answered and not done, oldest first."""


class Spend(Protocol):
    """What was spent a day, with what is reserved for calls that are under way."""

    async def reserve(self, key: str, at: float, tokens: int, usd: float, limits: Limits) -> int | str:
        """Reserve before a call: the reservation's number, or the limit in its way as `budget` names it."""

    async def settle(self, reservation: int, used: Used | None, step: Step | None = None) -> None:
        """Replace a reservation by what was used, None if the call cost nothing, and journal its result."""

    async def totals(self, day: str) -> dict[str, Any]:
        """`{day, tokens_in, tokens_out, usd, calls, unpriced_tokens, models: {name: {…}}}` of a UTC day."""


class People(Protocol):
    """Who may talk to the bot, who asks to, and small notes such as the pairing code."""

    async def role(self, sender: str) -> str | None:
        """owner, member, asking, or None for a stranger."""

    async def put(self, person: Person) -> None:
        """Add somebody or change the role."""

    async def pair(self, person: Person, code: str) -> bool:
        """Make somebody the owner if the code is the one that is set; the code is used up by that."""

    async def remove(self, sender: str) -> bool:
        """Forget somebody; whether there was such a person."""

    async def everybody(self) -> list[Person]:
        """All, in the order in which they came."""

    async def note(self, name: str) -> str | None:
        """A small value by name."""

    async def set_note(self, name: str, value: str | None) -> None:
        """Set a small value, or remove it."""


class Ledger(Protocol):
    """The memory of one bot."""

    @property
    def turns(self) -> Turns: ...

    @property
    def outbox(self) -> Outbox: ...

    @property
    def spend(self) -> Spend: ...

    @property
    def people(self) -> People: ...

    async def aclose(self) -> None:
        """Let go of the file."""
