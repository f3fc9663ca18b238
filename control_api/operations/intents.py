"""An intent as JSON, for its row. Secrets in it are sealed files, never values."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from agent_runtime.spec import BotId
from gitops.intent import Author, Intent
from gitops.operations import Prepared


def write(intent: Intent) -> dict[str, Any]:
    """The intent as JSON."""
    return {
        "operation": intent.operation,
        "kind": intent.kind,
        "bot": str(intent.bot),
        "author": {"name": intent.author.name, "email": intent.author.email},
        "at": intent.at.isoformat(),
        "base_version": intent.base_version,
        "spec": intent.spec,
        "patch": intent.patch,
        "sealed": {name: None if file is None else file.decode() for name, file in intent.sealed.items()},
        "commit": intent.commit,
    }


def read(data: dict[str, Any]) -> Intent:
    """The intent that `write` wrote."""
    return Intent(
        operation=data["operation"],
        kind=data["kind"],
        bot=BotId.parse(data["bot"]),
        author=Author(**data["author"]),
        at=datetime.fromisoformat(data["at"]),
        base_version=data["base_version"],
        spec=data["spec"],
        patch=data["patch"],
        sealed={name: None if file is None else file.encode() for name, file in data["sealed"].items()},
        commit=data["commit"],
    )


def write_prepared(prepared: Prepared) -> dict[str, Any]:
    """What is about to move, as JSON."""
    return {
        "commit": prepared.commit,
        "deploy_commit": prepared.deploy_commit,
        "branch": prepared.branch,
        "version": prepared.version,
        "revision": prepared.revision,
    }


def read_prepared(data: dict[str, Any]) -> Prepared:
    """What `write_prepared` wrote."""
    return Prepared(**data)
