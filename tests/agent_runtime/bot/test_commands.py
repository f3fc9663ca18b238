"""What people tell a bot instead of asking it."""

from __future__ import annotations

import asyncio

import pytest

from agent_runtime.bot import Answer
from agent_runtime.commands import FORGOTTEN, NOTHING_RUNS
from agent_runtime.mail import Mail
from agent_runtime.turn import STOPPED
from tests.agent_runtime.bot.conftest import PERSON, Make, Stage
from tests.simulators.fixtures import ModelServer

STRANGER = 6666


async def test_help_says_what_there_is(make: Make, model_server: ModelServer) -> None:
    stage = await make()
    await stage.ask("/help")
    (text,) = await stage.texts()
    assert "I know about parcels." in text
    assert all(command in text for command in ("/help", "/reset", "/stop", "/usage"))
    assert model_server.asked() == 0


async def test_reset_begins_a_new_conversation_and_hides_nothing_from_the_owner(make: Make) -> None:
    stage = await make(model="history")
    await stage.ask("My name is Ann.")
    answer = await stage.ask("/reset")
    assert (answer.text, answer.finish) == (FORGOTTEN, "reset")
    await stage.restart()
    await stage.ask("Who am I?")
    assert (await stage.texts())[-1] == "user: Who am I?"
    read = await stage.bot.call("conversations.read", {"conversation": f"telegram:{PERSON}"})
    said = [each["text"] for each in read["messages"] if each["role"] == "user"]
    assert said == ["My name is Ann.", "/reset", "Who am I?"]


async def _speaks(stage: Stage, mail: Mail) -> asyncio.Task[Answer]:
    """The bot's answer to a mail, under way."""
    heard = asyncio.Event()
    task = asyncio.create_task(stage.bot.answer(mail, lambda text: heard.set()))
    await asyncio.wait_for(heard.wait(), 5)
    return task


async def _interrupt(stage: Stage, stop: Mail) -> None:
    await stage.bot.interrupt(stop.conversation, stop.sender, stop.channel, stop.payload)


async def test_stop_ends_the_turn_that_runs(make: Make) -> None:
    stage = await make("trickle:5")
    running = await _speaks(stage, await stage.say("Tell me everything"))
    stop = await stage.say("/stop")
    await _interrupt(stage, stop)
    assert (await asyncio.wait_for(running, 5)).finish == "stopped"
    assert (await stage.answer(stop)).text == ""
    assert [text.endswith(STOPPED) for text in await stage.texts()] == [True]


async def test_stop_ends_a_turn_that_is_still_prepared(make: Make, model_server: ModelServer) -> None:
    stage = await make()
    await stage.person.fault(stage.token, "getFile", "slow", seconds=0.5)
    said = await stage.person.send_file(stage.token, PERSON, "parcels.txt", b"12 in Rome")
    preparing = asyncio.create_task(stage.answer(stage.received(said)))
    stop = await stage.say("/stop")
    await _interrupt(stage, stop)
    assert (await asyncio.wait_for(preparing, 5)).finish == "stopped"
    assert (await stage.answer(stop)).text == ""
    assert model_server.asked() == 0


async def test_stop_has_nothing_to_do_with_what_is_no_turn(make: Make) -> None:
    stage = await make()
    await stage.person.fault(stage.token, "sendMessage", "slow", seconds=0.5)
    helped = asyncio.create_task(stage.ask("/help"))
    stop = await stage.say("/stop")
    await _interrupt(stage, stop)
    await helped
    assert (await stage.answer(stop)).text == NOTHING_RUNS
    assert (await stage.ask("And now?")).finish == "complete"


async def test_stop_says_so_where_nothing_runs(make: Make) -> None:
    stage = await make()
    stop = await stage.say("/stop")
    await _interrupt(stage, stop)
    await stage.answer(stop)
    assert await stage.texts() == [NOTHING_RUNS]


@pytest.mark.parametrize(("text", "finish"), [("/stop@another_bot", "complete"), ("/stop@{bot}", "stopped")])
async def test_in_a_group_stop_is_for_the_bot_that_it_names(make: Make, text: str, finish: str) -> None:
    stage = await make("trickle:0.1", privacy=False)
    await stage.person.group(-1001)
    running = await _speaks(stage, await stage.say(f"@{stage.username} tell us everything", group=-1001))
    await _interrupt(stage, await stage.say(text.format(bot=stage.username), group=-1001))
    assert (await running).finish == finish


async def test_who_may_not_talk_stops_nothing(make: Make) -> None:
    stage = await make("trickle:0.1", access={"policy": "allowlist", "allow": [f"telegram:{PERSON}"]})
    await stage.person.group(-1001)
    mail = await stage.say(f"@{stage.username} tell us everything", group=-1001)
    running = await _speaks(stage, mail)
    await stage.bot.interrupt(mail.conversation, f"telegram:{STRANGER}")
    assert (await running).finish == "complete"


async def test_usage_counts_what_was_used(make: Make) -> None:
    stage = await make(budget={"turns_per_user_per_hour": 5})
    await stage.ask("one")
    await stage.ask("two")
    await stage.ask("/usage")
    text = (await stage.texts())[-1]
    assert "you had 2 answers" in text
    assert "3 more" in text


async def test_a_command_that_is_none_is_a_question(make: Make) -> None:
    stage = await make()
    await stage.ask("/weather in Rome")
    assert await stage.texts() == ["echo: /weather in Rome"]


async def test_an_edited_message_is_asked_anew(make: Make) -> None:
    stage = await make()
    await stage.ask("Where is my parcle?")
    await stage.ask("Where is my parcel?", edited=True)
    assert await stage.texts() == ["echo: Where is my parcle?", "echo: Where is my parcel?"]
