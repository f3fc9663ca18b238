"""Discord as a place to play in: a bot that holds the gateway, its direct messages and one of its servers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.journeys.discord import DiscordBot, DiscordServer
from tests.journeys.person import Person, Scene
from tests.journeys.whole_talk import SCENES
from tests.simulators.media import told

_FIRST = 4700


class InDiscord:
    """`Place` of one bot, which the developer portal has just made."""

    name = "discord"
    scenes: frozenset[Scene] = SCENES

    def __init__(self, discord: DiscordServer) -> None:
        self.bot = discord.bot()
        self.channels: Mapping[str, Any] = {"discord": {"token": {"secret": "DISCORD_TOKEN"}}}
        self.secrets: Mapping[str, str] = {"DISCORD_TOKEN": self.bot.token}
        self._discord = discord
        self._channel = str(discord.ask("POST", "/guilds", {"bots": [self.bot.id]})["channel"])

    def set_up(self, bot: str) -> None:
        pass  # The token is all it takes.

    def person(self, number: int) -> InDirectMessages:
        return InDirectMessages(self._discord, self.bot, _FIRST + number, self._channel)

    def group(self, count: int = 0, within: float = 30.0) -> list[str]:
        return _texts(self._discord, self.bot, self._channel, count, within)

    def grown(self, reader: Person) -> list[str]:
        """By edits of the message that the answer grows in."""
        assert isinstance(reader, InDirectMessages)
        calls = self._discord.ask("GET", f"/bots/{self.bot.id}/calls")
        theirs = f"/channels/{reader.channel}/messages/"
        edits = [each for each in calls if each["method"] == "PATCH" and each["path"].startswith(theirs)]
        return [str(each["body"]["content"]) for each in edits]

    def check_long(self, said: Sequence[str]) -> None:
        assert len(said) > 2
        assert max(len(text.encode("utf-16-le")) // 2 for text in said) <= 2000
        assert not [text for text in said if text.count("```") % 2], (
            "a block of code is whole in each message"
        )


class InDirectMessages:
    """`Person` on Discord."""

    def __init__(self, discord: DiscordServer, bot: DiscordBot, user: int, channel: str) -> None:
        self._discord, self._bot, self._user, self._server_channel = discord, bot, user, channel
        self.id = f"discord:{user}"

    @property
    def channel(self) -> str:
        """Of the talk with the bot alone."""
        return str(self._discord.ask("POST", f"/bots/{self._bot.id}/chat", {"user": self._user})["channel"])

    def pair(self, link: str | None, code: str) -> None:
        self._bot.uses(self._user, "start", code=code)

    def say(self, text: str) -> None:
        self._say(text)

    def command(self, name: str) -> None:
        self._bot.uses(self._user, name)

    def send(self, content: bytes, caption: str = "") -> None:
        what = told(content)
        kind, name = ("audio/ogg", "voice.ogg") if content.startswith(b"OggS") else ("image/png", "photo.png")
        assert what
        answer = self._discord.http.post(
            "/_sim/files", params={"name": name}, content=content, headers={"content-type": kind}
        )
        self._say(caption, files=[answer.json()])

    def reads(self, count: int = 0, within: float = 30.0) -> list[str]:
        return _texts(self._discord, self._bot, self.channel, count, within)

    def mention(self, text: str) -> None:
        self._say(f"<@{self._bot.id}> {text}", channel=self._server_channel)

    def chatter(self, text: str) -> None:
        self._say(text, channel=self._server_channel)

    def _say(self, text: str, **more: Any) -> None:
        self._discord.ask("POST", "/say", {"bot": self._bot.id, "user": self._user, "text": text, **more})


def _texts(discord: DiscordServer, bot: DiscordBot, channel: str, count: int, within: float) -> list[str]:
    query = f"channel={channel}&count={count}&timeout={within}"
    sent = discord.ask("GET", f"/bots/{bot.id}/sent?{query}")
    return [str(each["content"]) for each in sent if each["content"] and not each.get("deleted")]
