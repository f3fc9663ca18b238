"""Who calls, and what they may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from control_api.kit.problems import ForbiddenError, NotFoundError
from control_api.models import Role
from gitops.intent import Author

Scope = Literal["bots:read", "bots:write", "git:read", "git:write", "admin"]
ALL_SCOPES: frozenset[str] = frozenset(get_args(Scope))


@dataclass(frozen=True)
class Caller:
    """Who calls and what they may do."""

    user: str
    operator: bool
    scopes: frozenset[str]
    via: Literal["token", "session", "telegram"]
    # The row of what they called with: the token's id, or the digest of the session's cookie.
    credential: str = ""
    csrf: str | None = None
    email: str = ""
    roles: Mapping[str, Role] = field(default_factory=dict)

    @property
    def author(self) -> Author:
        """Whom the commits name that come of what the caller asks."""
        return Author(self.user, self.email or f"{self.user}@users.noreply.botyard.dev")

    def may_read(self, owner: str) -> bool:
        return self.operator or owner == self.user or owner in self.roles

    def may_write(self, owner: str) -> bool:
        if self.operator or owner == self.user:
            return True
        return self.roles.get(owner) in {Role.OWNER, Role.EDITOR}

    def may_manage(self, owner: str) -> bool:
        return self.operator or owner == self.user or self.roles.get(owner) == Role.OWNER

    @property
    def owners(self) -> frozenset[str] | None:
        """The owners whose objects the caller may see; None means all."""
        return None if self.operator else frozenset({self.user, *self.roles})

    def check_scope(self, scope: Scope) -> None:
        if scope not in self.scopes:
            raise ForbiddenError(f"The token lacks the scope {scope}; make one that has it.")

    def check_readable(self, owner: str, what: str = "bot") -> None:
        """Another owner's object is as if it did not exist."""
        if not self.may_read(owner):
            raise NotFoundError(what)

    def check_writable(self, owner: str, what: str = "bot") -> None:
        self.check_readable(owner, what)
        if not self.may_write(owner):
            raise ForbiddenError(
                f"You may look at {owner}'s bots but not change them; ask {owner} to make you an editor."
            )

    def check_operator(self) -> None:
        if not self.operator:
            raise ForbiddenError("Only an operator may do this; ask one of them to.")

    def check_unlimited(self) -> None:
        """For what opens a session: a token with fewer scopes would gain the others by it."""
        lacking = sorted(ALL_SCOPES - self.scopes)
        if lacking:
            raise ForbiddenError(
                f"This gives access without limits, and your token lacks {', '.join(lacking)}. "
                "Use a token with every scope, or sign in on the page."
            )
