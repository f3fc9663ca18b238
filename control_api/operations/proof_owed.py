"""Whether a commit calls for the proof turn: it changed instructions, model or key, or starts the bot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent_runtime.spec import BotId, SpecError
from agent_runtime.spec.owner import with_defaults
from gitops import bot_file, layout
from gitops.objects import Objects
from gitops.owner_file import settings_of
from gitops.tree import CommitTree


async def needs_proof(objects: Objects, bot: BotId, before: str | None, after: str) -> bool:
    """Compares what the bot says at two commits on `main`."""
    new = await _voice(objects, bot, after)
    return before is None or new != await _voice(objects, bot, before)


async def _voice(objects: Objects, bot: BotId, commit: str) -> dict[str, Any] | None:
    content = await objects.read(commit, layout.bot_path(bot))
    if content is None:
        return None
    try:
        data = bot_file.read(content)
        settings = await settings_of(CommitTree(objects, commit), bot.owner)
        data = with_defaults(data, settings.defaults)
    except SpecError:
        return None
    return {
        "instructions": data.get("instructions"),
        "model": data.get("model"),
        "environment": data.get("environment"),
        "restart": data.get("restart"),
        "paused": bool(data.get("paused")),
        "keys": [await _sealed(objects, bot, commit, name) for name in _keys(data)],
    }


def _keys(data: Mapping[str, Any]) -> list[str]:
    model = data.get("model")
    if not isinstance(model, Mapping):
        return []
    fallbacks = model.get("fallbacks") or []
    models = [model, *(fallbacks if isinstance(fallbacks, list) else [])]
    keys = [each.get("key") for each in models if isinstance(each, Mapping)]
    return [str(key["secret"]) for key in keys if isinstance(key, Mapping) and "secret" in key]


async def _sealed(objects: Objects, bot: BotId, commit: str, name: str) -> str | None:
    entry = await objects.entry(commit, layout.secret_path(bot, name))
    return entry.oid if entry else None
