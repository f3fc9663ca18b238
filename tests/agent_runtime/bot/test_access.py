"""Who may talk: the owner who pairs, those who are let in, and nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from agent_runtime import access
from agent_runtime.bot import CallError, notices
from tests.agent_runtime.bot.conftest import PERSON, Make, Stage
from tests.simulators.fixtures import ModelServer

STRANGER = 6666
PAIRING = {"policy": "pairing"}


async def listed(stage: Stage) -> dict[str, Any]:
    found: dict[str, Any] = await stage.bot.call("access.list", {})
    return found


async def last(stage: Stage, user: int = PERSON) -> str:
    return (await stage.texts(user))[-1]


async def test_the_first_owner_pairs_with_the_link_and_talks(make: Make) -> None:
    stage = await make(access=PAIRING)
    pairing = (await listed(stage))["pairing"]
    assert pairing["links"]["telegram"].startswith("https://t.me/sim_")
    code = pairing["links"]["telegram"].partition("?start=")[2]
    assert code == pairing["code"]
    await stage.ask(f"/start {code}", name="Ann")
    assert await last(stage) == access.PAIRED
    await stage.ask("Where is my parcel?")
    assert await last(stage) == "echo: Where is my parcel?"
    found = await listed(stage)
    assert [(one["sender"], one["name"], one["role"]) for one in found["people"]] == [
        (f"telegram:{PERSON}", "Ann", "owner")
    ]
    assert found["pairing"] is None
    assert stage.reported("access")[0]["event"] == "paired"


async def test_the_code_works_once(make: Make) -> None:
    stage = await make(access=PAIRING)
    code = (await listed(stage))["pairing"]["code"]
    await stage.ask(f"/start {code}")
    await stage.ask(f"/start {code}", STRANGER)
    assert await last(stage, STRANGER) == access.WRONG_CODE
    assert len((await listed(stage))["people"]) == 1


@pytest.mark.parametrize("text", ["/start", "/start wrong", "/start@some_bot wrong", "hello", "/START x"])
async def test_a_stranger_gets_a_sentence_and_no_model(
    make: Make, model_server: ModelServer, text: str
) -> None:
    stage = await make(access=PAIRING)
    await stage.pair()
    await stage.ask(text, STRANGER)
    assert await last(stage, STRANGER) in (access.ASKED, access.WRONG_CODE)
    assert model_server.asked() == 0


async def test_a_stranger_asks_once_and_is_let_in(make: Make) -> None:
    stage = await make(access=PAIRING)
    await stage.pair()
    for expected in (access.ASKED, access.STILL_ASKING):
        await stage.ask("May I?", STRANGER, name="Bob")
        assert await last(stage, STRANGER) == expected
    (request,) = (await listed(stage))["requests"]
    assert (request["sender"], request["name"]) == (f"telegram:{STRANGER}", "Bob")
    assert [report["event"] for report in stage.reported("access")] == ["paired", "asked"]
    await stage.bot.call("access.approve", {"sender": f"telegram:{STRANGER}"})
    await stage.ask("May I now?", STRANGER)
    assert await last(stage, STRANGER) == "echo: May I now?"


async def test_the_owner_answers_in_the_chat(make: Make) -> None:
    stage = await make(access=PAIRING)
    await stage.pair()
    await stage.ask("May I?", STRANGER, name="Bob")
    await stage.ask("May I, too?", 7777, name="[Eve](https://evil.example)")
    asked = await stage.texts(PERSON)
    assert asked[-2:] == [
        "Bob asks to talk to me. /approve_6666 or /decline_6666?",
        "Eve(https://evil.example) asks to talk to me. /approve_7777 or /decline_7777?",
    ]
    await stage.ask(f"/approve_{STRANGER}", STRANGER)
    assert await last(stage, STRANGER) == access.STILL_ASKING, "nobody lets himself in"
    await stage.ask(f"/approve_{STRANGER}")
    assert await last(stage) == "Bob may talk to me now."
    assert await last(stage, STRANGER) == access.LET_IN
    await stage.ask("/decline_7777")
    assert (await listed(stage))["requests"] == []
    await stage.ask("/approve_7777")
    assert await last(stage) == access.NOBODY_ASKS
    await stage.ask("hello", STRANGER)
    await stage.ask("hello", 7777)
    assert await last(stage, STRANGER) == "echo: hello"
    assert await last(stage, 7777) == access.ASKED
    await stage.ask("/approve_7777", STRANGER)
    assert await last(stage, STRANGER) == "echo: /approve_7777", "a member is no owner"


async def test_who_is_revoked_is_a_stranger_again(make: Make) -> None:
    stage = await make(access=PAIRING)
    await stage.pair()
    await stage.bot.call("access.approve", {"sender": "telegram:6666", "name": "Bob"})
    await stage.bot.call("access.revoke", {"sender": "telegram:6666"})
    await stage.ask("hello", STRANGER)
    assert await last(stage, STRANGER) == access.ASKED


async def test_access_survives_a_restart(make: Make) -> None:
    stage = await make(access=PAIRING)
    code = (await listed(stage))["pairing"]["code"]
    await stage.restart()
    await stage.ask(f"/start {code}")
    await stage.restart()
    await stage.ask("hello")
    assert await last(stage) == "echo: hello"


async def test_a_new_code_makes_another_owner_and_ends_the_old_code(make: Make) -> None:
    stage = await make(access=PAIRING)
    old = (await listed(stage))["pairing"]["code"]
    new = (await stage.bot.call("access.pair", {}))["pairing"]["code"]
    assert new != old
    await stage.ask(f"/start {old}", STRANGER)
    assert (await listed(stage))["people"] == []
    await stage.ask(f"/start {new}", 1002)
    assert [one["role"] for one in (await listed(stage))["people"]] == ["owner"]


async def test_codes_cannot_be_guessed(make: Make) -> None:
    stage = await make(access=PAIRING)
    codes = {(await stage.bot.call("access.pair", {}))["pairing"]["code"] for _ in range(20)}
    assert len(codes) == 20
    assert min(map(len, codes)) >= 22


async def test_an_allowlist_lets_in_those_on_it(make: Make) -> None:
    stage = await make(access={"policy": "allowlist", "allow": [f"telegram:{PERSON}"]})
    await stage.ask("hello")
    await stage.ask("hello", STRANGER)
    assert await last(stage) == "echo: hello"
    assert await last(stage, STRANGER) == access.NOT_LISTED
    with pytest.raises(CallError, match="specification"):
        await stage.bot.call("access.approve", {"sender": f"telegram:{STRANGER}"})


async def test_open_lets_everybody_in_and_start_greets(make: Make, model_server: ModelServer) -> None:
    stage = await make()
    await stage.ask("/start")
    assert (await last(stage)).startswith("Hello! I am support. I know about parcels.")
    assert model_server.asked() == 0


async def test_the_page_needs_no_pairing(make: Make) -> None:
    stage = await make(access=PAIRING)
    assert (await stage.chat("hello")).text == "echo: hello"


@pytest.mark.parametrize(
    ("method", "params", "status"),
    [
        ("access.approve", {}, 422),
        ("access.approve", {"sender": 7}, 422),
        ("access.approve", {"sender": "x" * 1000}, 422),
        ("access.revoke", {"sender": "telegram:1"}, 404),
        ("conversations.read", {"conversation": "telegram:1"}, 404),
        ("no.such", {}, 404),
    ],
)
async def test_calls_that_cannot_be_done_say_why(make: Make, method: str, params: Any, status: int) -> None:
    stage = await make(access=PAIRING)
    with pytest.raises(CallError) as caught:
        await stage.bot.call(method, params)
    assert caught.value.status == status
    assert len(caught.value.detail) > 10


async def test_who_writes_without_end_is_not_answered_without_end(
    make: Make, model_server: ModelServer
) -> None:
    stage = await make(access={"policy": "allowlist", "allow": [f"telegram:{PERSON}"]})
    for number in range(notices.MOST + 5):
        await stage.ask(f"Let me in {number}", STRANGER)
    assert await stage.texts(STRANGER) == [access.NOT_LISTED] * notices.MOST
    for _ in range(notices.MOST + 1):
        reset = await stage.ask("/reset")
    assert (reset.finish, reset.text) == ("reset", ""), "it is done all the same"
    assert (await stage.ask("hello")).text == "echo: hello"
    assert model_server.asked() == 1


def test_notices_are_told_again_after_a_while() -> None:
    now = 0.0
    told = notices.Notices(lambda: now)
    assert [told.may_tell("a") for _ in range(notices.MOST + 1)] == [True] * notices.MOST + [False]
    assert told.may_tell("b")
    now = notices.WITHIN
    assert told.may_tell("a")
