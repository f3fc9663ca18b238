"""One channel of one bot, listened to while its token stays the same: polled, or its webhook looked after."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from agent_runtime.channels.channel import ChannelState
from agent_runtime.channels.discord import webhook as discord
from agent_runtime.channels.slack import webhook as slack
from agent_runtime.channels.telegram import polling, webhook
from agent_runtime.channels.whatsapp import webhook as whatsapp
from agent_runtime.mail import Arrival
from agent_runtime.settings import RuntimeSettings
from agent_runtime.wire import Json, ProblemError

log = structlog.get_logger()

Accept = Callable[[list[Arrival]], Awaitable[None]]
Report = Callable[[ChannelState], None]
Announce = Callable[[str], Awaitable[None]]


class Webhook(Protocol):
    """Where a platform sends a bot's messages, looked after with its token."""

    async def look(self, url: str, announce: Announce) -> float | None:
        """See that it is registered: the seconds until the next look, None for a refused token."""


@dataclass(frozen=True, slots=True)
class Platform:
    """Two ways in: `poll` fetches messages, or says that they can't be; a `webhook` has them sent.

    Without a webhook they are fetched even where there is a public URL. Where a token `serves_many`, its
    webhook is also given the channel's detail, which says whom.
    """

    poll: Callable[[str, RuntimeSettings, Accept, Report], Awaitable[None]]
    webhook: Callable[..., Webhook] | None
    serves_many: bool = False


async def _gateway(token: str, settings: RuntimeSettings, accept: Accept, report: Report) -> None:
    # It brings a library along that only those need who have a bot there.
    from agent_runtime.channels.discord import gateway

    await gateway.listen(token, settings, accept, report)


PLATFORMS = {
    "telegram": Platform(polling.listen, webhook.Webhook),
    "discord": Platform(discord.listen, discord.Webhook),
    "slack": Platform(slack.listen, slack.Webhook),
    "whatsapp": Platform(whatsapp.listen, whatsapp.Webhook, serves_many=True),
}
# Where the channel's detail says that it is another way.
_MODES = {("discord", "gateway"): Platform(_gateway, None)}
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0
_BEGINS = ChannelState("connecting")


class Around(Protocol):
    """What a listener asks of those around it."""

    async def open(self, listener: Listener) -> str:
        """Its token. Raises ProblemError."""

    async def accept(self, listener: Listener, arrivals: list[Arrival]) -> None:
        """Returns after the commit."""

    async def announce(self, listener: Listener, digest: str) -> None:
        """Returns once the digest that the platform's proof must come to is stored."""

    def report(self, listener: Listener) -> None:
        """Its `state` has changed."""


class Listener:
    """Opens the token, listens, and tries again after a failure; a refused token is not tried again.

    There may be very many, most of them between two turns: what one holds is what an idle bot costs here.
    `due` is when its next turn is; a `new` one has not said anything of its channel yet.
    """

    __slots__ = (
        "_around",
        "_settings",
        "_wait",
        "_webhook",
        "claim",
        "detail",
        "due",
        "ended",
        "key",
        "revision",
        "sealed",
        "secret",
        "signing",
        "state",
    )

    def __init__(
        self,
        around: Around,
        settings: RuntimeSettings,
        key: tuple[str, str],
        revision: str,
        secret: str,
        sealed: str,
        signing: str = "",
        detail: str = "",
    ) -> None:
        self._around, self._settings = around, settings
        self.key, self.revision = key, revision
        # Most bots give their token the same name.
        self.secret, self.sealed = sys.intern(secret), sealed
        self.signing, self.detail = sys.intern(signing), detail
        self.claim: str | None = None
        self.state: ChannelState | None = None
        self.due, self.ended = 0.0, False
        self._webhook: Webhook | None = None
        self._wait = _FIRST_WAIT

    def __lt__(self, other: Listener) -> bool:
        return self.due < other.due

    @property
    def new(self) -> bool:
        return self.state is None

    @property
    def bot(self) -> str:
        return self.key[0]

    @property
    def platform(self) -> str:
        return self.key[1]

    @property
    def held(self) -> bool:
        """Whether its turn is one that does not end."""
        return self._settings.public_url is None or self._way.webhook is None

    @property
    def _way(self) -> Platform:
        return _MODES.get((self.platform, self.detail)) or PLATFORMS[self.platform]

    async def turn(self) -> float | None:
        """Poll for as long as it goes on, or look after the webhook: the seconds until the next turn.

        None once the token is refused for good.
        """
        revision = self.revision
        try:
            pause = await self._listen()
            if pause is None:
                log.warning("listener_ended", bot=self.bot, platform=self.platform)
            return pause
        except ProblemError as error:
            # What is wrong with a revision that has gone meanwhile says nothing of the present one.
            if error.status not in (404, 503) and self.revision == revision:
                self._report(ChannelState("failed", str(error), error.problem.get("next_step")))
        except Exception:
            log.exception("listener_failed", bot=self.bot, platform=self.platform, again_in_s=self._wait)
        self._webhook = None
        pause, self._wait = self._wait, min(self._wait * 2, _LONGEST_WAIT)
        return pause

    def end(self) -> None:
        """Nobody listens any more: it forgets the token."""
        self.ended, self.claim, self._webhook = True, None, None

    def is_by(self, token: Sequence[str]) -> bool:
        """Whether it listens by this token: its secret, the digest of its files, and what else there is."""
        mine = (self.secret, self.sealed, self.signing, self.detail)
        return mine == (*token, *("", "")[: 4 - len(token)])

    def told(self) -> Json:
        """Its state as the dispatcher takes it."""
        assert self.state is not None
        return {"bot": self.bot, "channel": self.platform, "state": self.state.to_dict()}

    async def _listen(self) -> float | None:
        way, url = self._way, self._settings.webhook_url(self.bot, self.platform)
        if url is None or way.webhook is None:
            token = await self._around.open(self)
            await way.poll(token, self._settings, self._accept, self._report)
            return None
        if self._webhook is None:
            token = await self._around.open(self)
            more = (self.detail,) if way.serves_many else ()
            self._webhook = way.webhook(token, self._settings, self._report, *more)
        return await self._webhook.look(url, self._announce)

    async def _accept(self, arrivals: list[Arrival]) -> None:
        await self._around.accept(self, arrivals)

    async def _announce(self, digest: str) -> None:
        await self._around.announce(self, digest)

    def _report(self, state: ChannelState) -> None:
        if state == _BEGINS and self.state is not None:
            # It begins anew after a failure of ours: what was known last holds until something is known.
            return
        self.state = state
        self._around.report(self)
