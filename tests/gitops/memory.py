"""Operations kept in memory, with the promises that the committer relies on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent_runtime.spec import BotId
from gitops.intent import Request
from gitops.operations import Adopted, IndexRow, Prepared, Result


class MemoryOperations:
    """What a database would hold; `result` looks an operation's end up."""

    def __init__(self) -> None:
        self.waiting: dict[str, Request] = {}
        self.stored: dict[str, Prepared | None] = {}
        self.results: dict[str, Result] = {}
        self.reasons: dict[str, str] = {}
        self.people: dict[tuple[BotId, str], Adopted] = {}
        self.rows: dict[BotId, IndexRow] = {}
        self.tip: str | None = None

    def submit(self, request: Request) -> None:
        self.waiting[request.operation] = request

    async def claim(self, limit: int) -> Sequence[Request]:
        return list(self.waiting.values())[:limit]

    async def prepared(self, commits: Mapping[str, Prepared]) -> None:
        self.stored.update(commits)

    async def postponed(self, operations: Sequence[str], reason: str) -> None:
        self.reasons.update(dict.fromkeys(operations, reason))

    async def committed(self, results: Mapping[str, Result]) -> None:
        self.results.update(results)
        for operation in results:
            self.waiting.pop(operation, None)
            self.stored.pop(operation, None)

    async def adopted(self, changes: Sequence[Adopted]) -> Sequence[str]:
        ids = []
        for each in changes:
            self.people[each.bot, each.commit] = each
            ids.append(f"{each.bot}@{each.commit}")
            self.stored[ids[-1]] = each.prepared
        return ids

    async def indexed(self, rows: Sequence[IndexRow], upto: str, *, complete: bool = False) -> None:
        if complete:
            self.rows.clear()
        for row in rows:
            self.rows[row.bot] = row
            if row.version is None and not row.held:
                del self.rows[row.bot]
        self.tip = upto

    async def index_tip(self) -> str | None:
        return self.tip

    async def unfinished(self) -> Mapping[str, Prepared]:
        return {operation: prepared for operation, prepared in self.stored.items() if prepared is not None}
