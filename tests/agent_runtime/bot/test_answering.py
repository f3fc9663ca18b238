"""What a person sees: answers, whole and formatted, once, in every channel."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from agent_runtime import turn
from agent_runtime.access import UNPAIRED
from tests.agent_runtime.bot.conftest import PERSON, Make
from tests.simulators.fixtures import ModelServer
from tests.simulators.model.behaviours import LONG_MARKDOWN, Behaviour


async def test_a_question_in_telegram_is_answered(make: Make) -> None:
    stage = await make()
    answer = await stage.ask("Where is my parcel?")
    assert await stage.texts() == ["echo: Where is my parcel?"]
    assert answer.text == "echo: Where is my parcel?"
    assert answer.usage["model"] == "echo"
    assert answer.usage["tokens_out"] > 0


async def test_a_question_on_the_page_streams_and_sends_nothing(make: Make) -> None:
    stage = await make()
    answer = await stage.chat("Where is my parcel?")
    assert "".join(stage.heard) == answer.text == "echo: Where is my parcel?"
    assert len(stage.heard) > 1
    assert answer.conversation == "web:c1"
    assert await stage.person.sent(stage.token) == []


async def test_the_conversation_is_remembered_and_no_other(make: Make) -> None:
    stage = await make("history")
    await stage.ask("one")
    await stage.ask("other person", user=1002)
    assert (await stage.ask("two")).text == "user: one | assistant: user: one | user: two"
    await stage.restart()
    assert "user: one" in (await stage.ask("three")).text


async def test_memory_is_bounded_by_turns(make: Make) -> None:
    stage = await make("history", memory={"turns": 1})
    for text in ("one", "two"):
        await stage.chat(text)
    assert (await stage.chat("three")).text.startswith("user: two | assistant: ")
    assert "one" not in (await stage.chat("four")).text.split(" | ")[0]


async def test_no_memory_at_all(make: Make) -> None:
    stage = await make("history", memory={"turns": 0})
    await stage.chat("one")
    assert (await stage.chat("two")).text == "user: two"


async def test_instructions_reach_the_model_as_they_are(make: Make) -> None:
    instructions = "Say {{ .Values.x }} and ${GIT_TOKEN}; {0} %s\n---\n1e3 \u2028 \U0001f4e6"
    stage = await make("instructions", instructions=instructions)
    assert (await stage.chat("hello")).text == instructions


async def test_a_long_answer_arrives_whole_and_formatted(make: Make) -> None:
    stage = await make("long-markdown")
    await stage.ask("Tell me all")
    sent = await stage.person.sent(stage.token)
    assert len(sent) > 2
    whole = "\n".join(message["text"] for message in sent)
    for n in range(1, 15):
        assert f"Paragraph {n} with bold words {n}" in whole
        assert whole.count(f'print("line 11 of step {n}: <parcel> & co")') == 1
    kinds = {entity["type"] for message in sent for entity in message.get("entities", [])}
    assert {"bold", "italic", "code", "pre", "text_link"} <= kinds
    assert [message["message_id"] for message in sent] == sorted(message["message_id"] for message in sent)


async def test_the_whole_markdown_is_what_is_remembered(make: Make) -> None:
    stage = await make("long-markdown")
    assert (await stage.chat("Tell me all")).text == LONG_MARKDOWN.rstrip()


async def test_typing_is_shown_while_the_model_works(make: Make) -> None:
    stage = await make("slow:0.3")
    await stage.ask("hello")
    actions = await stage.person.actions(stage.token)
    assert {(one["chat_id"], one["action"]) for one in actions} == {(PERSON, "typing")}


async def test_an_answer_that_takes_long_is_read_as_it_grows(make: Make) -> None:
    stage = await make("trickle:0.3")
    answer = await stage.ask("one **two** three four five six seven")
    drafts = [each["parameters"] for each in await stage.person.calls(stage.token, "sendMessageDraft")]
    assert len(drafts) >= 2
    assert len({each["draft_id"] for each in drafts}) == 1
    plain = answer.text.replace("**", "")
    assert all(plain.startswith(each["text"].rstrip("* ")) for each in drafts)
    assert len(drafts[0]["text"]) < len(drafts[-1]["text"])
    assert await stage.texts() == [plain]


async def test_a_server_without_drafts_shows_typing(make: Make) -> None:
    stage = await make("trickle:0.3")
    await stage.person.fault(stage.token, "sendMessageDraft", "entities")
    await stage.ask("one two three four five six seven")
    assert len(await stage.person.calls(stage.token, "sendMessageDraft")) == 1
    assert len(await stage.texts()) == 1


async def test_typing_that_fails_keeps_no_answer_back(make: Make) -> None:
    stage = await make("slow:0.3")
    await stage.person.fault(stage.token, "sendChatAction", "500", times=5)
    await stage.ask("hello")
    assert await stage.texts() == ["echo: hello"]


async def test_what_is_answered_in_private_is_quoted(make: Make) -> None:
    stage = await make("history")
    await stage.ask("one")
    (said,) = await stage.person.sent(stage.token)
    await stage.ask("Why that?", reply_to=said)
    assert (await stage.texts())[-1].endswith(f"user: > {said['text']}\n\nWhy that?")


async def test_what_it_does_not_take_gets_one_honest_sentence(make: Make, model_server: ModelServer) -> None:
    stage = await make()
    await stage.ask("", content={"video": {"file_id": "x"}})
    await stage.ask("", content={"sticker": {"file_id": "x"}})
    await stage.ask("", content={"something_new": 1})
    texts = await stage.texts()
    assert "a video" in texts[0]
    assert "a sticker" in texts[1]
    assert "I do not know" in texts[2]
    assert model_server.asked() == 0


async def test_half_a_surrogate_pair_is_answered(make: Make) -> None:
    stage = await make()
    mail = await stage.say("hello")
    half = replace(mail, payload=mail.payload.replace("hello", "a\\ud83db"))
    assert (await stage.answer(half)).text == "echo: a?b"


async def test_an_answer_that_broke_off_says_so_once(make: Make) -> None:
    stage = await make("cut:3")
    answer = await stage.ask("hello")
    assert answer.finish == "partial"
    assert await stage.texts() == [f"one two three\n\n{turn.CUT_OFF}"]
    assert "".join(stage.heard).split() == answer.text.split()
    assert stage.reported("model")[0]["reason"].endswith("broke off.")


async def test_an_answer_that_broke_off_in_code_ends_its_code(make: Make, model_server: ModelServer) -> None:
    stage = await make("m")
    model_server.inside.script("m", Behaviour(text="Look:\n\n```python\nprint(1)\n", finish="length"))
    answer = await stage.ask("hello")
    (message,) = await stage.person.sent(stage.token)
    assert answer.text.endswith(f"print(1)\n```\n\n{turn.TOO_LONG}")
    (code,) = [entity for entity in message["entities"] if entity["type"] == "pre"]
    assert code["offset"] + code["length"] < len(message["text"]) - len(turn.TOO_LONG)


async def test_when_all_models_fail_there_is_one_honest_sentence(make: Make) -> None:
    stage = await make("unauthorized", fallbacks=["out-of-quota"])
    answer = await stage.ask("hello")
    assert await stage.texts() == [turn.FAILED]
    assert answer.finish == "failed"
    (report,) = stage.reported("model")
    assert "no credit" in report["reason"]
    assert report["next_step"]
    assert report["answered"] is False
    assert (await stage.chat("again", "web:c1")).text == turn.FAILED


async def test_a_failed_turn_is_not_remembered(make: Make, model_server: ModelServer) -> None:
    stage = await make("history")
    model_server.inside.script("history", *[Behaviour(status=400)])
    await stage.chat("one")
    assert (await stage.chat("two")).text == "user: two"


async def test_a_fallback_answers_and_the_owner_hears_why(make: Make) -> None:
    stage = await make("unauthorized", fallbacks=["echo"])
    answer = await stage.ask("hello")
    assert await stage.texts() == ["echo: hello"]
    assert answer.usage["model"] == "echo"
    assert stage.reported("model")[0]["answered"] is True


async def test_an_empty_or_withheld_answer_is_a_sentence_too(make: Make) -> None:
    assert (await (await make("empty")).ask("hello")).text == turn.NOTHING
    assert (await (await make("filtered")).ask("hello")).text == turn.FILTERED


async def test_a_model_with_a_short_memory_gets_less_of_the_conversation(
    make: Make, model_server: ModelServer
) -> None:
    stage = await make("history")
    for n in range(4):
        await stage.chat(str(n))
    too_long = Behaviour(status=400, code="context_length_exceeded")
    model_server.inside.script("history", too_long, too_long)
    answer = await stage.chat("last")
    assert answer.finish == "complete"
    assert answer.text.startswith("user: 3 | ")


async def test_conversations_are_answered_side_by_side(make: Make) -> None:
    stage = await make("slow:0.5")
    mails = [await stage.say("hello", user=2000 + n) for n in range(6)]
    loop = asyncio.get_running_loop()
    started = loop.time()
    await asyncio.gather(*(stage.bot.answer(mail, lambda text: None) for mail in mails))
    assert loop.time() - started < 2.0
    assert len(await stage.person.sent(stage.token)) == 6


async def test_a_running_turn_can_be_stopped(make: Make, model_server: ModelServer) -> None:
    stage = await make("talker")
    model_server.inside.script("talker", Behaviour(text="one two three four", delay=5))
    heard = asyncio.Event()
    mail = await stage.say("hello")
    task = asyncio.create_task(stage.bot.answer(mail, lambda text: heard.set()))
    await asyncio.wait_for(heard.wait(), 5)
    await stage.bot.cancel(mail.conversation)
    await stage.bot.cancel("telegram:nobody")
    answer = await asyncio.wait_for(task, 5)
    assert answer.finish == "stopped"
    assert answer.usage["estimated"]
    assert await stage.texts() == [f"one\n\n{turn.STOPPED}"]


async def test_a_channel_that_was_closed_meanwhile_answers_nothing(
    make: Make, model_server: ModelServer
) -> None:
    stage = await make(channels={})
    await stage.ask("hello")
    assert await stage.texts() == []
    assert model_server.asked() == 0


async def test_nobody_is_let_in_by_default(make: Make) -> None:
    stage = await make(access={"policy": "pairing"})
    await stage.ask("hello")
    assert await stage.texts() == [UNPAIRED]
