"""Discord as a process of its own, and what a journey asks of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.journeys.processes import eventually
from tests.journeys.simulated import Simulator


@dataclass(frozen=True)
class DiscordBot:
    """A bot of the developer portal."""

    discord: DiscordServer
    id: str
    token: str
    username: str
    public_key: str

    def uses(self, user: int, command: str, channel: str | None = None, **options: str) -> dict[str, Any]:
        """Somebody gives a command: `{id, token, channel}`."""
        body = {
            "user": user,
            "command": command,
            "options": options,
            **({"channel": channel} if channel else {}),
        }
        return dict(self.discord.ask("POST", f"/bots/{self.id}/interact", body))

    def signed(self, body: str) -> dict[str, str]:
        """The headers with which Discord would send this just now."""
        made = self.discord.ask("POST", f"/bots/{self.id}/sign", {"body": body})
        return {"X-Signature-Ed25519": made["signature"], "X-Signature-Timestamp": made["stamp"]}

    def answered(self, given: dict[str, Any], within: float = 30.0) -> dict[str, Any]:
        """What a command was answered with, once that says something."""
        found: dict[str, Any] = {}

        def so() -> bool:
            each = self.interaction(given)
            found.update(each["message"] or {})
            return bool(found.get("content"))

        eventually(f"the command {given['id']} is answered", so, within)
        return found

    def promised(self, given: dict[str, Any], within: float = 30.0) -> dict[str, Any]:
        """How a command sent over HTTP was taken: `{status, body, seconds}`."""
        what = f"the command {given['id']} is taken"
        return dict(eventually(what, lambda: self.interaction(given)["http"], within))

    def interaction(self, given: dict[str, Any]) -> dict[str, Any]:
        """`{answered (seconds), type, ephemeral, message, http}` of a command."""
        all_of_them = self.discord.ask("GET", f"/bots/{self.id}/interactions")
        return next(dict(each) for each in all_of_them if each["id"] == given["id"])

    def sent(self, channel: str | None = None) -> list[dict[str, Any]]:
        """What it said as messages, as they read now."""
        query = f"?channel={channel}" if channel else ""
        return list(self.discord.ask("GET", f"/bots/{self.id}/sent{query}"))


class DiscordServer(Simulator):
    """Discord with its people; `BOTYARD_DISCORD_API_URL` is `api_url`."""

    def __init__(self) -> None:
        super().__init__("discord")

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/v10"

    def bot(self, username: str | None = None, **more: Any) -> DiscordBot:
        made = self.ask("POST", "/bots", {"username": username, **more})
        return DiscordBot(self, made["id"], made["token"], made["username"], made["public_key"])
