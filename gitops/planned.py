"""What requests come to, worked out and not written yet: files, messages, release files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gitops import change
from gitops.bot_folder import BotFolder
from gitops.change import Changed
from gitops.intent import Intent, QuotaChange, Request
from gitops.operations import Prepared, Result
from gitops.render import Rendered


@dataclass(frozen=True, slots=True)
class Planned:
    """A change that can be made, and what its bot is rendered to after it."""

    intent: Intent
    before: BotFolder | None
    changed: Changed
    rendered: Rendered


@dataclass(frozen=True, slots=True)
class Together:
    """The changes of one operation, which become one commit on `main`: one, or those of a bulk operation.

    `owner_files` are those of a change that is of no bot, `tenants` what it makes of deploy branches.
    """

    request: Request
    planned: tuple[Planned, ...]
    owner_files: Mapping[str, bytes | None] = field(default_factory=dict)
    tenants: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)

    @property
    def message(self) -> str:
        if isinstance(self.request, Intent):
            return self.planned[0].changed.message
        if isinstance(self.request, QuotaChange):
            return change.quota_message(self.request)
        return change.bulk_message(self.request.operation, [each.intent for each in self.planned])

    def files(self) -> dict[str, bytes | None]:
        """All that changes on `main`."""
        files = {path: content for each in self.planned for path, content in each.changed.files.items()}
        return {**files, **self.owner_files}

    def prepared(self, commit: str, deploys: Mapping[str, str]) -> Prepared:
        """What is about to move, once the commits are written; `deploys` are by branch."""
        if not self.planned:
            return Prepared(commit, "", "", None, None)
        bots = {
            str(each.rendered.bot): Prepared(
                commit,
                deploys[each.rendered.branch],
                each.rendered.branch,
                each.rendered.version,
                each.rendered.revision,
            )
            for each in self.planned
        }
        return bots.popitem()[1] if isinstance(self.request, Intent) else Prepared.of_many(bots)

    def releases(self) -> dict[str, dict[str, bytes | str | None]]:
        """What changes on each deploy branch."""
        found: dict[str, dict[str, bytes | str | None]] = {
            branch: {**files} for branch, files in self.tenants.items()
        }
        for each in self.planned:
            found.setdefault(each.rendered.branch, {}).update(each.rendered.replacement())
        return found


@dataclass(slots=True)
class Plan:
    """What to write for a batch of requests, in order, and the requests that come to nothing."""

    planned: list[Together] = field(default_factory=list)
    results: dict[str, Result] = field(default_factory=dict)
