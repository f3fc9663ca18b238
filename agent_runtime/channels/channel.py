"""What the rest of the runtime knows of a chat platform."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, fields
from sys import intern
from typing import Any, Literal, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class ChannelState:
    """How a channel's way in does. A failed one has a reason and a next step that its owner understands."""

    state: Literal["connecting", "connected", "failed"]
    reason: str | None = None
    next_step: str | None = None
    name: str | None = None
    link: str | None = None

    def to_dict(self) -> dict[str, str]:
        """What there is to say, by name."""
        said = {name: getattr(self, name) for name in _SAID}
        return {name: value for name, value in said.items() if value is not None}

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> ChannelState:
        """The same again; what a later version says beyond it is passed over."""
        # One string of each state is enough for ten thousand bots.
        known: dict[str, Any] = {name: said.get(name) for name in _SAID}
        return cls(**{**known, "state": intern(said["state"])})


_SAID = tuple(field.name for field in fields(ChannelState))


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that came with a message: the platform's id of it, its name and its size in bytes, if known."""

    id: str
    name: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as a bot reads it. `text` is empty where `unreadable` names what came instead.

    Where several people talk (`in_group`), `answer_to` names the message for the platform, and one that is
    `overheard` is meant for somebody else. Where the platform shows that an answer is `awaited`, it is
    told even of one that says nothing. `slash` is what a command begins with there.
    """

    text: str
    name: str = ""
    command: str | None = None
    argument: str = ""
    unreadable: str | None = None
    attached: tuple[Attached, ...] = ()
    in_group: bool = False
    answer_to: str | None = None
    overheard: bool = False
    awaited: bool = False
    slash: str = "/"


# More of a text that grows.
OnText = Callable[[str], None]


class Preview(Protocol):
    """The message in which people read an answer while it grows, and which becomes the answer's first part.

    It outlives the worker: who takes the turn up after a crash goes on in the same message.
    """

    @property
    def id(self) -> str | None:
        """The platform's id of it; None while there is none."""

    async def keep(self, message: str) -> None:
        """It was sent, under this id. Returns once that is stored."""


class SendError(Exception):
    """A message did not go out. The text never holds a token, a URL or what was to be sent."""


class WaitError(SendError):
    """The platform did not take it and says when to try again; it was surely not sent."""

    def __init__(self, reason: str, seconds: float) -> None:
        super().__init__(reason)
        self.seconds = seconds


class UncertainError(SendError):
    """Nobody knows whether it was sent."""


class GoneError(SendError):
    """There is nobody to send to any more: blocked, left, deleted. Sending ends quietly."""


class RefusedError(SendError):
    """The platform refuses this message and will refuse it again."""


class TokenRefusedError(SendError):
    """The platform refuses the bot itself."""


@runtime_checkable
class Introducing(Protocol):
    """A way out to a platform that shows a bot's name and description."""

    async def introduce(self, told: str | None) -> str | None:
        """Let the platform show them as the specification has them.

        Returns what to remember of that; `told` is what was remembered last. It tries again the next time
        where it has to.
        """


class Outbound(Protocol):
    """The way out of one channel of one bot."""

    async def read(self, payload: Mapping[str, Any]) -> Incoming:
        """A stored message's payload, parsed; what is not understood is `unreadable`.

        MailWaitsError where the platform has to be asked first and does not answer.
        """

    async def fetch(self, attached: Attached, largest: int) -> bytes | None:
        """A file's content; None where it has more than `largest` bytes. RefusedError if it can't be had.

        MailWaitsError where the platform does not answer.
        """

    def parts(
        self, conversation: str, markdown: str, answer_to: str | None = None, shown: str | None = None
    ) -> list[dict[str, Any]]:
        """A reply as the messages to send, in order; none where the reply goes back another way.

        `shown` is the message that the reply was shown in while it grew: the first part takes its place.
        """

    def pause(self, payload: Mapping[str, Any]) -> float:
        """Seconds until the platform takes this message, as far as its limits are known."""

    async def send(self, payload: Mapping[str, Any]) -> str:
        """Send one message; returns the platform's id for it, or raises a SendError."""

    def working(
        self, conversation: str, answer_to: str | None, preview: Preview
    ) -> AbstractAsyncContextManager[OnText]:
        """Shows that an answer is being written, for as long as it is entered, and the text it is given.

        Nothing of it is on its way any more once it is left, where a `preview` could overtake the answer.
        """

    async def link(self, start: str | None = None) -> str | None:
        """Where a person finds the bot, with what to start it with; None where there is no such place."""

    async def aclose(self) -> None:
        """Let go of connections."""
