"""What can go wrong in the fleet repository, said so that a person can act on it."""

from __future__ import annotations

from collections.abc import Iterable

from agent_runtime.spec.problems import Problem, SpecError


class FleetError(Exception):
    """The base of every error of this package.

    `status` is the HTTP status that the error becomes, `title` one sentence for people, `problems` what to
    do.
    """

    status = 500

    def __init__(self, title: str, problems: Iterable[Problem] = ()) -> None:
        self.title = title
        self.problems = tuple(problems)
        super().__init__(title)

    def __str__(self) -> str:
        return "\n".join([self.title, *(f"  {problem}" for problem in self.problems)])


class RefusedError(FleetError):
    """The change breaks a rule of the fleet repository."""

    status = 422

    @classmethod
    def of(cls, error: SpecError) -> RefusedError:
        return cls(error.title, error.problems)


class MissingBotError(FleetError):
    """There is no such bot on `main`."""

    status = 404


class TakenNameError(FleetError):
    """A bot of this name exists already."""

    status = 409


class QuotaError(FleetError):
    """The change would take the owner over a limit of its quota."""

    status = 409


class StaleVersionError(FleetError):
    """The bot has changed since the version that the change was made from."""

    status = 412


class SealError(FleetError):
    """A secret could not be sealed or opened; the message never holds the value."""

    status = 503


class GitError(FleetError):
    """Git failed. `title` names the command without its arguments' contents."""

    status = 503


class LostRaceError(GitError):
    """Another writer moved a branch first and none of ours moved: apply to the new tip and try again."""


class RemoteError(GitError):
    """The fleet's remote can't be reached, or refuses; what was to be done waits until it can be."""


class RewrittenError(RemoteError):
    """A branch of the remote has dropped commits that this mirror has, or never had them."""
