"""One seed on a machine: people write, owners change bots, processes are killed; then all is to be well."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import Sequence
from typing import Any

from agent_runtime.failpoints import PLACES
from tests.durability import facts as reading
from tests.durability.channels import Account, Platform
from tests.durability.history import History
from tests.durability.machine import Machine
from tests.durability.writer import Writer

# People are those of each bot, on its platforms in turn.
TALKING, SILENT, PEOPLE, MOST_MESSAGES = 3, 2, 4, 25
OWNERS = ("admin", "blue", "green")
# Seconds: how long it is tried to have every order carried out, and how long all may take to come to rest.
PLAY_AT_MOST, REST_WITHIN = 60.0, 60.0
_OPEN_AT_ONCE = 6
# Restarts of the control API are dear, so that a seed on a machine has some of the committer's places; the
# rig (rig.py) has them all, again and again.
_COMMITTER = [place for place in PLACES if place.startswith("committer.")]
_FEW = 1
_WRITING = ("committer.", "engine.")
_ELSEWHERE = ("committer.", "projection.", "remote.")


def orders_of(chance: random.Random, *, by_webhook: bool) -> list[str]:
    """Which places a seed's orders are for. Those of one way in come twice, as every other seed has them."""
    ways = ("listener.", "receiver.")
    always = [place for place in PLACES if not place.startswith((*_ELSEWHERE, *ways))]
    way = [place for place in PLACES if place.startswith(ways[by_webhook])]
    chosen = [*always, *way, *way, *chance.sample(_COMMITTER, _FEW)]
    chance.shuffle(chosen)
    return chosen


class Play:
    """`history = await Play(…).run()`."""

    def __init__(
        self,
        machine: Machine,
        platforms: Sequence[Platform],
        model_url: str,
        seed: int,
        *,
        by_webhook: bool,
    ) -> None:
        self._machine, self._platforms, self._model_url = machine, platforms, model_url
        self._chance = random.Random(seed)
        self._orders = orders_of(self._chance, by_webhook=by_webhook)
        self._stop = asyncio.Event()
        self._accounts: list[Account] = []
        self.history = History(seed)

    async def run(self) -> History:
        """Plays, waits for rest, and notes what was seen. The seed's bots are still there."""
        async with self._machine.http() as http:
            self._writer = Writer(http, self.history, self._chance, self._stop)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._give_orders())
                for number in range(TALKING):
                    group.create_task(self._talking(number))
                for number in range(SILENT):
                    group.create_task(self._silent(number))
            await self._rest()
        self.history.hits += self._machine.orders.collect()
        for account in self._accounts:
            said, sent = await account.ended()
            self.history.said += said
            self.history.sent += sent
        return self.history

    async def clear(self) -> None:
        """Deletes the seed's bots, so that the next one finds little to do."""
        left = [bot for bot, wanted in self.history.wanted.items() if wanted is not None]
        async with self._machine.http() as http:
            await Writer(http, self.history, self._chance, self._stop).bulk("delete", left)
            await self._rest()

    # Kills

    async def _give_orders(self) -> None:
        """One order after the other, a few at a time; the play is over once all are carried out."""
        until = time.monotonic() + PLAY_AT_MOST
        orders = self._machine.orders
        left = [*self._orders]
        while time.monotonic() < until and (left or orders.open()):
            if left and len(orders.open()) < _OPEN_AT_ONCE:
                if self._chance.random() < 0.15:
                    orders.give(*self._lesser_evil(self._chance.choice(left)))
                orders.give(left.pop())
            await asyncio.sleep(self._chance.uniform(0.02, 0.15))
        missed = [*orders.withdraw(), *left]
        self._stop.set()
        self.missed = missed

    def _lesser_evil(self, place: str) -> tuple[str, str]:
        """An order that kills nobody: a full disk where files are written next, else a delay."""
        if place.startswith(_WRITING) and self._chance.random() < 0.5:
            return place, "full"
        return place, f"delay {self._chance.uniform(0.05, 0.3):.2f}"

    # People and owners

    async def _talking(self, number: int) -> None:
        """One bot on all platforms with its people, and its owner who cannot leave it alone."""
        bot = f"{OWNERS[number % len(OWNERS)]}.s{self.history.seed}t{number}"
        accounts = [platform.account(bot, self._machine) for platform in self._platforms]
        self._accounts += accounts
        spec = self._spec(bot, "slow:0.05") | {"access": {"policy": "open"}}
        spec["channels"] = {name: value for each in accounts for name, value in each.channels.items()}
        secrets = {name: value for each in accounts for name, value in each.secrets.items()}
        async with asyncio.TaskGroup() as group:
            for person in range(max(PEOPLE, len(accounts))):
                user = self.history.seed * 1000 + number * 10 + person
                group.create_task(self._person(bot, accounts[(person + number) % len(accounts)], user))
            await self._writer.create(bot, spec, secrets)
            await self._writer.meddle(bot)

    async def _person(self, bot: str, account: Account, user: int) -> None:
        for count in range(MOST_MESSAGES):
            if self._stop.is_set():
                return
            await account.say(user, f"{bot}-{user}-{count}")
            # A chat takes one message a second, so that faster writing would only make a longer queue.
            await asyncio.sleep(self._chance.uniform(0.5, 2.0))

    async def _silent(self, number: int) -> None:
        """Bots that nobody talks to: made, changed and deleted, alone and many at once."""
        names = (f"{owner}.s{self.history.seed}b{number}x{n}" for n in itertools.count() for owner in OWNERS)
        for _ in range(3):
            if self._stop.is_set():
                return
            bots = [next(names) for _ in range(2)]
            await self._writer.bulk("create", bots, {bot: self._spec(bot, "echo") for bot in bots})
            await self._writer.bulk("update", bots)
            await self._writer.delete(bots[0])
            if self._chance.random() < 0.5:
                await self._writer.bulk("delete", bots[1:])

    def _spec(self, bot: str, model: str) -> dict[str, Any]:
        return {
            "version": 1,
            "name": bot.partition(".")[2],
            "instructions": f"You are {bot}.",
            "model": {"provider": "openai-compatible", "name": model, "base_url": self._model_url},
            "budget": {"tokens_per_day": 1_000_000_000, "turns_per_user_per_hour": 10_000},
        }

    # Rest

    async def _rest(self) -> None:
        """Waits until nothing is left to do; what is not at rest in time is a fault."""
        deadline = time.monotonic() + REST_WITHIN
        while (unrest := self._unrest()) is not None:
            if time.monotonic() > deadline:
                self.history.faults.append(f"not at rest within {REST_WITHIN:g} s: {unrest}")
                return
            await asyncio.sleep(0.1)

    def _unrest(self) -> str | None:
        for account in self._accounts:
            if (waiting := account.waiting()) is not None:
                return waiting
        home = self._machine.home
        if (unfinished := reading.unfinished(home)) is not None:
            return unfinished
        present = reading.Facts()
        reading.of_machine(home, present)
        if present.applied != present.running:
            return "the engine and the hive differ"
        return None
