"""What a platform says of a token, before a deploy commits anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from control_api.cli.failure import CommandError
from control_api.cli.output import note
from control_api.cli.refusal import RefusedError

if TYPE_CHECKING:
    from control_api.cli.client import Client

_UNAVAILABLE = 503


def check_tokens(client: Client, spec: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
    """Tell how a Discord bot is invited, and what its owner has not turned on.

    Only of a token that is given just now: one that was set before can't be read. CommandError for one that
    Discord does not know; where Discord does not answer, the deploy goes on.
    """
    discord = _of(_of(spec, "channels"), "discord")
    token = secrets.get(str(_of(discord, "token").get("secret")))
    if token is None:
        return
    try:
        found = client.write("POST", "/checks/discord", {"token": token})
    except RefusedError as refusal:
        if refusal.status != _UNAVAILABLE:
            raise
        note("Discord could not be asked about the token; it does not answer just now.")
        return
    if not found.get("ok"):
        raise CommandError(str(found.get("reason")), hint=str(found.get("next_step") or "") or None)
    note(f"Discord knows this token: it is {found.get('name')}'s. Invite the bot to a server:")
    note(f"  {found.get('link')}")
    if found.get("reason") and (discord.get("mode") != "interactions" or not found.get("missing_intents")):
        note(f"{found['reason']} {found.get('next_step') or ''}".rstrip())


def _of(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = data.get(key)
    return found if isinstance(found, Mapping) else {}
