"""Many people talking to one bot in Telegram, and what must hold of the answers whatever dies meanwhile."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from tests.journeys.api import Api
from tests.journeys.processes import eventually
from tests.journeys.simulated import Person, TelegramBot


def message(number: int) -> str:
    """What everybody says as their message of this number; the bot echoes it."""
    return f"m{number:02}"


@dataclass(frozen=True)
class Talk:
    """`people` who say `each` messages apiece, in order, to a bot whose model echoes."""

    bot: TelegramBot
    people: Sequence[Person]
    each: int

    @property
    def whole(self) -> int:
        """All messages of all people."""
        return len(self.people) * self.each

    def say(self, number: int) -> None:
        """Everybody says their message of this number."""
        for person in self.people:
            person.say(message(number))

    def answers(self) -> int:
        """How many messages have been answered so far."""
        return sum(len(set(texts(person))) for person in self.people)

    def await_answers(self, count: int, within: float = 90) -> None:
        eventually(f"{count} answers", lambda: self.answers() >= count, within)

    def settle(self, within: float = 120) -> None:
        """Every message is answered, and the platform has nothing left to hand out."""
        wanted = {f"echo: {message(number)}" for number in range(self.each)}
        eventually(
            "every message is answered", lambda: all(wanted <= set(texts(p)) for p in self.people), within
        )
        pending = f"/bots/{self.bot.id}/pending"
        eventually("nothing is pending", lambda: not self.bot.telegram.ask("GET", pending))

    def doubled(self) -> int:
        """How many answers came twice; fails where one is missing or out of order."""
        return sum(self._doubled(person) for person in self.people)

    def _doubled(self, person: Person) -> int:
        said = texts(person)
        assert list(dict.fromkeys(said)) == [f"echo: {message(number)}" for number in range(self.each)]
        # A repeated answer stands right after its first one: nothing overtakes it.
        repeats = [text for text, before in zip(said[1:], said, strict=False) if text == before]
        assert len(said) == self.each + len(repeats), said
        return len(repeats)


def texts(person: Person) -> list[str]:
    """What somebody has been told, in order."""
    return [str(each["text"]) for each in person.reads()]


def reply_under_way(talk: Talk) -> None:
    """Wait until Telegram has a reply and does not say so: nobody could tell whether it arrived."""
    talk.bot.fault("sendMessage", "slow", seconds=30, after_accept=True)
    before = sum(len(person.reads()) for person in talk.people)
    eventually("a reply arrived", lambda: sum(len(person.reads()) for person in talk.people) > before)


def uncertain(api: Api, bot: str) -> int:
    """Sends that the bot's log records as uncertain."""
    with api.http.sse(f"/bots/{bot}/logs", params={"follow": "false"}) as source:
        return sum(json.loads(event.data)["event"] == "send_uncertain" for event in source)
