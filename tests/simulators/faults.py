"""Calls that a test wants to go wrong, as all simulators take them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from starlette.responses import Response
from starlette.types import Receive, Scope, Send


class Counted(Protocol):
    """What goes wrong so many `times`."""

    times: int


F = TypeVar("F", bound=Counted)


class Dropped(Response):
    """No answer at all: the connection closes, as when a proxy dies."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        return


def take(faults: list[F], meant: Callable[[F], bool]) -> F | None:
    """The first fault that is meant, counted down; it is dropped with its last time."""
    fault = next((each for each in faults if meant(each)), None)
    if fault is not None:
        fault.times -= 1
        if fault.times <= 0:
            faults.remove(fault)
    return fault
