"""A hive that runs nothing: it remembers what it was told, and refuses, fails or is away as a test has it."""

from __future__ import annotations

from typing import Any

from agent_runtime.hive_client import HiveAwayError, HiveError
from agent_runtime.home import Home


class RememberingHive:
    """`calls` are all that the engine asked for, in order."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self.known: dict[str, str] = {}
        self.calls: list[tuple[str, ...]] = []
        self.refuses: dict[str, int] = {}  # bot → status
        self.away = False

    async def put_bot(self, bot: str, revision: str) -> dict[str, Any]:
        self._called("put", bot, revision)
        folder = self._home.revision(bot, revision)
        assert (folder / "bot.yaml").is_file(), "the revision is complete before the hive hears of it"
        if bot in self.refuses:
            raise HiveError({"status": self.refuses[bot], "detail": f"{bot} is not wanted here"})
        self.known[bot] = revision
        return {"id": bot, "revision": revision}

    async def delete_bot(self, bot: str) -> None:
        self._called("delete", bot)
        if self.known.pop(bot, None) is None:
            raise HiveError({"status": 404, "detail": "no such bot"})

    async def bots(self) -> dict[str, str]:
        self._called("list")
        return dict(self.known)

    def acts(self) -> list[tuple[str, ...]]:
        """What changed something, and a clean sheet."""
        acts = [call for call in self.calls if call[0] != "list"]
        self.calls.clear()
        return acts

    def _called(self, *call: str) -> None:
        if self.away:
            raise HiveAwayError("the hive is not reachable")
        self.calls.append(call)
