"""No token and no key in a log, an error, a report or the ledger, with everything failing: threat 5."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

import pytest

from agent_runtime.bot import DeliveryError
from agent_runtime.channels.calls import UnreachableError
from agent_runtime.channels.channel import ChannelState
from agent_runtime.channels.telegram.api import TelegramApi
from agent_runtime.channels.telegram.polling import listen
from agent_runtime.settings import RuntimeSettings
from tests.agent_runtime.bot.conftest import MODEL_KEY, Make


async def test_nothing_leaks_when_all_of_it_fails(
    make: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger().setLevel(logging.DEBUG)
    stage = await make("unauthorized", fallbacks=["broken:1", "cut:2"])
    for kind in ("502", "429"):
        await stage.person.fault(stage.token, "sendMessage", kind)
    await stage.ask("hello")
    mail = await stage.say("again")
    states: list[ChannelState] = []
    old = stage.token
    await stage.person.revoke(old)
    with pytest.raises(DeliveryError) as caught:
        await stage.answer(mail)

    async def accept(arrivals: object) -> None:
        raise AssertionError

    settings = RuntimeSettings(home=tmp_path, telegram_api_url=stage.person.url)
    await listen(old, settings, accept, states.append)
    said = "".join(traceback.format_exception(caught.value)) + str(states) + str(stage.reports)
    captured = capsys.readouterr()
    said += captured.out + captured.err + caplog.text
    said += "".join(f"{record.args}" for record in caplog.records)
    disk = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for secret in (MODEL_KEY, f"{MODEL_KEY}-2", old, old.partition(":")[2]):
        assert secret not in said
        assert secret.encode() not in disk
    assert "send_uncertain" in said


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9", "http://no-such-host.invalid", "http://[::1", "ftp://x"]
)
async def test_errors_of_the_network_carry_no_url(url: str) -> None:
    token = "7000000001:AAcanary-of-the-token"
    api = TelegramApi(url, token)
    with pytest.raises(UnreachableError) as caught:
        await api.call("getMe")
    await api.aclose()
    text = "".join(traceback.format_exception(caught.value))
    assert "canary" not in text
    assert caught.value.__context__ is None
    assert "canary" not in repr(api)
