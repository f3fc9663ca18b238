"""The tips of the deploy branches while a batch of commits grows on them."""

from __future__ import annotations

from gitops.objects import Objects
from gitops.write import Move


class DeployLines:
    """Each branch from where it stands; `tips` is what the batch has put on it."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._before: dict[str, str | None] = {}
        self.tips: dict[str, str] = {}

    async def parent(self, branch: str) -> str | None:
        """The commit that the next one on the branch follows."""
        if branch not in self._before:
            self._before[branch] = await self._objects.resolve(branch)
        return self.tips.get(branch, self._before[branch])

    def moves(self) -> list[Move]:
        return [Move(branch, self._before[branch], tip) for branch, tip in self.tips.items()]
