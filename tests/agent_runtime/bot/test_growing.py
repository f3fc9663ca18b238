"""In a group an answer is read while it grows: in one message, edited about once a second, whatever dies."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from tests.agent_runtime.bot.conftest import Make, Stage
from tests.simulators.telegram.client import Telegram

GROUP = -1001
QUESTION = "one two three four five six seven eight nine ten"


@pytest.fixture(autouse=True)
async def group(telegram: Telegram) -> None:
    await telegram.group(GROUP)


async def _asked(stage: Stage) -> Any:
    return await stage.say(f"@{stage.username} {QUESTION}", name="Ann", group=GROUP)


async def _sent(stage: Stage, count: int = 0) -> list[dict[str, Any]]:
    return list(await stage.person.sent(stage.token, chat=GROUP, count=count))


async def test_it_grows_in_one_message(make: Make) -> None:
    stage = await make("trickle:0.3")
    await stage.person.rates(stage.token, group_per_minute=20, chat_per_second=1, chat_burst=1)
    task = asyncio.create_task(stage.answer(await _asked(stage)))
    (begun,) = await _sent(stage, count=1)
    assert begun["text"] in f"echo: Ann: {QUESTION}"
    assert begun["reply_to_message"]["message_id"] == 1
    await task
    (whole,) = await _sent(stage)
    assert whole["text"] == f"echo: Ann: {QUESTION}"
    assert whole["message_id"] == begun["message_id"]
    edits = await stage.person.calls(stage.token, "editMessageText")
    assert len(edits) >= 2
    assert {edit["status"] for edit in edits} == {200}
    assert min(after["at"] - before["at"] for before, after in pairwise(edits)) > 0.9


async def test_a_quick_answer_is_one_message_and_no_edit(make: Make) -> None:
    stage = await make()
    await stage.answer(await _asked(stage))
    assert [each["text"] for each in await _sent(stage)] == [f"echo: Ann: {QUESTION}"]
    assert await stage.person.calls(stage.token, "editMessageText") == []


async def test_the_next_worker_goes_on_in_the_same_message(make: Make) -> None:
    stage = await make("trickle:0.3")
    mail = await _asked(stage)
    task = asyncio.create_task(stage.answer(mail))
    await _sent(stage, count=1)
    await stage.person.calls(stage.token, "editMessageText", count=1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await stage.restart()
    await stage.answer(mail)
    assert [each["text"] for each in await _sent(stage)] == [f"echo: Ann: {QUESTION}"]


async def test_what_was_deleted_meanwhile_comes_as_a_new_message(make: Make) -> None:
    stage = await make("trickle:0.3")
    task = asyncio.create_task(stage.answer(await _asked(stage)))
    (begun,) = await _sent(stage, count=1)
    await stage.person.delete(stage.token, GROUP, begun["message_id"])
    await task
    (whole,) = await _sent(stage)
    assert whole["text"] == f"echo: Ann: {QUESTION}"
    assert whole["message_id"] != begun["message_id"]
    assert whole["reply_to_message"]["message_id"] == 1


async def test_a_long_answer_begins_in_it_and_goes_on_behind_it(make: Make) -> None:
    stage = await make("trickle:0.0002")
    words = " ".join(f"word{n}" for n in range(1200))
    await stage.answer(await stage.say(f"@{stage.username} {words}", name="Ann", group=GROUP))
    said = " ".join(each["text"].strip() for each in await _sent(stage))
    assert said.split() == f"echo: Ann: {words}".split()
