"""A person on a chat platform, as every platform's journey plays one: `whole_talk.play` is the play.

A platform joins with a `Place`, in a module of its own such as `in_telegram.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

# What a platform may be without: the play leaves these scenes out, and nothing else.
Scene = Literal["growing", "group", "voice", "stop"]


class Person(Protocol):
    """Somebody who talks to one bot. What they read comes as texts, in order; waits are in seconds."""

    @property
    def id(self) -> str:
        """As the bot's access knows them, such as `telegram:4711`."""

    def pair(self, link: str | None, code: str) -> None:
        """Do as the pairing link has it, or give the code where the platform has no such links."""

    def say(self, text: str) -> None:
        """Write to the bot alone."""

    def command(self, name: str) -> None:
        """Use one of the bot's commands, named without a slash, in the talk with it alone."""

    def send(self, content: bytes, caption: str = "") -> None:
        """Send a picture or a voice message, as the content is."""

    def reads(self, count: int = 0, within: float = 30.0) -> list[str]:
        """What the bot told this person alone so far, once it is so many messages or the time is over."""

    def mention(self, text: str) -> None:
        """Write in the place's group, to the bot by its name."""

    def chatter(self, text: str) -> None:
        """Write in the group to the others there."""


class Place(Protocol):
    """A bot's place on a platform: what its specification names, and who is there."""

    name: str
    scenes: frozenset[Scene]
    channels: Mapping[str, Any]
    secrets: Mapping[str, str]

    def set_up(self, bot: str) -> None:
        """What the bot's owner has to do on the platform itself once it is deployed."""

    def person(self, number: int) -> Person:
        """Somebody of this number: the same one each time."""

    def group(self, count: int = 0, within: float = 30.0) -> list[str]:
        """What the bot said in the group."""

    def grown(self, reader: Person) -> list[str]:
        """What could be read of this person's answers while they were written."""

    def check_long(self, said: Sequence[str]) -> None:
        """The parts of an answer with code in it are as long as the platform takes them, the code whole."""
