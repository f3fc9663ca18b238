"""What someone wants done to one bot, or to many at once.

The durable intent of an operation, applied later on the current tip.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from agent_runtime.spec.names import BotId

Kind = Literal["deploy", "change", "delete", "pause", "resume", "restart", "rollback"]


@dataclass(frozen=True, slots=True)
class Author:
    """Whose name a commit on `main` bears."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Intent:
    """One requested change of one bot.

    `spec` is the whole specification (deploy, or change by PUT), `patch` a JSON merge patch on the current
    one; a change may have neither and only secrets. `sealed` maps a secret's name to its sealed file, or to
    None to remove it. `base_version` is the blob id of the `bot.yaml` that the change was made from, where
    the caller said so. `commit` is where a rollback goes back to: a commit on `main`. `at` is aware, and the
    commit's author date.
    """

    operation: str
    kind: Kind
    bot: BotId
    author: Author
    at: datetime
    base_version: str | None = None
    spec: Mapping[str, Any] | None = None
    patch: Mapping[str, Any] | None = None
    sealed: Mapping[str, bytes | None] = field(default_factory=dict)
    commit: str | None = None


@dataclass(frozen=True, slots=True)
class Bulk:
    """Changes of several bots as one operation: all or nothing, in one commit on `main`.

    Each intent names another bot and bears the operation, the author and the time of the whole.
    """

    operation: str
    author: Author
    at: datetime
    intents: tuple[Intent, ...]


@dataclass(frozen=True, slots=True)
class QuotaChange:
    """Another quota of an owner, whole: `quota` is what `owner.yaml` has under that key, empty for none."""

    operation: str
    owner: str
    author: Author
    at: datetime
    quota: Mapping[str, Any] = field(default_factory=dict)


# What an operation asks for.
Request = Intent | Bulk | QuotaChange
