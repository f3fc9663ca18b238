"""What the store could not do, as problems that travel."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from agent_runtime.store.errors import StoreAwayError, StoreFullError
from agent_runtime.wire import ProblemError

Value = TypeVar("Value")
AWAY = 503


async def stored(work: Awaitable[Value]) -> Value:
    """Its result. Raises ProblemError: 507 where there was no room for it, 503 where the database is away."""
    try:
        return await work
    except StoreFullError as error:
        raise ProblemError(507, "no room", str(error)) from None
    except StoreAwayError as error:
        raise ProblemError(AWAY, "the database is away", str(error)) from None
