"""Replies get out once, whatever the platform and the worker do; what is in doubt is said to be."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from itertools import pairwise
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from agent_runtime.bot import DeliveryError, delivery
from agent_runtime.bot.purse import step_of
from agent_runtime.brains.policy import Said
from agent_runtime.channels.telegram import pace
from agent_runtime.store.ledger import Limits, PartState, Turn, TurnState, Used, open_ledger
from tests.agent_runtime.bot.conftest import PERSON, Make
from tests.simulators.fixtures import ModelServer


async def test_the_same_mail_is_answered_once(make: Make, model_server: ModelServer) -> None:
    stage = await make()
    mail = await stage.say("hello")
    first = await stage.answer(mail)
    await stage.restart()
    assert await stage.answer(mail) == first
    assert await stage.texts() == ["echo: hello"]
    assert model_server.asked() == 1


async def test_a_repeated_report_of_usage_has_the_same_id(make: Make) -> None:
    stage = await make()
    mail = await stage.say("hello")
    await stage.answer(mail)
    await stage.restart()
    await stage.answer(mail)
    reports = stage.reported("usage")
    assert len(reports) == 2
    assert len({report["id"] for report in reports}) == 1
    assert reports[0]["tokens_in"] > 0


async def test_a_worker_that_died_before_sending_leaves_the_reply_to_the_next(
    make: Make, model_server: ModelServer
) -> None:
    stage = await make("long-markdown")
    mail = await stage.say("hello")
    task = asyncio.create_task(stage.answer(mail))
    await stage.person.sent(stage.token, count=1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await stage.restart()
    await stage.answer(mail)
    sent = await stage.texts()
    assert len(set(sent)) > 2
    assert len(sent) - len(set(sent)) <= len(stage.reported("uncertain")) <= 1
    assert model_server.asked() == 1


async def test_a_part_found_while_it_was_sent_is_uncertain_and_sent_again(make: Make) -> None:
    stage = await make()
    mail = await stage.say("hello")
    await stage.person.fault(stage.token, "sendMessage", "slow", seconds=20, after_accept=True)
    task = asyncio.create_task(stage.answer(mail))
    await stage.person.sent(stage.token, count=1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await stage.restart()
    await stage.answer(mail)
    assert await stage.texts() == ["echo: hello"] * 2
    (report,) = stage.reported("uncertain")
    assert report["key"] == mail.key
    assert (await stage.stored(mail.key)).state is TurnState.DONE


async def test_a_doubt_is_recorded_before_the_part_is_sent_again(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the death of whoever records it would leave an answer sent twice and nothing to say so."""
    stage = await make()
    mail = await stage.say("hello")
    await stage.person.fault(stage.token, "sendMessage", "slow", seconds=20, after_accept=True)
    task = asyncio.create_task(stage.answer(mail))
    await stage.person.sent(stage.token, count=1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await stage.restart()
    recorded = asyncio.Event()
    monkeypatch.setattr(stage.bot._delivery, "_report", lambda kind, data: recorded.wait())
    again = asyncio.create_task(stage.answer(mail))
    done, _ = await asyncio.wait({again}, timeout=0.5)
    assert not done
    assert await stage.texts() == ["echo: hello"]
    recorded.set()
    await again
    assert await stage.texts() == ["echo: hello"] * 2


async def test_a_wait_that_telegram_asks_for_is_kept_to_the_second(make: Make) -> None:
    stage = await make()
    await stage.person.fault(stage.token, "sendMessage", "429", seconds=2)
    await stage.ask("hello")
    first, second = await stage.person.calls(stage.token, "sendMessage")
    assert (first["status"], second["status"]) == (429, 200)
    assert 2.0 <= second["at"] - first["at"] < 3.0
    assert stage.reported("uncertain") == []


async def test_messages_in_a_chat_keep_a_second_apart_and_other_chats_do_not_wait(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "CHAT_SECONDS", 1.0)
    stage = await make()
    started = time.monotonic()
    await asyncio.gather(*[stage.answer(await stage.say("hi", user)) for user in (PERSON, 1002, 1003)])
    assert time.monotonic() - started < 1.0
    await stage.ask("again")
    first, second = await stage.person.sent(stage.token, chat=PERSON)
    assert second["at"] - first["at"] >= 0.99


async def test_a_dropped_answer_of_telegram_is_uncertain_and_sent_again(make: Make) -> None:
    stage = await make()
    await stage.person.fault(stage.token, "sendMessage", "drop", after_accept=True)
    await stage.ask("hello")
    assert await stage.texts() == ["echo: hello"] * 2
    assert len(stage.reported("uncertain")) == 1


async def test_trouble_at_telegram_passes(make: Make) -> None:
    stage = await make()
    await stage.person.fault(stage.token, "sendMessage", "502")
    await stage.ask("hello")
    assert await stage.texts() == ["echo: hello"]


async def test_sends_never_overlap(make: Make) -> None:
    stage = await make()
    await stage.person.fault(stage.token, "sendMessage", "slow", seconds=0.2, times=5)
    mails = [await stage.say("hi", user=3000 + n) for n in range(5)]
    await asyncio.gather(*(stage.bot.answer(mail, lambda text: None) for mail in mails))
    times = [call["at"] for call in await stage.person.calls(stage.token, "sendMessage")]
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.19


async def test_refused_formatting_goes_out_plain(make: Make) -> None:
    stage = await make("long-markdown", max_output_tokens=100)
    await stage.person.fault(stage.token, "sendMessage", "entities")
    await stage.ask("hello")
    (message,) = await stage.person.sent(stage.token)
    assert "entities" not in message
    assert message["text"].startswith("How the parcel finds its way")


async def test_somebody_who_blocked_the_bot_is_left_alone(make: Make) -> None:
    stage = await make("long-markdown")
    mail = await stage.say("hello")
    await stage.person.block(stage.token, PERSON)
    await stage.answer(mail)
    assert (await stage.stored(mail.key)).state is TurnState.DONE
    assert len(await stage.person.calls(stage.token, "sendMessage")) == 1
    assert stage.reported("undelivered") == []


async def test_a_refused_token_keeps_the_reply_for_later(make: Make, model_server: ModelServer) -> None:
    stage = await make()
    mail = await stage.say("hello")
    await stage.person.revoke(stage.token)
    with pytest.raises(DeliveryError, match="refuses the bot's token") as caught:
        await stage.answer(mail)
    assert caught.value.for_revision
    stored = await stage.stored(mail.key)
    assert stored.state is TurnState.ANSWERED
    assert [part.state for part in stored.parts] == [PartState.READY]
    assert model_server.asked() == 1


async def test_a_reply_that_cannot_leave_for_long_goes_back_and_leaves_later(
    make: Make, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "PATIENCE_SECONDS", 1.0)
    stage = await make()
    mail = await stage.say("hello")
    await stage.person.fault(stage.token, "sendMessage", "502")
    with pytest.raises(DeliveryError, match="could not be sent") as caught:
        await stage.answer(mail)
    assert not caught.value.for_revision
    await stage.person.fault(stage.token, "sendMessage", "429", seconds=30)
    for _ in range(2):
        # Known to be refused for half a minute, it is not even tried the second time.
        with pytest.raises(DeliveryError, match="could not be sent"):
            await asyncio.wait_for(stage.answer(mail), 3)
    assert len(await stage.person.calls(stage.token, "sendMessage")) == 2
    await stage.restart()
    await stage.answer(mail)
    assert await stage.texts() == ["echo: hello"]
    assert model_server.asked() == 1


async def test_a_reply_whose_mail_was_given_up_goes_out_before_the_next(make: Make) -> None:
    stage = await make()
    mail = await stage.say("first")
    old = stage.token
    stage.token = await stage.person.revoke(old)
    with pytest.raises(DeliveryError):
        await stage.answer(mail)
    await stage.restart()
    await stage.person.rates(stage.token, chat_per_second=0)
    await stage.ask("second")
    assert await stage.texts() == ["echo: first", "echo: second"]


async def test_a_worker_that_died_between_model_and_reply_asks_no_model_again(
    make: Make, model_server: ModelServer
) -> None:
    stage = await make()
    mail = await stage.say("hello")
    ledger = open_ledger(stage.ledger)
    await ledger.turns.begin(Turn(mail.key, mail.conversation, "telegram", mail.sender, "hello", 1.0))
    reservation = await ledger.spend.reserve(mail.key, 1.0, 10, 0.0, Limits(1.0, 1000))
    assert isinstance(reservation, int)
    used = Used("echo", 5, 5, None)
    await ledger.spend.settle(reservation, used, step_of(Said("what was said", "complete", [used])))
    await ledger.aclose()
    answer = await stage.answer(mail)
    assert answer.text == "what was said"
    assert answer.usage["tokens_in"] == 5
    assert await stage.texts() == ["what was said"]
    assert model_server.asked() == 0


_WORKER = """
import asyncio, json, sys
from agent_runtime.bot import Bot
from agent_runtime.mail import Mail
from agent_runtime.settings import RuntimeSettings
from agent_runtime.spec import parse_spec
from agent_runtime.store.open import open_ledger_of

async def main():
    job = json.load(sys.stdin)
    settings = RuntimeSettings(**job["settings"])
    ledger = open_ledger_of(settings, "ann.support")
    report = lambda kind, data: print(json.dumps([kind, data]), flush=True)
    bot = Bot("ann.support", parse_spec(job["spec"]), job["secrets"], ledger, settings, report)
    for mail in job["mails"]:
        await bot.answer(Mail.from_dict(mail), lambda text: None)
        print(json.dumps(["answered", {"key": mail["key"]}]), flush=True)
    await bot.aclose()

asyncio.run(main())
"""


@pytest.mark.parametrize("backend", ["sqlite", "postgres"])
async def test_killed_again_and_again_nothing_is_lost_and_doubles_are_counted(
    backend: str, make: Make, model_server: ModelServer, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """A real worker process, killed -9 while it sends; its mail is handed in again each time."""
    stage = await make()
    texts = [f"question {n}" for n in range(6)]
    mails = [(await stage.say(text, user=4000 + n)).to_dict() for n, text in enumerate(texts)]
    model = {
        "provider": "openai-compatible",
        "base_url": model_server.base_url,
        "name": "slow:0.05",
        "key": {"secret": "KEY"},
    }
    spec = {
        "version": 1,
        "name": "support",
        "instructions": "Be kind.",
        "model": model,
        "channels": {"telegram": {"token": {"secret": "TOKEN"}}},
        "access": {"policy": "open"},
    }
    secrets = {"TOKEN": stage.token, "KEY": "sk-x"}
    database = request.getfixturevalue("postgres_url") if backend == "postgres" else None
    where = {"home": str(tmp_path), "telegram_api_url": stage.person.url, "database_url": database}
    job: dict[str, Any] = {"settings": where, "spec": spec, "secrets": secrets, "mails": mails}
    lines: list[str] = []
    kills = 0
    for wanted in (2, 4, None):
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", _WORKER, stdin=PIPE, stdout=PIPE)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(job).encode())
        process.stdin.close()
        if wanted is not None:
            await stage.person.sent(stage.token, count=wanted, timeout=20)
            os.kill(process.pid, signal.SIGKILL)
            kills += 1
        lines += (await process.stdout.read()).decode().splitlines()
        code = await process.wait()
    assert code == 0
    sent = [message["text"] for message in await stage.person.sent(stage.token)]
    assert set(sent) == {f"echo: {text}" for text in texts}
    uncertain = sum(line.startswith('["uncertain"') for line in lines)
    assert len(sent) - len(texts) <= uncertain <= kills
