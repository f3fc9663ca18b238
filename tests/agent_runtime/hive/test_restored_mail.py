"""Mail that waits for a bot which is registered only later, as after a restore."""

from __future__ import annotations

import json
import time
from pathlib import Path

from agent_runtime.home import Home
from agent_runtime.mail import Mail, mail_key
from agent_runtime.store.inbox_sqlite import SqliteInbox
from tests.agent_runtime.hive.running import running_hive


async def test_mail_waits_for_its_bot_to_be_registered(tmp_path: Path) -> None:
    inbox = SqliteInbox(Home.at(tmp_path).mail_database)
    mail = [_mail("al.b1", number) for number in range(3)]
    await inbox.submit([*mail, _mail("al.gone", 1)])
    await inbox.retire("al.b1", mail[0].key, time.time())
    await inbox.aclose()
    async with running_hive(tmp_path) as hive:
        bot = hive.bot()
        await bot.deploy()
        assert [each["text"] for each in await bot.all_sent(2)] == ["1", "2"]
        await bot.send(2, "2")
        await bot.send(3, "3")
        assert len(await bot.all_sent(3)) == 3, "and a redelivery is known as one"


def _mail(bot: str, number: int) -> Mail:
    key = mail_key("test", str(number))
    return Mail(key, bot, "test", "c1", "test:1", json.dumps({"text": str(number)}), time.time())
