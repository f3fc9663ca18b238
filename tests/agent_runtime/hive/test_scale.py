"""Idle bots are nearly free; there are never more workers than there may be."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from agent_runtime.supervisor import pss
from tests.agent_runtime.hive.running import Hive, TestedBot, running_hive, until

_MOST = 4


async def deploy_all(bots: list[TestedBot]) -> None:
    at_once = asyncio.Semaphore(16)

    async def deploy(bot: TestedBot) -> None:
        async with at_once:
            await bot.deploy()

    await asyncio.gather(*map(deploy, bots))


def memory(hive: Hive) -> int:
    """What all parts take together, in bytes."""
    return sum(pss(hive.pid(part)) or 0 for part in hive.running.standings())


@pytest.mark.long
async def test_a_thousand_idle_bots_have_no_process_and_any_one_answers(tmp_path: Path) -> None:
    async with running_hive(tmp_path) as hive:
        before = memory(hive)
        bots = [hive.bot() for _ in range(1000)]
        began = time.monotonic()
        await deploy_all(bots)
        took = time.monotonic() - began
        per_bot = (memory(hive) - before) / len(bots) / 1024
        print(f"\n1,000 bots registered in {took:.1f} s, {per_bot:.1f} KiB each")
        assert per_bot < 10
        assert hive.workers() == []
        assert len(await hive.client.bots()) == 1000
        await hive.kill("dispatcher")
        assert hive.workers() == []
        for bot in (bots[0], bots[499], bots[-1]):
            await bot.send(1, "hello")
            await bot.all_sent(1)


async def test_no_more_workers_than_may_be_and_everybody_gets_a_turn(tmp_path: Path) -> None:
    async with running_hive(tmp_path, awake_workers=_MOST) as hive:
        bots = [hive.bot() for _ in range(12)]
        await deploy_all(bots)
        seen: list[int] = []
        for bot in bots:
            await bot.send(1, "slow 0.2")

        def all_answered() -> bool:
            seen.append(len(hive.workers()))
            return all(bot.sent() for bot in bots)

        await until(all_answered)
        assert max(seen) <= _MOST
        # With every place taken by idle workers, the one that has rested longest makes room.
        for bot in bots:
            await bot.client.start(bot.id)
            assert len(hive.workers()) <= _MOST


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("killed", [True, False])
async def test_a_bot_is_awake_again_in_a_moment(bot: TestedBot, killed: bool) -> None:
    await bot.deploy()
    waits = []
    for number in range(10):
        before = time.time()
        await bot.send(number, "hello")
        waits.append((await bot.all_sent(number + 1))[-1]["at"] - before)
        if killed:
            bot.kill_worker()
            await bot.becomes(worker="none")
    waits.sort()
    kind = "cold" if killed else "warm"
    print(f"\n{kind}: from before the message is stored to its reply {waits[5] * 1e3:.0f} ms")
    assert waits[5] < 2
