"""Webhooks of the Telegram simulator, told by python-telegram-bot and received by a small server."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import pytest
import telegram as ptb
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram.error import BadRequest, Conflict
from telegram.request import HTTPXRequest

from tests.simulators.serving import serving
from tests.simulators.telegram.client import Telegram

HEADER = "x-telegram-bot-api-secret-token"


class Hook:
    """A webhook: takes all but those of a chat that it is told to refuse."""

    def __init__(self) -> None:
        self.url = ""
        self.refused: set[int] = set()
        self.taken: list[tuple[str | None, str]] = []
        self.app = Starlette(routes=[Route("/hook", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        message = (await request.json())["message"]
        if message["chat"]["id"] in self.refused:
            return Response(status_code=502)
        self.taken.append((request.headers.get(HEADER), message["text"]))
        return Response()


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    one = Hook()
    async with serving(one.app) as url:
        one.url = f"{url}/hook"
        yield one


@pytest.fixture
async def bot(telegram: Telegram) -> AsyncIterator[ptb.Bot]:
    await telegram.allow_loopback_webhooks()
    token = (await telegram.create_bot())["token"]
    requests = [HTTPXRequest(httpx_kwargs={"trust_env": False}) for _ in range(2)]
    async with ptb.Bot(
        token, base_url=f"{telegram.url}/bot", request=requests[0], get_updates_request=requests[1]
    ) as one:
        yield one


async def test_what_waits_is_sent_with_the_secret_and_a_chat_in_order(
    bot: ptb.Bot, telegram: Telegram, hook: Hook
) -> None:
    hook.refused = {2}
    for number in range(4):
        await telegram.say(bot.token, 1 + number % 2, f"m{number}")
    await bot.set_webhook(hook.url, secret_token="the-secret", allowed_updates=["message"])
    deliveries = await telegram.deliveries(bot.token, count=6)
    assert hook.taken == [("the-secret", "m0"), ("the-secret", "m2")]
    refused = [each for each in deliveries if each["status"] == 502]
    assert len({each["update_id"] for each in refused}) == 1, "nothing of a chat is sent before what waits"
    waits = [later["at"] - one["at"] for one, later in itertools.pairwise(refused)]
    assert waits == sorted(waits)
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count, info.allowed_updates) == (hook.url, 2, ("message",))
    assert info.last_error_message == "Wrong response from the webhook: 502 Bad Gateway"
    with pytest.raises(Conflict, match="while webhook is active"):
        await bot.get_updates()
    hook.refused.clear()
    await telegram.deliveries(bot.token, count=len(deliveries) + 2)
    assert [text for _, text in hook.taken] == ["m0", "m2", "m1", "m3"]


async def test_deleting_it_keeps_what_waits_or_drops_it(bot: ptb.Bot, telegram: Telegram, hook: Hook) -> None:
    hook.refused = {1}
    await bot.set_webhook(hook.url)
    await telegram.say(bot.token, 1, "hello")
    await telegram.deliveries(bot.token, count=1)
    await bot.delete_webhook()
    assert (await bot.get_webhook_info()).url == ""
    assert len(await bot.get_updates()) == 1
    await bot.set_webhook(hook.url, drop_pending_updates=True)
    assert (await bot.get_webhook_info()).pending_update_count == 0


@pytest.mark.parametrize(
    ("url", "secret", "says"),
    [
        ("http://bots.example/hook", None, "an https url must be provided"),
        ("https://bots.example:8080/hook", None, "only on ports 80, 88, 443 or 8443"),
        ("https://bots.example/hook", "not allowed!", "unallowed characters"),
    ],
)
async def test_webhooks_that_telegram_refuses(bot: ptb.Bot, url: str, secret: str | None, says: str) -> None:
    with pytest.raises(BadRequest) as caught:
        await bot.set_webhook(url, secret_token=secret)
    assert says in str(caught.value).lower()
    assert (await bot.get_webhook_info()).url == ""


async def test_what_was_taken_comes_again_where_the_answer_is_lost(
    bot: ptb.Bot, telegram: Telegram, hook: Hook
) -> None:
    await bot.set_webhook(hook.url)
    await telegram.lose_answers(bot.token, every=2)
    for number in range(3):
        await telegram.say(bot.token, 4701, f"m{number}")
    await telegram.deliveries(bot.token, 5)
    assert [text for _, text in hook.taken] == ["m0", "m1", "m1", "m2", "m2"]
