"""Telegram as a place to play in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tests.journeys import simulated
from tests.journeys.person import Person, Scene
from tests.journeys.simulated import TelegramServer
from tests.journeys.whole_talk import SCENES
from tests.simulators.media import told
from tests.simulators.telegram.text import units

_FIRST, _GROUP = 4600, -4600


class InTelegram:
    """`Place` of one bot, which @BotFather has just made."""

    name = "telegram"
    scenes: frozenset[Scene] = SCENES

    def __init__(self, telegram: TelegramServer) -> None:
        self.bot = telegram.bot()
        self.channels: Mapping[str, Any] = {"telegram": {"token": {"secret": "TELEGRAM_TOKEN"}}}
        self.secrets: Mapping[str, str] = {"TELEGRAM_TOKEN": self.bot.token}
        telegram.ask("POST", "/groups", {"id": _GROUP})
        self._telegram = telegram

    def set_up(self, bot: str) -> None:
        pass  # The token is all it takes.

    def person(self, number: int) -> InChat:
        return InChat(self.bot.person(_FIRST + number))

    def group(self, count: int = 0, within: float = 30.0) -> list[str]:
        return _texts(self.bot.person(_FIRST).reads(count, within, chat=_GROUP))

    def grown(self, reader: Person) -> list[str]:
        calls = self._telegram.ask("GET", f"/bots/{self.bot.id}/calls?method=sendMessageDraft")
        drafts = [call["parameters"] for call in calls]
        return [str(each["text"]) for each in drafts if reader.id == f"telegram:{each['chat_id']}"]

    def check_long(self, said: Sequence[str]) -> None:
        assert len(said) > 2
        assert max(units(text) for text in said) <= 4096
        assert not [text for text in said if "```" in text or "**" in text], "Markdown is formatted"


class InChat:
    """`Person` in Telegram."""

    def __init__(self, there: simulated.Person) -> None:
        self._there = there
        self.id = f"telegram:{there.user}"

    def pair(self, link: str | None, code: str) -> None:
        found = re.fullmatch(
            rf"https://t\.me/{self._there.bot.username}\?start=([A-Za-z0-9_-]{{6,64}})", link or ""
        )
        assert found, link
        self.say(f"/start {found[1]}")

    def say(self, text: str) -> None:
        self._there.say(text)

    def command(self, name: str) -> None:
        self.say(f"/{name}")

    def send(self, content: bytes, caption: str = "") -> None:
        kind = "voice" if content.startswith(b"OggS") else "photo"
        assert told(content)
        self._there.send(content, kind, caption)

    def reads(self, count: int = 0, within: float = 30.0) -> list[str]:
        return _texts(self._there.reads(count, within))

    def mention(self, text: str) -> None:
        self._there.say(f"@{self._there.bot.username} {text}", group=_GROUP)

    def chatter(self, text: str) -> None:
        self._there.say(text, group=_GROUP)


def _texts(messages: Sequence[dict[str, Any]]) -> list[str]:
    return [str(message["text"]) for message in messages]
