"""What Git tells of a bot as the API shows it."""

from __future__ import annotations

from collections.abc import Iterable

from control_api.bots.schemas import Diff, FieldChange, HistoryEntry
from gitops import diff as git_diff
from gitops.history import HistoryEntry as Commit


def entry(found: Commit) -> HistoryEntry:
    """One commit of a bot's history."""
    return HistoryEntry(
        commit=found.commit,
        author=found.author.name,
        at=found.at,
        operation=found.operation,
        message=found.message,
        changes=_changes(found.changes),
    )


def diff(difference: git_diff.Difference) -> Diff:
    """The difference between two versions of a bot."""
    return Diff(changes=_changes(difference.changes), unified=difference.unified)


def _changes(found: Iterable[git_diff.FieldChange]) -> list[FieldChange]:
    return [FieldChange(pointer=each.pointer, from_=each.before, to=each.after) for each in found]
