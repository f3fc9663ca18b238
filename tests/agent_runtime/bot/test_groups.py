"""In groups and topics: answered when it is meant, quiet otherwise, each topic a conversation."""

from __future__ import annotations

from typing import Any

import pytest

from agent_runtime import access
from agent_runtime.mail import MailWaitsError
from tests.agent_runtime.bot.conftest import PERSON, Make, Stage
from tests.simulators.fixtures import ModelServer
from tests.simulators.telegram.client import Telegram

GROUP, TOPIC = -1001, 77
OTHER, OTHER_GROUP = 2002, -100_1001


@pytest.fixture(autouse=True)
async def group(telegram: Telegram) -> None:
    await telegram.group(GROUP, "Parcels", topics=[TOPIC, TOPIC + 1])


async def _in_group(stage: Stage, text: str, user: int = PERSON, **more: Any) -> Any:
    return await stage.ask(text, user, group=GROUP, **more)


async def _sent(stage: Stage) -> list[dict[str, Any]]:
    return list(await stage.person.sent(stage.token, chat=GROUP))


async def test_a_mention_is_answered_as_a_reply_to_it(make: Make) -> None:
    stage = await make()
    said = await stage.say(f"@{stage.username} where is my parcel?", name="Ann", group=GROUP)
    await stage.answer(said)
    (answer,) = await _sent(stage)
    assert answer["text"] == "echo: Ann: where is my parcel?"
    assert answer["reply_to_message"]["message_id"] == 1


async def test_an_answer_to_the_bot_and_its_commands_are_for_it(make: Make) -> None:
    stage = await make()
    await _in_group(stage, f"/help@{stage.username}", name="Ann")
    (helped,) = await _sent(stage)
    assert "/reset" in helped["text"]
    await _in_group(stage, "and now?", reply_to=helped)
    assert (await _sent(stage))[1]["text"] == "echo: Ann: and now?"


@pytest.mark.parametrize(
    "text",
    [
        "/help@another_bot",
        "/weather in Rome",
        "@somebody_else hello",
        "mail me at ann@{bot}.example or @x{bot}",
    ],
)
async def test_what_is_meant_for_others_is_left_to_them(
    make: Make, model_server: ModelServer, text: str
) -> None:
    stage = await make(privacy=False)
    answer = await _in_group(stage, text.format(bot=stage.username))
    assert (answer.text, await _sent(stage), model_server.asked()) == ("", [], 0)


async def test_what_is_asked_about_is_quoted(make: Make) -> None:
    stage = await make()
    told = (await stage.person.say(stage.token, OTHER, "It is in Rome.", name="Bob", group=GROUP))["message"]
    await _in_group(stage, f"@{stage.username} is that true?", name="Ann", reply_to=told)
    assert (await _sent(stage))[0]["text"].endswith("Ann: is that true?")
    assert "It is in Rome." in (await _sent(stage))[0]["text"]


async def test_the_marked_part_of_the_bots_own_words_is_quoted(make: Make) -> None:
    stage = await make()
    await _in_group(stage, f"@{stage.username} one. two. three.", name="Ann")
    (said,) = await _sent(stage)
    content = {"text": "Why that?", "quote": {"text": "two.", "position": 10}}
    await _in_group(stage, "", name="Ann", content=content, reply_to=said)
    assert (await _sent(stage))[1]["text"].split("\n\n") == ["echo: > two.", "Ann: Why that?"]


async def test_an_answer_follows_a_group_that_has_become_a_supergroup(make: Make) -> None:
    stage = await make()
    asked = await stage.say(f"@{stage.username} hello", name="Ann", group=GROUP)
    await stage.person.group(GROUP, migrated_to=OTHER_GROUP)
    await stage.person.group(OTHER_GROUP)
    await stage.answer(asked)
    assert await _sent(stage) == []
    (answer,) = await stage.person.sent(stage.token, chat=OTHER_GROUP)
    assert answer["text"] == "echo: Ann: hello"


async def test_each_topic_is_a_conversation(make: Make) -> None:
    stage = await make(model="history")
    for topic in (TOPIC, TOPIC + 1, TOPIC):
        answer = await _in_group(stage, f"@{stage.username} hello {topic}", name="Ann", topic=topic)
        assert answer.conversation == f"telegram:{GROUP}:{topic}"
    sent = await _sent(stage)
    assert [each["message_thread_id"] for each in sent] == [TOPIC, TOPIC + 1, TOPIC]
    assert [each["text"].count("hello") for each in sent] == [1, 1, 3], "nothing of the other topic"


async def test_a_refusal_is_said_once(make: Make) -> None:
    stage = await make(access={"policy": "pairing"})
    await stage.pair()
    for _ in range(3):
        await _in_group(stage, f"@{stage.username} hello", OTHER)
    assert [each["text"] for each in await _sent(stage)] == [access.ASKED]


@pytest.mark.parametrize("policy", ["pairing", "allowlist"])
async def test_a_whole_group_may_be_let_in(make: Make, policy: str) -> None:
    allow = {"allow": [f"telegram:{GROUP}"]} if policy == "allowlist" else {}
    stage = await make(access={"policy": policy, **allow})
    if policy == "pairing":
        await stage.pair()
        await stage.bot.call("access.approve", {"sender": f"telegram:{GROUP}", "name": "Parcels"})
    await _in_group(stage, f"@{stage.username} hello", OTHER, name="Bob", topic=TOPIC)
    assert (await _sent(stage))[-1]["text"] == "echo: Bob: hello"
    await stage.ask("hello", OTHER)
    assert (await stage.texts(OTHER))[-1] in (access.ASKED, access.NOT_LISTED)


async def test_who_it_is_is_asked_again_where_telegram_was_silent(make: Make) -> None:
    stage = await make()
    mail = await stage.say(f"@{stage.username} hello", name="Ann", group=GROUP)
    await stage.person.fault(stage.token, "getMe", "drop")
    with pytest.raises(MailWaitsError):
        await stage.answer(mail)
    await stage.answer(mail)
    assert [each["text"] for each in await _sent(stage)] == ["echo: Ann: hello"]


async def test_a_group_gets_twenty_messages_a_minute(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    stage = await make(access={"policy": "open"})
    outbound = stage.bot._outbounds["telegram"]
    await _in_group(stage, f"@{stage.username} hello")
    assert 2.5 < outbound.pause({"chat_id": GROUP}) <= 3.0
    assert outbound.pause({"chat_id": PERSON}) < 0.1
