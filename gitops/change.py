"""What an intent does to one bot's files. Pure: the files as they are and the intent in, the new files out.

The intent was made earlier, maybe from an older state; it is applied to what is there now, or refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from agent_runtime.spec import BotSpec, merge_patch, parse_spec
from agent_runtime.spec.names import BotId
from agent_runtime.spec.problems import Problem, SpecError
from gitops import bot_file
from gitops.bot_folder import BotFolder
from gitops.errors import MissingBotError, RefusedError, StaleVersionError, TakenNameError
from gitops.intent import Intent, QuotaChange


@dataclass(frozen=True, slots=True)
class Changed:
    """The bot's folder after the change (None: deleted), and the files that differ, None where one goes."""

    after: BotFolder | None
    files: dict[str, bytes | None]
    message: str


def apply(intent: Intent, before: BotFolder | None, restored: bytes | None = None) -> Changed | None:
    """The change, or None if it changes nothing; FleetError if it can't be made.

    `restored` is, for a rollback, the `bot.yaml` of the commit that it goes back to.
    """
    if intent.kind == "deploy":
        if before is not None:
            detail = f"is taken: {intent.bot} exists already; choose another name or change that bot"
            raise TakenNameError("The name is taken", [Problem("/name", detail)])
        return _changed(intent, None, _deployed(intent))
    if before is None:
        raise MissingBotError("There is no such bot", [Problem("", f"there is no bot {intent.bot}")])
    if intent.base_version is not None and intent.base_version != before.version:
        detail = "the bot has changed since you read it; read it again and repeat the change"
        raise StaleVersionError("The bot has changed meanwhile", [Problem("", detail)])
    if intent.kind == "delete":
        return Changed(None, dict.fromkeys(before.files()), _message(intent))
    return _changed(intent, before, _after(intent, before, restored))


def _deployed(intent: Intent) -> BotFolder:
    if intent.spec is None:
        raise RefusedError("The specification is missing", [Problem("/spec", "is missing")])
    return _checked(intent, bot_file.write(_named(intent.spec, intent.bot)), _secrets({}, intent))


def _after(intent: Intent, before: BotFolder, restored: bytes | None) -> BotFolder:
    if intent.kind == "rollback":
        if restored is None:
            detail = "must be a commit on main that has this bot; its history lists them"
            raise RefusedError("There is nothing to go back to", [Problem("/commit", detail)])
        return _checked(intent, restored, _secrets(before.secrets, intent))
    content = before.content
    if (wanted := _wanted(intent, before)) is not None:
        content = bot_file.edit(content, wanted)
    return _checked(intent, content, _secrets(before.secrets, intent))


def _wanted(intent: Intent, before: BotFolder) -> Mapping[str, Any] | None:
    """The whole specification that the intent asks for; None if it leaves that alone."""
    if intent.kind == "change":
        if intent.spec is not None:
            return _named(intent.spec, intent.bot)
        if intent.patch is None:
            return None
        patched: Mapping[str, Any] = merge_patch(_current(before), intent.patch)
        return patched
    current = _current(before)
    if intent.kind == "restart":
        return {**current, "restart": _instant(intent.at)}
    paused = intent.kind == "pause"
    return None if bool(current.get("paused")) == paused else {**current, "paused": paused}


def _named(spec: Mapping[str, Any], bot: BotId) -> dict[str, Any]:
    """The specification with its bot's name, where it leaves that out."""
    return {**spec, "name": spec.get("name", bot.name)}


def _current(before: BotFolder) -> dict[str, Any]:
    try:
        return bot_file.read(before.content)
    except SpecError as error:
        raise RefusedError.of(error) from error


def _secrets(stored: Mapping[str, bytes], intent: Intent) -> dict[str, bytes]:
    """The stored secrets with the given ones put in and the removed ones gone.

    Unnamed ones stay until removed.
    """
    after = {**stored, **intent.sealed}
    return {name: sealed for name, sealed in sorted(after.items()) if sealed is not None}


def _checked(intent: Intent, content: bytes, secrets: dict[str, bytes]) -> BotFolder:
    """The folder, if its specification is valid and every secret it names is there."""
    try:
        spec = parse_spec(bot_file.read(content), name=intent.bot.name)
    except SpecError as error:
        raise RefusedError.of(error) from error
    missing = list(missing_secrets(spec, secrets))
    if missing:
        raise RefusedError("A secret is missing", missing)
    return BotFolder(intent.bot, content, secrets)


def missing_secrets(spec: BotSpec, stored: Mapping[str, object]) -> list[Problem]:
    """A problem for each secret that the specification names and nobody has given."""
    return [
        Problem(place, f"names the secret {name}, which is not set; give its value under secrets")
        for place, name in spec.secrets()
        if name not in stored
    ]


def _changed(intent: Intent, before: BotFolder | None, after: BotFolder) -> Changed | None:
    old: Mapping[str, bytes] = before.files() if before else {}
    new = after.files()
    files: dict[str, bytes | None] = {path: new[path] for path in new if old.get(path) != new[path]}
    files |= dict.fromkeys(path for path in old if path not in new)
    return Changed(after, files, _message(intent)) if files else None


_SUBJECTS = {
    "deploy": "Deploy {}",
    "change": "Change {}",
    "delete": "Delete {}",
    "pause": "Pause {}",
    "resume": "Resume {}",
    "restart": "Restart {}",
    "rollback": "Roll {} back",
}


def _message(intent: Intent) -> str:
    subject = _SUBJECTS[intent.kind].format(intent.bot)
    if intent.kind == "rollback" and intent.commit:
        subject += f" to {intent.commit[:12]}"
    elif intent.kind == "change" and intent.spec is None and intent.patch is None:
        subject = f"Set secrets of {intent.bot}"
    return f"{subject}\n\nOperation: {intent.operation}\nBot: {intent.bot}\n"


def bulk_message(operation: str, intents: Sequence[Intent]) -> str:
    """The message of the one commit of a bulk operation."""
    counts = Counter(intent.kind for intent in intents)
    parts = [f"{_SUBJECTS[kind].format(_bots(count))}" for kind, count in counts.items()]
    subject = ", ".join([parts[0], *(part[0].lower() + part[1:] for part in parts[1:])])
    bots = "".join(f"Bot: {intent.bot}\n" for intent in intents)
    return f"{subject}\n\nOperation: {operation}\n{bots}"


def quota_message(request: QuotaChange) -> str:
    """The message of the commit that changes an owner's quota."""
    return f"Set the quota of {request.owner}\n\nOperation: {request.operation}\n"


def _bots(count: int) -> str:
    return "1 bot" if count == 1 else f"{count} bots"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
