"""A request as JSON, for its row. Secrets in it are sealed files, never values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from agent_runtime.spec import BotId
from gitops.intent import Author, Bulk, Intent, QuotaChange, Request
from gitops.operations import Prepared

# Attempts of one operation. A push is given up after minutes, and each attempt after that takes its turn.
_REMEMBERED = 20


def write(request: Request) -> dict[str, Any]:
    """The request as JSON."""
    if isinstance(request, Intent):
        return _write_one(request)
    author = {"name": request.author.name, "email": request.author.email}
    about = {"operation": request.operation, "author": author, "at": request.at.isoformat()}
    if isinstance(request, QuotaChange):
        return {**about, "owner": request.owner, "quota": dict(request.quota)}
    return {**about, "bulk": [_write_one(each) for each in request.intents]}


def read(data: dict[str, Any]) -> Request:
    """The request that `write` wrote."""
    if "bulk" not in data and "quota" not in data:
        return _read_one(data)
    author, at = Author(**data["author"]), datetime.fromisoformat(data["at"])
    if "quota" in data:
        return QuotaChange(data["operation"], data["owner"], author, at, data["quota"])
    intents = tuple(_read_one(each) for each in data["bulk"])
    return Bulk(data["operation"], author, at, intents)


def _write_one(intent: Intent) -> dict[str, Any]:
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


def _read_one(data: dict[str, Any]) -> Intent:
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
        "bots": {bot: write_prepared(each) for bot, each in prepared.bots.items()},
        "tried": [write_prepared(each) for each in prepared.tried],
    }


def read_prepared(data: Mapping[str, Any]) -> Prepared:
    """What `write_prepared` wrote."""
    bots = {bot: read_prepared(each) for bot, each in data.get("bots", {}).items()}
    tried = tuple(read_prepared(each) for each in data.get("tried", ()))
    return Prepared(**{**data, "bots": bots, "tried": tried})


def prepare_again(before: Mapping[str, Any] | None, prepared: Prepared) -> dict[str, Any]:
    """What is about to move, with what was before it: that may still get there."""
    if before is None:
        return write_prepared(prepared)
    earlier = [
        replace(each, tried=()) for each in read_prepared(before).attempts() if each.commit != prepared.commit
    ]
    return write_prepared(replace(prepared, tried=tuple(earlier[:_REMEMBERED])))
