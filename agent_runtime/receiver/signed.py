"""`/webhook/{id}/{channel}`: platforms that sign what they send, or prove themselves in their own way."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from starlette.requests import Request
from starlette.responses import Response

from agent_runtime.channels.discord import inbound as discord
from agent_runtime.channels.slack import inbound as slack
from agent_runtime.channels.webhooks import Taken, WebhookInbound, WebhookRequest
from agent_runtime.channels.whatsapp import inbound as whatsapp
from agent_runtime.receiver.known import KnownBots
from agent_runtime.receiver.problems import body_within
from agent_runtime.receiver.storing import Storing
from agent_runtime.wire import Json, Line, ProblemError

log = structlog.get_logger()

PLATFORMS: Mapping[str, WebhookInbound] = {each.CHANNEL: each for each in (discord, slack, whatsapp)}
_LARGEST_BODY = 1024 * 1024
# Whoever sends forgeries waits for other forgers, and the keeper always has time to open a secret. Those who
# wait are held with what they sent, so that they are not many.
_QUESTIONS_AT_ONCE, _MOST_WAITING = 4, 64


class _Asking:
    """The way to the keeper, for all that is signed."""

    def __init__(self, keeper: Line) -> None:
        self._keeper = keeper
        self._room = asyncio.Semaphore(_QUESTIONS_AT_ONCE)
        self._waiting = 0

    async def proves(self, question: Json) -> bool:
        """Raises ProblemError 503 where nobody can say so now."""
        if self._waiting >= _MOST_WAITING:
            raise ProblemError(503, "not checked", "too many proofs wait to be checked")
        self._waiting += 1
        try:
            async with self._room:
                return bool((await self._keeper.ask("prove", question, again=True))["proven"])
        except ProblemError as error:
            log.warning("proof_not_checked", bot=question["bot"], reason=str(error))
            raise ProblemError(503, "not checked", "the proof can't be checked now") from None
        finally:
            self._waiting -= 1


@dataclass(frozen=True, slots=True)
class _Proof:
    """`Proof` of one bot's platform: the keeper is asked, for it has the secret."""

    asking: _Asking
    bot: str
    told: str | None
    signing: tuple[str, str] | None

    async def signed(self, message: bytes, signature: str) -> bool:
        if self.signing is None:
            return False
        revision, name = self.signing
        encoded = base64.b64encode(message).decode()
        place = {"bot": self.bot, "revision": revision, "name": name}
        return await self.asking.proves({**place, "message": encoded, "signature": signature})


class SignedEntrance:
    """Answers for every platform of `PLATFORMS`."""

    def __init__(self, known: KnownBots, keeper: Line, storing: Storing) -> None:
        self._known, self._asking, self._storing = known, _Asking(keeper), storing

    async def answer(self, request: Request) -> Response:
        """A message is stored when this returns; all but a 2xx has the platform send it again."""
        bot, channel = str(request.path_params["bot"]), str(request.path_params["channel"])
        self._known.check(bot)
        platform = PLATFORMS.get(channel)
        if platform is None:
            raise _not_proven()
        proof = _Proof(
            self._asking,
            bot,
            self._known.digest(bot, channel),
            self._known.signing(bot, channel),
        )
        if request.method == "GET":
            asked = WebhookRequest(request.headers, query=request.query_params)
            if (greeting := platform.greet(asked, proof)) is None:
                raise _not_proven()
            return Response(greeting, media_type="text/plain")
        # A channel that the bot is not on, and what can't be the platform's: a body that nobody may send is
        # never read.
        known = proof.told is not None or proof.signing is not None
        if not known or not platform.is_promising(request.headers, time.time()):
            raise _not_proven()
        announced = request.headers.get("content-length", "0")
        body = await body_within(request.receive, announced, _LARGEST_BODY)
        sent = WebhookRequest(request.headers, body)
        if not await platform.is_proven(sent, proof):
            raise _not_proven()
        taken = self._take(bot, platform, sent)
        await self._storing.store(bot, channel, taken.arrivals, len(body))
        return Response(taken.answer, media_type=taken.media_type)

    def _take(self, bot: str, platform: WebhookInbound, sent: WebhookRequest) -> Taken:
        """What no second time makes readable is taken for stored, or the platform would repeat it."""
        try:
            return platform.take(sent)
        except (ValueError, RecursionError):
            log.warning("webhook_unreadable", bot=bot, channel=platform.CHANNEL, length=len(sent.body))
            return Taken()


def _not_proven() -> ProblemError:
    return ProblemError(401, "not proven", "this bot takes no webhook on this channel with this proof")
