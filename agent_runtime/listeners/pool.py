"""The listeners of one process: follows the dispatcher's list of bots and keeps one listener a token."""

from __future__ import annotations

import asyncio
import math

import structlog

from agent_runtime.listeners.listener import PLATFORMS, Listener
from agent_runtime.listeners.rounds import Rounds
from agent_runtime.mail import Arrival
from agent_runtime.settings import RuntimeSettings
from agent_runtime.wire import Json, Line, ProblemError

log = structlog.get_logger()

_Key = tuple[str, str]  # bot and platform
# Ten thousand webhooks that were looked at together would be ten thousand handshakes with Telegram at once.
_LOOKS_AT_ONCE = 64


class Pool:
    """`follow` runs until cancelled."""

    def __init__(self, settings: RuntimeSettings, dispatcher: Line, keeper: Line, index: int) -> None:
        self._settings, self._dispatcher, self._keeper = settings, dispatcher, keeper
        self._index = index
        self._listeners: dict[_Key, Listener] = {}
        # Polling is one endless turn, and every bot has to have it.
        self._polls, self._looks = Rounds(math.inf), Rounds(_LOOKS_AT_ONCE)
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
        await self._polls.aclose()
        await self._looks.aclose()

    def _told(self, data: Json) -> None:
        if data.get("ready"):
            for bot in {bot for bot, _ in self._listeners} - (self._told_anew or set()):
                self._take(bot, "", {})
            self._told_anew = None
            # A dispatcher that has just restarted does not know yet how the channels do.
            for listener in self._listeners.values():
                if listener.state is not None:
                    self._tell(listener)
            return
        if self._told_anew is not None:
            self._told_anew.add(data["bot"])
        self._take(data["bot"], data["revision"], data["channels"] if data["there"] else {})

    def _take(self, bot: str, revision: str, channels: dict[str, tuple[str, ...]]) -> None:
        """Listen by these channels alone: by platform what `Channel.told` says of each."""
        for platform in PLATFORMS:
            key, token = (bot, platform), channels.get(platform)
            present = self._listeners.get(key)
            if present is not None and (token is None or not present.is_by(token)):
                self._stop(key)
            if token is None:
                continue
            if key in self._listeners:
                # The token has stayed, and from now on is opened from where it still is.
                self._listeners[key].revision = revision
                continue
            listener = self._listeners[key] = Listener(self, self._settings, key, revision, *token)
            self._rounds(listener).start(listener)

    def _rounds(self, listener: Listener) -> Rounds:
        return self._polls if listener.held else self._looks

    def _stop(self, key: _Key) -> None:
        listener = self._listeners.pop(key)
        if listener.claim is not None:
            del self._claims[listener.claim]
        self._rounds(listener).stop(listener)

    async def open(self, listener: Listener) -> str:
        """The token, if no other bot listens with it: a platform gives each message to one listener only."""
        secret, key = listener.secret, listener.key
        question = {"bot": listener.bot, "revision": listener.revision, "names": [secret]}
        token: str = (await self._keeper.ask("open", question, again=True))["secrets"][secret]
        claim = token + listener.detail if PLATFORMS[listener.platform].serves_many else token
        if self._claims.setdefault(claim, key) != key:
            raise ProblemError(
                409,
                "the token is in use",
                "Another bot here uses the same token.",
                next_step=f"Give each bot a token of its own: set {secret} again.",
            )
        listener.claim = claim
        return token

    async def accept(self, listener: Listener, arrivals: list[Arrival]) -> None:
        """Returns after the commit, however long the dispatcher takes to come back."""
        told = [each.to_dict() for each in arrivals]
        question = {"bot": listener.bot, "channel": listener.platform, "arrivals": told}
        while True:
            try:
                await self._dispatcher.ask("submit", question, again=True)
                return
            except ProblemError as error:
                if error.status not in (503, 507):
                    raise
                await asyncio.sleep(0.5)

    async def announce(self, listener: Listener, digest: str) -> None:
        """Returns once the dispatcher has stored the digest that the platform's proof must come to."""
        channel = {"bot": listener.bot, "channel": listener.platform}
        question = {**channel, "sealed": listener.sealed, "digest": digest}
        await self._dispatcher.ask("admit", question, again=True)

    def report(self, listener: Listener) -> None:
        """Tell its state, and write it into the bot's log."""
        assert listener.state is not None
        self._tell(listener)
        record = {
            "level": "info",
            "event": f"{listener.platform}_{listener.state.state}",
            "reason": listener.state.reason,
        }
        self._dispatcher.tell("log", {"bot": listener.bot, "record": record})

    def _tell(self, listener: Listener) -> None:
        self._dispatcher.tell("channel", listener.told())
