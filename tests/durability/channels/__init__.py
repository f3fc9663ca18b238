"""The chat platforms that people write on: a module each, of which the play knows no more than this.

A module has `opened()`, an asynchronous context manager that gives a `Platform`. A new one is a module and
a name in `MODULES`.
"""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Protocol

from tests.durability.history import Said, Sent
from tests.durability.machine import Machine

EVERYWHERE = ("telegram", "discord", "web")
MODULES = (*EVERYWHERE, "slack", "whatsapp")  # those beyond them send to a public address alone


class Account(Protocol):
    """One bot on a platform, and all who write to it there."""

    @property
    def channels(self) -> Mapping[str, Any]:
        """Its part of the specification's `channels`."""

    @property
    def secrets(self) -> Mapping[str, str]:
        """The secrets that part names."""

    async def say(self, user: int, text: str) -> None:
        """Somebody writes. Returns when a person would write again at the earliest; it never fails."""

    def waiting(self) -> str | None:
        """What the platform still holds for the bot; None when all was taken."""

    async def ended(self) -> tuple[list[Said], list[Sent]]:
        """Once all is at rest: what was said and stored, and the replies."""


class Platform(Protocol):
    """One for all seeds of a lane."""

    @property
    def name(self) -> str:
        """The channel's name, as messages' keys begin with it."""

    @property
    def environment(self) -> Mapping[str, str]:
        """What the machine is told of it."""

    def account(self, bot: str, machine: Machine) -> Account:
        """A new one for a bot, by its id."""


@asynccontextmanager
async def all_opened(*, by_webhook: bool) -> AsyncIterator[Sequence[Platform]]:
    """Every platform that such a machine can have, to be played side by side."""
    async with AsyncExitStack() as stack:
        modules = [
            importlib.import_module(f"{__name__}.{name}") for name in (MODULES if by_webhook else EVERYWHERE)
        ]
        yield [await stack.enter_async_context(module.opened()) for module in modules]
