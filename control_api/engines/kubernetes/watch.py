"""All objects of a kind, then every change of one, until the connection breaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import aclosing
from typing import Any, cast

from lightkube import AsyncClient

from control_api.engines.kubernetes.api import Kind, away

_CHUNK = 500
# Seconds after which the server ends a watch, which then goes on where it was.
_ROUND = 300

Object = Mapping[str, Any]


class Watch:
    """One kind of object, in one namespace or in all."""

    def __init__(
        self,
        client: AsyncClient,
        kind: Kind,
        *,
        namespace: str = "*",
        labels: Mapping[str, str] | None = None,
    ) -> None:
        self._client = client
        self._kind = kind
        self._where: dict[str, Any] = {"namespace": namespace, "labels": dict(labels or {})}
        self._version: str | None = None

    async def all(self) -> AsyncIterator[Object]:
        """Every object as it is now; EngineAwayError while the API does not answer."""
        with away():
            found = self._client.list(self._kind, chunk_size=_CHUNK, **self._where)
            async for each in found:
                yield each
            self._version = found.resourceVersion

    async def changes(self) -> AsyncIterator[tuple[Object, bool]]:
        """Each change after `all`: the object, and whether it is still there. Ends in EngineAwayError."""
        with away():
            watching = cast(
                AsyncIterator[tuple[str, Object]],
                self._client.watch(
                    self._kind, resource_version=self._version, server_timeout=_ROUND, **self._where
                ),
            )
            async with aclosing(watching) as events:  # type: ignore[type-var]
                async for event, each in events:
                    yield each, event != "DELETED"


async def together(*runs: Awaitable[None]) -> None:
    """Runs them side by side; the first that fails ends all."""
    tasks = [asyncio.ensure_future(each) for each in runs]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
