"""The chat platforms' entrance, over its real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx2
import psutil
import pytest

from tests.agent_runtime.hive.running import Hive, TestedBot

pytestmark = pytest.mark.asyncio(loop_scope="session")


def webhook(hive: Hive) -> httpx2.AsyncClient:
    transport = httpx2.AsyncHTTPTransport(uds=str(hive.home.socket("webhook")))
    return httpx2.AsyncClient(transport=transport, base_url="http://webhook", trust_env=False)


def assert_problem(answer: httpx2.Response) -> None:
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"]
    assert problem["title"]
    assert problem["detail"]
    assert problem["status"] == answer.status_code


async def test_an_unknown_id_is_404_and_a_known_one_closed(hive: Hive, bot: TestedBot) -> None:
    await bot.deploy()
    async with webhook(hive) as client:
        for path in (f"/webhook/{bot.id}", f"/webhook/{bot.id}/telegram", f"/webhook/{bot.id}/slack"):
            answer = await client.post(path, json={"update_id": 1}, headers={"x-forwarded-for": "127.0.0.1"})
            assert answer.status_code == 401
            assert_problem(answer)
        for path in ("/webhook/al.nobody", "/webhook/..%2f..", "/webhook/" + "x" * 3000):
            unknown = await client.post(path, json={})
            assert unknown.status_code == 404
            assert_problem(unknown)
        assert_problem(await client.delete(f"/webhook/{bot.id}"))
        await bot.client.delete_bot(bot.id)
        assert (await client.post(f"/webhook/{bot.id}", json={})).status_code == 404
    assert bot.sent() == []


async def test_the_inner_api_is_not_there_and_its_socket_is_the_users_own(hive: Hive) -> None:
    async with webhook(hive) as client:
        for path in ("/bots", "/status", "/reports", "/healthz"):
            assert (await client.get(path)).status_code == 404
    for name in ("hive", "webhook", "keeper", "dispatcher", "launcher"):
        assert hive.home.socket(name).stat().st_mode & 0o777 == 0o600
    assert hive.home.run.stat().st_mode & 0o777 == 0o700


async def test_an_endless_body_costs_no_memory(hive: Hive, bot: TestedBot) -> None:
    await bot.deploy()
    receiver = psutil.Process(hive.pid("receiver"))
    before = receiver.memory_info().rss

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(400):
            yield b"x" * 65536

    async with webhook(hive) as client:
        answer = await asyncio.wait_for(client.post(f"/webhook/{bot.id}", content=endless()), 20)
        assert answer.status_code in {401, 413}
    assert receiver.memory_info().rss - before < 8 * 1024 * 1024
