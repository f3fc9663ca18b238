"""Operations whose store fails once, at a named call."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from tests.gitops.memory import MemoryOperations

When = Literal["before", "after"]


class FailingOperations(MemoryOperations):
    """Once `armed`, the first call of `name` raises: before it is done, or after: the answer is lost."""

    def __init__(self, name: str, when: When) -> None:
        super().__init__()
        self.armed = False
        self.failed = False
        self._when = when
        setattr(self, name, functools.partial(self._fail, getattr(self, name)))

    async def _fail(self, call: Callable[..., Awaitable[Any]], *arguments: Any, **named: Any) -> Any:
        if not self.armed or self.failed:
            return await call(*arguments, **named)
        self.failed = True
        if self._when == "after":
            await call(*arguments, **named)
        raise RuntimeError("the database went away")
