"""Carries rings between the control APIs on one Postgres, by LISTEN and NOTIFY.

What is lost, while a connection is renewed, costs time and nothing else: whoever waits looks for itself again
after some seconds.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Collection

from sqlalchemy import text

from control_api.database import Database
from control_api.kit.bells import Bells

_CHANNEL = "botyard"
# A notification holds 8,000 bytes, a topic at most 80.
_TOPICS_AT_A_TIME = 90
# The engine's bells are rung by whoever leads, for its own proofs.
_OWN = "engine"


class Carrier:
    """Tells the others what is rung here, and rings here what they tell."""

    def __init__(self, database: Database, bells: Bells, heard: Callable[[Collection[str]], None]) -> None:
        self._engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._bells = bells
        self._heard = heard
        self._me = secrets.token_hex(8)
        self._waiting: set[str] = set()
        self._awake = asyncio.Event()
        bells.rung = self._take

    def _take(self, topics: Collection[str]) -> None:
        self._waiting.update(each for each in topics if not each.startswith(_OWN))
        self._awake.set()

    async def tell(self) -> None:
        """Until cancelled. What could not be told is dropped."""
        while True:
            await self._awake.wait()
            self._awake.clear()
            topics, self._waiting = sorted(self._waiting), set()
            if not topics:
                continue
            async with self._engine.connect() as connection:
                for start in range(0, len(topics), _TOPICS_AT_A_TIME):
                    some = topics[start : start + _TOPICS_AT_A_TIME]
                    said = json.dumps({"by": self._me, "topics": some})
                    await connection.execute(
                        text("SELECT pg_notify(:channel, :said)"), {"channel": _CHANNEL, "said": said}
                    )

    async def listen(self) -> None:
        """Until the connection breaks."""
        async with self._engine.connect() as connection:
            await connection.execute(text(f"LISTEN {_CHANNEL}"))
            # Whatever was rung while nobody listened.
            self._bells.ring_all()
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None
            try:
                async for notice in raw.notifies():
                    self._hear(json.loads(notice.payload))
            finally:
                await connection.invalidate()

    def _hear(self, said: dict[str, object]) -> None:
        topics = said["topics"]
        if said["by"] != self._me and isinstance(topics, list):
            self._bells.ring_here(*topics)
            self._heard(topics)
