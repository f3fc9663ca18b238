"""Photos and voice messages: for models that take them, as text, or answered with an honest sentence."""

from __future__ import annotations

from typing import Any

import pytest

from agent_runtime import documents
from agent_runtime.bot.attachments import NO_EARS, NO_EYES, NO_WORDS, NOT_HEARD
from agent_runtime.turn import OVER_BUDGET
from tests.agent_runtime.bot.conftest import PERSON, Make, Stage
from tests.simulators.fixtures import ModelServer
from tests.simulators.media import picture, voice
from tests.simulators.model.behaviours import Behaviour


async def _photo(stage: Stage, of: str, **more: Any) -> str:
    return (await stage.send_file("photo", picture(of), kind="photo", **more)).text


async def _voice(stage: Stage, words: str) -> str:
    return (await stage.send_file("voice", voice(words), kind="voice")).text


async def test_a_photo_reaches_a_model_that_sees(make: Make, model_server: ModelServer) -> None:
    stage = await make("echo", sees=True)
    said = await _photo(stage, "a red parcel", caption="What is this?")
    assert "What is this?" in said
    assert "[a picture of a red parcel]" in said
    await stage.ask("And now?")
    last = model_server.inside.requests[-1].body["messages"]
    assert [type(message["content"]) for message in last] == [str] * 4, "a picture is sent once"
    assert "What is this?" in last[1]["content"]


async def test_a_picture_sent_as_a_file_is_a_picture(make: Make) -> None:
    stage = await make("echo", sees=True)
    answer = await stage.send_file("parcel.png", picture("a red parcel"))
    assert "[a picture of a red parcel]" in answer.text


async def test_the_model_behind_sees_where_the_first_does_not(make: Make, model_server: ModelServer) -> None:
    stage = await make("broken", sees=True, fallbacks=["echo"])
    assert await _photo(stage, "a red parcel") != ""
    assert model_server.asked("broken") > 0
    assert model_server.asked("echo") == 0, "it was not said to see"


async def test_a_model_that_hears_is_given_the_sound(make: Make) -> None:
    stage = await make("echo", hears=True)
    assert "[somebody says: Where is my parcel?]" in await _voice(stage, "Where is my parcel?")


async def test_a_voice_message_is_made_text_of(make: Make, model_server: ModelServer) -> None:
    stage = await make("history", heard_by="whisper")
    await _voice(stage, "Where is my parcel?")
    await stage.ask("And now?")
    assert (await stage.texts())[-1].startswith("user: Where is my parcel? |")
    assert [seen.body["file"] for seen in model_server.inside.requests if seen.model == "whisper"] == [
        "voice.ogg"
    ]
    assert stage.reported("usage")[0]["calls"] == 2
    totals = await stage.bot.call("usage.today", {})
    assert totals["models"]["whisper"]["calls"] == 1


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"heard_by": None}, NO_EARS),
        ({"heard_by": "whisper", "budget": {"tokens_per_day": 1}}, OVER_BUDGET),
        ({"heard_by": "unauthorized"}, NOT_HEARD),
    ],
)
async def test_who_cannot_be_heard_is_told_so(
    make: Make, model_server: ModelServer, how: dict[str, Any], said: str
) -> None:
    stage = await make(**how)
    assert await _voice(stage, "Where is my parcel?") == said
    assert await stage.texts() == [said]
    assert model_server.asked("echo") == 0
    assert bool(stage.reported("model")) == (said is NOT_HEARD), "its owner learns of a key that is refused"
    assert bool(stage.reported("budget")) == (said is OVER_BUDGET)


async def test_silence_and_blindness_are_said(make: Make, model_server: ModelServer) -> None:
    stage = await make(heard_by="whisper")
    assert await _voice(stage, "") == NO_WORDS
    assert await _photo(stage, "a red parcel") == NO_EYES
    assert await stage.texts() == [NO_WORDS, NO_EYES]
    assert model_server.asked("echo") == 0


async def test_words_are_paid_for_once_whatever_dies(make: Make, model_server: ModelServer) -> None:
    stage = await make("slow:20", heard_by="whisper")
    said = await stage.person.send_file(stage.token, PERSON, "voice", voice("hello"), kind="voice")
    mail = stage.received(said)
    answering = stage.begin(mail)
    await stage.until(lambda: model_server.asked("slow:20") == 1)
    await stage.cut_off(answering)
    model_server.inside.script("slow:20", Behaviour(text="There you are."))
    assert (await stage.answer(mail)).text == "There you are."
    assert model_server.asked("whisper") == 1


async def test_a_transcription_is_tried_again(make: Make, model_server: ModelServer) -> None:
    stage = await make(heard_by="rate-limited:1")
    assert await _voice(stage, "Where is my parcel?") == "echo: Where is my parcel?"
    assert model_server.asked("rate-limited:1") == 2


async def test_a_photo_that_is_too_large_is_not_fetched(make: Make) -> None:
    stage = await make(sees=True)
    answer = await stage.send_file("photo", picture("x") + bytes(documents.LARGEST), kind="photo")
    assert answer.text == documents.TOO_LARGE
    assert await stage.person.calls(stage.token, "getFile") == []
