"""The listeners of one process: follows the dispatcher's list of bots and keeps one listener a token."""

from __future__ import annotations

import asyncio
from functools import partial

import structlog

from agent_runtime.channels.channel import ChannelState
from agent_runtime.listeners.listener import Listener, state_told
from agent_runtime.mail import Arrival
from agent_runtime.settings import RuntimeSettings
from agent_runtime.wire import Json, Link, ProblemError

log = structlog.get_logger()

_Key = tuple[str, str]  # bot and platform


class Pool:
    """`follow` runs until cancelled."""

    def __init__(self, settings: RuntimeSettings, dispatcher: Link, keeper: Link, index: int) -> None:
        self._settings, self._dispatcher, self._keeper = settings, dispatcher, keeper
        self._index = index
        self._tokens: dict[_Key, tuple[str, str]] = {}
        self._tasks: dict[_Key, asyncio.Task[None]] = {}
        self._states: dict[_Key, Json] = {}
        self._claims: dict[str, _Key] = {}
        self._told_anew: set[str] | None = None

    async def follow(self) -> None:
        """Follow the list; while the dispatcher restarts, what is listened to goes on, and `accept` waits."""
        share = {"index": self._index, "count": self._settings.listeners}
        while True:
            self._told_anew = set()
            try:
                await self._dispatcher.ask("listen", share, self._told)
            except ProblemError:
                await asyncio.sleep(0.1)

    async def aclose(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _told(self, data: Json) -> None:
        if data.get("ready"):
            for bot in {bot for bot, _ in self._tokens} - (self._told_anew or set()):
                self._take(bot, "", {})
            self._told_anew = None
            # A dispatcher that has just restarted does not know yet how the channels do.
            for state in self._states.values():
                self._tell(state)
            return
        if self._told_anew is not None:
            self._told_anew.add(data["bot"])
        channels = data["channels"] if data["there"] else {}
        self._take(data["bot"], data["revision"], {name: tuple(token) for name, token in channels.items()})

    def _take(self, bot: str, revision: str, channels: dict[str, tuple[str, str]]) -> None:
        for key in [key for key in self._tokens if key[0] == bot]:
            if channels.get(key[1]) != self._tokens[key]:
                self._stop(key)
        for platform, token in channels.items():
            if (bot, platform) not in self._tokens:
                self._tokens[bot, platform] = token
                before = self._tasks.get((bot, platform))
                self._tasks[bot, platform] = asyncio.create_task(
                    self._listen(before, bot, platform, revision, token)
                )

    def _stop(self, key: _Key) -> None:
        del self._tokens[key]
        self._states.pop(key, None)
        self._claims = {token: holder for token, holder in self._claims.items() if holder != key}
        self._tasks[key].cancel()

    async def _listen(
        self,
        before: asyncio.Task[None] | None,
        bot: str,
        platform: str,
        revision: str,
        token: tuple[str, str],
    ) -> None:
        if before is not None:
            await asyncio.wait({before})
        listener = Listener(
            bot,
            platform,
            self._settings,
            partial(self._open, bot, platform, revision, token[0]),
            partial(self._accept, bot, platform),
            partial(self._announce, bot, platform, token[1]),
            partial(self._report, bot, platform),
        )
        await listener.run()

    async def _open(self, bot: str, platform: str, revision: str, secret: str) -> str:
        """The token, if no other bot listens with it: a platform gives each message to one listener only."""
        question = {"bot": bot, "revision": revision, "names": [secret]}
        token: str = (await self._keeper.ask("open", question, again=True))["secrets"][secret]
        if self._claims.setdefault(token, (bot, platform)) != (bot, platform):
            raise ProblemError(
                409,
                "the token is in use",
                "Another bot here uses the same token.",
                next_step=f"Give each bot a token of its own: set {secret} again.",
            )
        return token

    async def _accept(self, bot: str, platform: str, arrivals: list[Arrival]) -> None:
        """Returns after the commit, however long the dispatcher takes to come back."""
        question = {"bot": bot, "channel": platform, "arrivals": [each.to_dict() for each in arrivals]}
        while True:
            try:
                await self._dispatcher.ask("submit", question, again=True)
                return
            except ProblemError as error:
                if error.status not in (503, 507):
                    raise
                await asyncio.sleep(0.5)

    async def _announce(self, bot: str, platform: str, sealed: str, digest: str) -> None:
        """Returns once the dispatcher has stored the digest that the platform's proof must come to."""
        question = {"bot": bot, "channel": platform, "sealed": sealed, "digest": digest}
        await self._dispatcher.ask("admit", question, again=True)

    def _report(self, bot: str, platform: str, state: ChannelState) -> None:
        told = self._states[bot, platform] = state_told(bot, platform, state)
        self._tell(told)
        record = {"level": "info", "event": f"{platform}_{state.state}", "reason": state.reason}
        self._dispatcher.tell("log", {"bot": bot, "record": record})

    def _tell(self, state: Json) -> None:
        self._dispatcher.tell("channel", state)
