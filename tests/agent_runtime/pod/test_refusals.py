"""What a pod does not begin with, said in the last line of its log."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.agent_runtime.pod.running import Database, pods


async def test_no_role_but_the_bots_own_will_do(tmp_path: Path, database: Database) -> None:
    """Who owns the tables, or is a superuser, is not kept to the bot's own rows."""
    with pods(tmp_path, database, BOTYARD_ALLOW_PRIVATE_URLS="0") as make:
        pod = make()
        pod.mount({})
        pod.environment["BOTYARD_DATABASE_URL"] = database.url
        assert await pod.start().ended() == 1
        assert database.role in pod.said("pod_ended")["reason"]
        assert database.password not in str(pod.lines)


@pytest.mark.parametrize(
    ("spec", "environment", "reason"),
    [
        ({"channels": {"telegram": {"token": {"secret": "TELEGRAM_TOKEN"}}}}, {}, "TELEGRAM_TOKEN"),
        ({"models": {}}, {}, "models"),
        ({}, {"BOTYARD_BOT": "../etc"}, "BOTYARD_BOT "),
        ({}, {"BOTYARD_LISTEN": "8080"}, "BOTYARD_LISTEN "),
        ({}, {"BOTYARD_BOT_FILE": "/nowhere/bot.yaml"}, "/nowhere/bot.yaml"),
    ],
)
async def test_what_is_wrong_is_named(
    tmp_path: Path, spec: dict[str, object], environment: dict[str, str], reason: str
) -> None:
    with pods(tmp_path, None, **environment) as make:
        pod = make()
        pod.mount(spec)
        assert await pod.start().ended() == 1
        last = pod.lines[-1]
        assert last["event"] in ("pod_ended", "pod_not_started"), pod.lines
        assert reason in last["reason"]
