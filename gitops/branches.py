"""Where the fleet's branches are true: in the repository of this machine, or at a remote (`remote.py`)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from gitops import write
from gitops.write import Move

_LONGEST_PAUSE = 5.0


class Branches(Protocol):
    """What the committer asks before it works, and by what its commits come to count.

    `suspects` are the deploy branches that came here from elsewhere, until they have been looked at.
    """

    suspects: set[str]

    @property
    def pause(self) -> float:
        """For how many seconds the committer may rest when nobody calls it."""
        ...

    async def refresh(self) -> bool:
        """Brings the branches here up to the true ones, if it is time; whether any moved."""
        ...

    async def move(self, moves: Sequence[Move]) -> None:
        """Moves all the branches or none; LostRaceError if one of them is no longer where it was."""
        ...


class Hosted:
    """The repository of this machine is the truth; people push to it."""

    pause = _LONGEST_PAUSE

    def __init__(self, repository: Path) -> None:
        self._repository = repository
        # Nobody can push to them: see `pre_receive`.
        self.suspects = set[str]()

    async def refresh(self) -> bool:
        return False

    async def move(self, moves: Sequence[Move]) -> None:
        await write.move(self._repository, moves)
