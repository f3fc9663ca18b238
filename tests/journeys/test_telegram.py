"""Somebody talks to a bot in Telegram."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from tests.journeys.api import step
from tests.journeys.in_telegram import InTelegram
from tests.journeys.processes import eventually, kill_worker
from tests.journeys.simulated import TelegramBot
from tests.journeys.talk import Talk, reply_under_way, uncertain
from tests.journeys.whole_talk import play
from tests.journeys.world import World
from tests.simulators.model.behaviours import LONG_MARKDOWN
from tests.simulators.telegram.text import units

TELEGRAM = {"telegram": {"token": {"secret": "TELEGRAM_TOKEN"}}}


def _deploy(botyard: World, name: str, model: str, **fields: Any) -> TelegramBot:
    telegram = botyard.telegram.bot()
    spec = botyard.spec(name, model, channels=TELEGRAM, **fields)
    operation = botyard.api.deploy(spec, {"TELEGRAM_TOKEN": telegram.token})
    assert step(operation, "connected")["state"] == "succeeded"
    return telegram


def _texts(messages: list[dict[str, Any]]) -> list[str]:
    return [str(message["text"]) for message in messages]


def test_a_person_pairs_asks_and_is_answered(botyard: World) -> None:
    telegram = _deploy(botyard, "paired", "echo", description="Knows about parcels")
    channel = botyard.api.read("/bots/admin.paired")["channels"]["telegram"]
    assert channel["state"] == "connected"
    assert telegram.username in str(channel["name"]) + str(channel["link"])

    path = f"/bots/{telegram.id}/calls?method=setMyDescription&count=1"
    (described,) = botyard.telegram.ask("GET", path)
    assert described["parameters"] == {"description": "Knows about parcels"}

    stranger = telegram.person(4711)
    stranger.say("Are you there?")
    refused = _texts(stranger.reads(1))
    assert refused, "somebody who may not talk is told so"
    assert "Are you there?" not in refused[0]

    link = botyard.api.read("/bots/admin.paired/access")["link"]
    found = re.fullmatch(rf"https://t\.me/{telegram.username}\?start=([A-Za-z0-9_-]{{6,64}})", link)
    assert found, link
    owner = telegram.person(4712)
    owner.say(f"/start {found[1]}")
    assert len(owner.reads(1)) == 1
    owner.say("Where is my parcel?")
    assert _texts(owner.reads(2))[1] == "echo: Where is my parcel?"
    access = botyard.api.read("/bots/admin.paired/access")
    assert [person["sender"] for person in access["people"]] == ["telegram:4712"]

    late = telegram.person(4713)
    late.say(f"/start {found[1]}")
    late.say("Me too?")
    eventually("the late one is told", lambda: len(late.reads()) >= 1)
    assert "echo: Me too?" not in _texts(late.reads()), "a code pairs one person"


@pytest.mark.timeout(240)
def test_the_whole_talk(botyard: World) -> None:
    play(botyard, InTelegram(botyard.telegram))


@pytest.mark.timeout(180)
def test_a_long_answer_arrives_whole_and_formatted(botyard: World) -> None:
    telegram = _deploy(botyard, "lengthy", "long-markdown", access={"policy": "open"})
    person = telegram.person(4720)
    person.say("Tell me everything")
    last = "That is the whole way."
    eventually("the end arrives", lambda: any(last in text for text in _texts(person.reads())), within=60)
    parts = person.reads()
    assert len(parts) > 2
    assert max(units(part["text"]) for part in parts) <= 4096
    text = "\n".join(_texts(parts))
    for n in range(1, 15):
        assert text.count(f"bold words {n} ") == 1
        assert text.count(f"def step_{n}(parcel: str) -> str:") == 1
        for line in range(12):
            assert text.count(f'print("line {line} of step {n}: <parcel> & co")') == 1
    places = [text.index(f"def step_{n}(") for n in range(1, 15)]
    assert places == sorted(places)
    entities = Counter(entity["type"] for part in parts for entity in part.get("entities", []))
    assert entities["pre"] >= LONG_MARKDOWN.count("```python")
    assert entities["bold"] >= 14
    assert entities["text_link"] == 1
    assert "**" not in text
    assert "```" not in text


def test_a_group_is_answered_when_it_asks(botyard: World) -> None:
    telegram = _deploy(botyard, "grouped", "echo", access={"policy": "open"})
    botyard.telegram.ask("POST", "/groups", {"id": -4740, "topics": [9]})
    ann, ben = telegram.person(4741), telegram.person(4742)
    ann.say("Has somebody seen my parcel?", group=-4740)
    asked = ben.say(f"@{telegram.username} where is it?", group=-4740, topic=9)
    (answer,) = ben.reads(1, chat=-4740)
    assert answer["text"] == "echo: Person 4742: where is it?"
    assert answer["message_thread_id"] == 9
    assert answer["reply_to_message"]["message_id"] == asked["message"]["message_id"]


def test_a_turn_is_stopped_and_a_conversation_reset(botyard: World) -> None:
    telegram = _deploy(botyard, "commanded", "trickle:0.4", access={"policy": "open"})
    person, probed = telegram.person(4750), len(botyard.models.requests("trickle:0.4"))
    person.say("Tell me more " * 100)
    eventually("the model is asked", lambda: len(botyard.models.requests("trickle:0.4")) > probed)
    person.say("/stop")
    (stopped,) = person.reads(1, within=10)
    assert stopped["text"].endswith("(Stopped.)")
    person.say("/reset")
    assert "new conversation" in _texts(person.reads(2))[1]
    person.say("/help")
    assert "/usage" in _texts(person.reads(3))[2]
    menu = botyard.telegram.ask("GET", f"/bots/{telegram.id}/calls?method=setMyCommands")
    assert [each["command"] for each in menu[-1]["parameters"]["commands"]] == [
        "help",
        "reset",
        "stop",
        "usage",
    ]


PEOPLE, EACH = 5, 10


@pytest.mark.timeout(300)
def test_fifty_messages_and_three_killed_workers(botyard: World) -> None:
    """None lost; none answered twice but sends recorded as uncertain, at most one a kill; order kept."""
    telegram = _deploy(
        botyard, "hardy", "slow:0.15", access={"policy": "open"}, budget={"turns_per_user_per_hour": 1000}
    )
    telegram.rates(chat_per_second=0, bot_per_second=0)
    talk = Talk(telegram, [telegram.person(4800 + n) for n in range(PEOPLE)], EACH)
    for number in range(EACH):
        talk.say(number)
    killed = []
    for moment in (_some_answers, _model_thinking, _reply_under_way):
        moment(botyard, talk)
        killed.append(kill_worker(botyard.home, "admin.hardy"))
    talk.settle()
    assert len(set(killed)) == 3
    doubled, recorded = talk.doubled(), uncertain(botyard.api, "admin.hardy")
    assert 1 <= doubled <= recorded <= 3, f"{doubled} answered twice, {recorded} recorded as uncertain"


def _some_answers(botyard: World, talk: Talk) -> None:
    talk.await_answers(talk.whole // 5)


def _model_thinking(botyard: World, talk: Talk) -> None:
    """A request has just reached the model, whose answer takes its time."""
    talk.await_answers(talk.whole * 2 // 5)
    before = len(botyard.models.requests("slow:0.15"))
    eventually("the model is asked", lambda: len(botyard.models.requests("slow:0.15")) > before)


def _reply_under_way(botyard: World, talk: Talk) -> None:
    """Telegram has a reply, and the worker does not know it yet: nobody could tell whether it arrived."""
    talk.await_answers(talk.whole * 3 // 5)
    reply_under_way(talk)
