"""What people are called, which events do not say: https://docs.slack.dev/reference/methods/users.info."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent_runtime.channels.calls import UnreachableError
from agent_runtime.channels.slack.api import SlackApi, SlackError

_MOST_KNOWN = 1000
_WITHIN = 5.0


class People:
    """Asks Slack once for each person. Without the scope users:read nobody has a name, and all goes on."""

    def __init__(self, api: SlackApi) -> None:
        self._api = api
        self._names: dict[str, str] = {}

    async def name(self, payload: Mapping[str, Any]) -> str:
        """Of whoever an event is by; empty where Slack does not say so."""
        event = payload.get("event")
        user = event.get("user") if isinstance(event, Mapping) else None
        if not isinstance(user, str):
            return ""
        if user not in self._names:
            try:
                self._keep(user, await self._ask(user))
            except UnreachableError:
                return ""
            except SlackError as error:
                if error.retry_after is not None or error.in_doubt:
                    return ""
                self._keep(user, "")
        return self._names[user]

    async def _ask(self, user: str) -> str:
        # This method takes a form alone, as all that only read do.
        found = (await self._api.form("users.info", _WITHIN, user=user)).get("user")
        found = found if isinstance(found, Mapping) else {}
        profile = found.get("profile")
        names = (
            [profile.get("display_name"), profile.get("real_name")] if isinstance(profile, Mapping) else []
        )
        return next((name for name in (*names, found.get("name")) if isinstance(name, str) and name), "")

    def _keep(self, user: str, name: str) -> None:
        self._names[user] = name
        if len(self._names) > _MOST_KNOWN:
            del self._names[next(iter(self._names))]
