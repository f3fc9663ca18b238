"""Checks of pasted tokens and keys, the Telegram one against a strict simulator."""

from __future__ import annotations

from pathlib import Path

from tests.control_api.service import running
from tests.simulators.fixtures import telegram
from tests.simulators.telegram.client import Telegram

__all__ = ["telegram"]


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
