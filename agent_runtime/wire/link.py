"""A connection to a part of the hive that restarts now and then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from agent_runtime.wire.peer import Asked, Heard, Peer, PeerGoneError
from agent_runtime.wire.problem import Json, ProblemError

_FIRST_WAIT, _LONGEST_WAIT = 0.01, 0.5


class Link:
    """Connects when first needed and again after a loss. `gone` hears of each loss."""

    def __init__(
        self,
        path: Path,
        asked: Asked | None = None,
        heard: Heard | None = None,
        gone: Callable[[], None] | None = None,
    ) -> None:
        self._path = path
        self._asked, self._heard, self._gone = asked, heard, gone
        self._peer: Peer | None = None
        self._connecting = asyncio.Lock()

    async def ask(
        self,
        kind: str,
        data: Json,
        part: Callable[[Json], None] | None = None,
        *,
        again: bool = False,
        patience: float = 10.0,
    ) -> Json:
        """Ask over the present connection, waiting up to `patience` seconds for one.

        With `again`, a question whose connection broke is asked once more: for those that may be asked twice.
        Raises ProblemError, 503 when nobody is there.
        """
        deadline = asyncio.get_running_loop().time() + patience
        while True:
            peer = await self.peer(deadline)
            try:
                return await peer.ask(kind, data, part)
            except PeerGoneError:
                if not again or asyncio.get_running_loop().time() > deadline:
                    raise ProblemError(503, "restarting", "this part is restarting; try again") from None

    def tell(self, kind: str, data: Json) -> None:
        """Say something over the present connection; without one it is dropped."""
        if self._peer is not None:
            self._peer.tell(kind, data)

    async def peer(self, deadline: float) -> Peer:
        if self._peer is not None and not self._peer.closed:
            return self._peer
        async with self._connecting:
            if self._peer is None or self._peer.closed:
                self._peer = await self._connect(deadline)
            return self._peer

    def close(self) -> None:
        if self._peer is not None:
            self._peer.close()

    async def _connect(self, deadline: float) -> Peer:
        loop = asyncio.get_running_loop()
        wait = _FIRST_WAIT
        while True:
            try:
                _, peer = await loop.create_unix_connection(
                    lambda: Peer(self._asked, self._heard, self._lost), str(self._path)
                )
            except OSError:
                if loop.time() + wait > deadline:
                    raise ProblemError(503, "restarting", "this part is restarting; try again") from None
                await asyncio.sleep(wait)
                wait = min(wait * 2, _LONGEST_WAIT)
            else:
                return peer

    def _lost(self, _: Peer) -> None:
        if self._gone is not None:
            self._gone()
