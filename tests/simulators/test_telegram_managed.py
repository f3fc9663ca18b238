"""The Telegram simulator's managed bots, held against python-telegram-bot."""

from __future__ import annotations

from collections.abc import Callable

import httpx2
import pytest
import telegram as ptb
from telegram.error import BadRequest
from telegram.request import HTTPXRequest

from tests.simulators.telegram.client import Telegram

PERSON = 1001
ASK = ptb.KeyboardButtonRequestManagedBot(request_id=7, suggested_name="Mine", suggested_username="mine_bot")
BUTTON = ptb.ReplyKeyboardMarkup([[ptb.KeyboardButton("Make it", request_managed_bot=ASK)]])


@pytest.fixture
async def open_bot(telegram: Telegram) -> Callable[[bool], ptb.Bot]:
    """Makes a client of a new bot that may, or may not, manage others."""
    tokens = {mode: (await telegram.create_bot(can_manage_bots=mode))["token"] for mode in (True, False)}

    def make(mode: bool) -> ptb.Bot:
        requests = [HTTPXRequest(httpx_kwargs={"trust_env": False}) for _ in range(2)]
        return ptb.Bot(
            tokens[mode],
            base_url=f"{telegram.url}/bot",
            request=requests[0],
            get_updates_request=requests[1],
        )

    return make


async def test_a_bot_is_made_behind_a_button(telegram: Telegram, open_bot: Callable[[bool], ptb.Bot]) -> None:
    async with open_bot(True) as manager:
        assert (await manager.get_me()).can_manage_bots is True
        await telegram.say(manager.token, PERSON, "/start", name="Ann")
        assert await refusal(telegram, manager.token, "mine_bot") == "there is no button to tap"
        await manager.send_message(PERSON, "Tap", reply_markup=BUTTON)
        for username, refused in (
            ("mine", "USERNAME_SUFFIX_MISSING"),
            ("1bot", "USERNAME_INVALID"),
            ("Mine-bot", "USERNAME_INVALID"),
            (f"{'m' * 30}bot", "USERNAME_INVALID"),
            ((await manager.get_me()).username, "USERNAME_OCCUPIED"),
        ):
            assert await refusal(telegram, manager.token, str(username)) == refused
        made = await telegram.make_managed(manager.token, PERSON, "Mine", "mine_bot")
        _, message, update = await manager.get_updates()
        assert message.message is not None
        assert message.message.managed_bot_created is not None
        assert message.message.managed_bot_created.bot.username == "mine_bot"
        assert update.managed_bot is not None
        assert (update.managed_bot.user.id, update.managed_bot.bot.id) == (PERSON, made["id"])
        token = await manager.get_managed_bot_token(made["id"])
        renewed = await telegram.revoke("mine_bot")
        assert token != renewed == await manager.get_managed_bot_token(made["id"])
        assert (await manager.get_updates(offset=update.update_id + 1))[0].managed_bot is not None


async def refusal(telegram: Telegram, manager: str, username: str) -> str:
    """Why a person may not have a bot of this name."""
    with pytest.raises(httpx2.HTTPStatusError) as refused:
        await telegram.make_managed(manager, PERSON, "Mine", username)
    return str(refused.value.response.json()["description"])


async def test_only_a_manager_may_ask_and_only_of_its_own(
    telegram: Telegram, open_bot: Callable[[bool], ptb.Bot]
) -> None:
    stranger = (await telegram.create_bot())["id"]
    async with open_bot(False) as plain:
        await telegram.say(plain.token, PERSON, "/start")
        with pytest.raises(BadRequest, match=r"(?i)MANAGER_PERMISSION_MISSING"):
            await plain.send_message(PERSON, "Tap", reply_markup=BUTTON)
    async with open_bot(True) as manager:
        await telegram.group(-5)
        with pytest.raises(BadRequest, match=r"(?i)private chats only"):
            await manager.send_message(-5, "Tap", reply_markup=BUTTON)
        with pytest.raises(BadRequest, match=r"(?i)BOT_INVALID"):
            await manager.get_managed_bot_token(stranger)
        with pytest.raises(BadRequest, match=r"(?i)invalid user_id"):
            await manager.get_managed_bot_token(0)
