"""Mail that waits for a bot which is registered only later, as after a restore."""

from __future__ import annotations

import json
import time

import pytest

from agent_runtime.mail import Mail, mail_key
from agent_runtime.store.inbox_sqlite import SqliteInbox
from tests.agent_runtime.hive.running import Hive, TestedBot


@pytest.mark.asyncio(loop_scope="session")
async def test_mail_waits_for_its_bot_to_be_registered(hive: Hive, bot: TestedBot) -> None:
    inbox = SqliteInbox(hive.home.mail_database)
    mail = [_mail(bot.id, number) for number in range(3)]
    await inbox.submit([*mail, _mail("al.gone", 1)])
    await inbox.retire(bot.id, mail[0].key, time.time())
    await inbox.aclose()
    await hive.kill("dispatcher")
    await bot.deploy()
    assert [each["text"] for each in await bot.all_sent(2)] == ["1", "2"]
    await bot.send(2, "2")
    await bot.send(3, "3")
    assert len(await bot.all_sent(3)) == 3, "and a redelivery is known as one"


def _mail(bot: str, number: int) -> Mail:
    key = mail_key("test", str(number))
    return Mail(key, bot, "test", "c1", "test:1", json.dumps({"text": str(number)}), time.time())
