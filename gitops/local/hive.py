"""What the engine asks of a hive; `agent_runtime.hive_client.HiveClient` is one."""

from __future__ import annotations

from typing import Any, Protocol


class Hive(Protocol):
    """Raises HiveError where the hive refuses, HiveAwayError while it is not reachable."""

    async def put_bot(self, bot: str, revision: str) -> dict[str, Any]: ...
    async def delete_bot(self, bot: str) -> None: ...
    async def bots(self) -> dict[str, str]: ...
