"""What the rest of the runtime knows of a language model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from agent_runtime.media import Media
from agent_runtime.store.ledger.records import Used

OnText = Callable[[str], None]
Scope = Literal["key", "model"]
Finish = Literal["complete", "length", "filtered"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a prompt. The content is plain text, never a template; `media` comes with it."""

    role: Literal["system", "user", "assistant"]
    content: str
    media: tuple[Media, ...] = ()

    @property
    def tokens(self) -> int:
        """About how many tokens it is."""
        return estimate_tokens(self.content) + sum(each.tokens for each in self.media) + 4


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is asked."""

    messages: Sequence[Message]
    max_output_tokens: int | None = None

    @property
    def tokens(self) -> int:
        """About how many tokens the messages are."""
        return sum(message.tokens for message in self.messages)


@dataclass(frozen=True, slots=True)
class Completion:
    """A model's whole answer."""

    text: str
    finish: Finish
    used: Used


class BrainError(Exception):
    """A model call failed. `reason` and `next_step` are for the bot's owner and hold no key and no message.

    `partial` is what had been said before; `used` what that cost, None if nothing. `breaks` says
    that the key, or the model with this key, is no good for now; `too_long` that a shorter prompt may do.
    """

    def __init__(
        self,
        reason: str,
        next_step: str,
        *,
        retryable: bool = False,
        retry_after: float | None = None,
        breaks: Scope | None = None,
        too_long: bool = False,
        partial: str = "",
        used: Used | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.next_step = next_step
        self.retryable = retryable
        self.retry_after = retry_after
        self.breaks = breaks
        self.too_long = too_long
        self.partial = partial
        self.used = used


class Brain(Protocol):
    """One model with its key."""

    @property
    def label(self) -> str:
        """What the model is called in usage and logs; the embedded one says that it is a demo."""

    @property
    def account(self) -> str:
        """Stands for server and key together, without holding the key: what a breaker is kept for."""

    @property
    def max_output_tokens(self) -> int:
        """The longest answer in tokens."""

    def takes(self, media: Media) -> bool:
        """Whether it sees such a picture, or hears such a sound."""

    def cost(self, tokens_in: int, tokens_out: int) -> float | None:
        """US dollars, None where the price is not known."""

    async def complete(self, prompt: Prompt, on_text: OnText) -> Completion:
        """Ask once and stream; BrainError when it fails."""


def estimate_tokens(text: str) -> int:
    """About four characters a token in Latin letters, fewer in other scripts; for reserving, not billing."""
    return (len(text) + 3) // 4 if text.isascii() else (len(text) + 1) // 2
