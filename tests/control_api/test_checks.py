"""Checks of pasted tokens and keys, tokens against strict simulators."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.control_api.service import running
from tests.simulators.discord.client import Discord
from tests.simulators.fixtures import discord, telegram
from tests.simulators.media import picture
from tests.simulators.serving import serving
from tests.simulators.slack.app import SlackSimulator
from tests.simulators.slack.client import Slack
from tests.simulators.telegram.client import Telegram
from tests.simulators.whatsapp.app import WhatsAppSimulator
from tests.simulators.whatsapp.client import WhatsApp

__all__ = ["discord", "telegram"]


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with serving(SlackSimulator().app) as url:
        hand = Slack(url)
        yield hand
        await hand.aclose()


@pytest.fixture
async def whatsapp() -> AsyncIterator[WhatsApp]:
    async with serving(WhatsAppSimulator().app) as url:
        hand = WhatsApp(url)
        yield hand
        await hand.aclose()


async def test_a_telegram_token_is_asked_for_its_bot(home: Path, telegram: Telegram) -> None:
    async with running(home, telegram_api_url=telegram.url) as service:
        bot = await telegram.create_bot("kind_bot")
        found = (await service.http.post("/checks/telegram", json={"token": bot["token"]})).json()
        assert (found["ok"], found["username"], found["link"]) == (True, "kind_bot", "https://t.me/kind_bot")
        await telegram.revoke(bot["token"])
        for token in (bot["token"], "not a token", "1:a/../getUpdates"):
            refused = (await service.http.post("/checks/telegram", json={"token": token})).json()
            assert refused["ok"] is False
            assert refused["reason"]
            assert refused["next_step"]
            assert token not in refused["reason"]
    async with running(home, telegram_api_url="http://127.0.0.1:9") as service:
        away = await service.http.post("/checks/telegram", json={"token": "1:a"})
        assert away.status_code == 503
        assert "127.0.0.1" not in away.text


async def test_the_picture_that_people_see_comes_with_the_name(
    home: Path, telegram: Telegram, discord: Discord
) -> None:
    shown = picture("a green lamp")
    wanted = f"data:image/png;base64,{b64encode(shown).decode()}"
    async with running(home, telegram_api_url=telegram.url, discord_api_url=discord.api_url) as service:

        async def seen(platform: str, token: str) -> str | None:
            found = (await service.http.post(f"/checks/{platform}", json={"token": token})).json()
            assert found["ok"]
            assert found["name"]
            at: str | None = found["picture"]
            return at

        in_telegram = (await telegram.create_bot("seen_bot", picture=shown))["token"]
        assert await seen("telegram", in_telegram) == wanted
        for kind in ("502", "429", "drop"):
            await telegram.fault(in_telegram, "getUserProfilePhotos", kind)
            assert await seen("telegram", in_telegram) is None
        in_discord = await discord.create_bot("seen_bot", picture=b64encode(shown).decode())
        assert await seen("discord", in_discord["token"]) == wanted
        assert await seen("discord", (await discord.create_bot())["token"]) is None
        for odd in (b"", b"<svg onload=alert(1)>", shown + bytes(200_000)):
            bot = await telegram.create_bot(picture=odd)
            assert await seen("telegram", bot["token"]) is None


async def test_a_model_is_asked_for_a_word_by_a_draft_turn(home: Path) -> None:
    async with running(home) as service:
        model = {"provider": "openai", "name": "gpt-4o-mini"}
        good = await service.http.post("/checks/model", json={"model": model, "key": "sk"})
        assert good.json()["ok"] is True
        [draft] = service.engine.inner.drafts
        assert draft["spec"]["model"]["max_output_tokens"] == 16
        assert draft["secrets"] == {"CHECKED_KEY": "sk"}
        bad = await service.http.post("/checks/model", json={"model": {"provider": "azure", "name": "x"}})
        assert bad.status_code == 422
        assert bad.json()["errors"][0]["pointer"].startswith("/model")


async def test_a_discord_token_is_asked_for_its_application(home: Path, discord: Discord) -> None:
    async with running(home, discord_api_url=discord.api_url) as service:
        bot = await discord.create_bot("kind_bot")
        found = (await service.http.post("/checks/discord", json={"token": bot["token"]})).json()
        assert (found["ok"], found["name"], found["application_id"]) == (True, "kind_bot", bot["id"])
        assert (found["public_key"], found["missing_intents"]) == (bot["public_key"], [])
        assert found["link"].startswith(
            f"https://discord.com/oauth2/authorize?client_id={bot['id']}&scope=bot+"
        )
        await discord.intent(bot["token"], message_content=False)
        found = (await service.http.post("/checks/discord", json={"token": bot["token"]})).json()
        assert (found["ok"], found["missing_intents"]) == (True, ["Message Content Intent"])
        assert found["next_step"].endswith(f"/applications/{bot['id']}/bot.")
        await discord.reset(bot["token"])
        for token in (bot["token"], "not a token", "a.b\n.c"):
            refused = (await service.http.post("/checks/discord", json={"token": token})).json()
            assert refused["ok"] is False
            assert refused["reason"]
            assert refused["next_step"]
            assert token not in refused["reason"]
    async with running(home, discord_api_url="http://127.0.0.1:9/api/v10") as service:
        away = await service.http.post("/checks/discord", json={"token": "a.b.c"})
        assert away.status_code == 503
        assert "127.0.0.1" not in away.text


async def test_a_slack_token_is_asked_for_its_bot(home: Path, slack: Slack) -> None:
    async with running(home, slack_api_url=slack.api_url) as service:

        async def asked(token: str) -> dict[str, str]:
            return dict((await service.http.post("/checks/slack", json={"token": token})).json())

        app = await slack.create_app()
        found = await asked(app["token"])
        assert found["ok"]
        assert found["name"]
        assert found["link"].endswith(f"channel={app['user']}")
        for kind in ("500", "429", "drop"):
            await slack.fault(app["token"], "auth.test", kind)
            busy = await service.http.post("/checks/slack", json={"token": app["token"]})
            assert busy.status_code == 503
        await slack.revoke(app["token"])
        for token, reason in ((app["token"], "token_revoked"), ("not a token", "invalid_auth")):
            refused = await asked(token)
            assert not refused["ok"]
            assert reason in refused["reason"]
            assert "OAuth & Permissions" in refused["next_step"]
            assert token not in refused["reason"]


async def test_a_whatsapp_token_is_asked_for_its_number(home: Path, whatsapp: WhatsApp) -> None:
    async with running(home, whatsapp_api_url=whatsapp.api_url) as service:

        async def asked(token: str, number: str) -> dict[str, str]:
            body = {"token": token, "phone_number_id": number}
            return dict((await service.http.post("/checks/whatsapp", json=body)).json())

        mine, other = await whatsapp.create_number(), await whatsapp.create_number()
        found = await asked(mine["token"], mine["id"])
        assert found["ok"]
        assert found["name"] == f"Shop {mine['id'][-4:]}"
        assert found["link"].startswith("https://wa.me/")
        wrong = await asked(mine["token"], other["id"])
        assert not wrong["ok"]
        assert "phone_number_id" in wrong["next_step"]
        refused = await asked("not a token", mine["id"])
        assert not refused["ok"]
        assert "system user" in refused["next_step"]
        for number in ("1/../2", "+49 151 1234567", "", 106540352242922):
            body = {"token": mine["token"], "phone_number_id": number}
            bad = await service.http.post("/checks/whatsapp", json=body)
            assert bad.status_code == 422
            assert bad.json()["errors"][0]["pointer"] == "/phone_number_id"
