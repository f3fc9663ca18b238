"""WhatsApp's way out: text messages to people who wrote within the last day."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import quote

import structlog

from agent_runtime.channels.calls import UnreachableError, reading, sending
from agent_runtime.channels.channel import (
    Attached,
    GoneError,
    Incoming,
    OnText,
    Preview,
    RefusedError,
    TokenRefusedError,
    UncertainError,
    WaitError,
)
from agent_runtime.channels.whatsapp.api import WhatsAppApi, WhatsAppError
from agent_runtime.channels.whatsapp.formatting import messages
from agent_runtime.channels.whatsapp.reading import read_message
from agent_runtime.channels.whatsapp.webhook import REFUSED_TOKENS, number_of
from agent_runtime.mail import MailWaitsError

log = structlog.get_logger()

# https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-messages#customer-service-windows
WINDOW_SECONDS = 86_400.0
# Messages that go out faster may arrive in another order.
PERSON_SECONDS = 1.0
# "(Business Account, Consumer Account) pair rate limit hit": wait 4^X seconds, X growing from 0.
_TOO_MANY_TO_ONE, _LONGEST_WAIT = 131056, 256.0
_TOO_MANY = frozenset({4, 80007, 130429, 131048})
_WINDOW_CLOSED = 131047
# No WhatsApp, blocked, left: https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes
_GONE = frozenset({131026, 131021, 131045, 130497})
# https://developers.facebook.com/docs/whatsapp/cloud-api/typing-indicators: shown for 25 seconds at most.
_TYPING_SECONDS = 20.0
_MOST_LAST = 1000


class WhatsAppOutbound:
    """`Outbound` of one phone number."""

    def __init__(self, base_url: str, token: str, phone: str) -> None:
        self._api, self._phone = WhatsAppApi(base_url, token), phone
        self._free_at: dict[str, float] = {}
        self._refusals: dict[str, int] = {}
        self._last: dict[str, str] = {}

    async def read(self, payload: Mapping[str, Any]) -> Incoming:
        """What is for another number of the same app, or too old to be answered, is nobody's question."""
        metadata, message, status = (payload.get(name) for name in ("metadata", "message", "status"))
        if not isinstance(metadata, Mapping) or metadata.get("phone_number_id") != self._phone:
            return Incoming("", overheard=True)
        if isinstance(status, Mapping):
            log.warning("message_not_delivered", reason=_reason(status), to=status.get("recipient_id"))
            return Incoming("", overheard=True)
        if not isinstance(message, Mapping):
            return Incoming("", overheard=True)
        stamp = str(message.get("timestamp", ""))
        if stamp.isascii() and stamp.isdecimal() and time.time() - int(stamp) > WINDOW_SECONDS:
            log.warning("window_closed", reason="it was sent more than a day ago, and can't be answered")
            return Incoming("", overheard=True)
        self._note(message)
        return read_message(message, str(payload.get("name", "")))

    def _note(self, message: Mapping[str, Any]) -> None:
        """Which message it is that is being answered; the oldest are forgotten."""
        person = str(message.get("from") or message.get("from_user_id"))
        self._last[person] = str(message.get("id"))
        if len(self._last) > _MOST_LAST:
            del self._last[next(iter(self._last))]

    async def fetch(self, attached: Attached, largest: int) -> bytes | None:
        with reading():
            try:
                return await self._api.download(attached.id, largest)
            except WhatsAppError as error:
                if error.status == 429 or error.status >= 500 or error.code in _TOO_MANY:
                    raise MailWaitsError(str(error), "It is tried again.") from None
                raise RefusedError(str(error)) from None

    def parts(
        self, conversation: str, markdown: str, answer_to: str | None = None, shown: str | None = None
    ) -> list[dict[str, Any]]:
        person = conversation.partition(":")[2]
        # An id of the person for this business alone begins with two letters.
        place = {"recipient": person} if "." in person else {"to": person}
        return [
            {**place, "type": "text", "text": {"body": text, "preview_url": False}}
            for text in messages(markdown)
        ]

    def pause(self, payload: Mapping[str, Any]) -> float:
        return max(0.0, self._free_at.get(_person(payload), 0.0) - time.monotonic())

    async def send(self, payload: Mapping[str, Any]) -> str:
        person = _person(payload)
        body = {"messaging_product": "whatsapp", "recipient_type": "individual", **payload}
        with sending():
            try:
                answer = await self._api.post(f"{self._phone}/messages", body)
            except WhatsAppError as error:
                raise self._meaning(error, person) from None
        self._refusals.pop(person, None)
        self._free_at[person] = time.monotonic() + PERSON_SECONDS
        sent = answer.get("messages")
        return str(sent[0].get("id", "")) if isinstance(sent, list) and sent else ""

    def _meaning(self, error: WhatsAppError, person: str) -> Exception:
        if error.code in REFUSED_TOKENS:
            return TokenRefusedError("WhatsApp refuses the access token")
        if error.code == _TOO_MANY_TO_ONE:
            times = self._refusals[person] = self._refusals.get(person, -1) + 1
            wait = min(_LONGEST_WAIT, 4.0**times)
            self._free_at[person] = time.monotonic() + wait
            return WaitError("WhatsApp says: too many messages to one person", wait)
        if error.code in _TOO_MANY or error.status == 429:
            return WaitError("WhatsApp says: too many messages", error.retry_after or 5.0)
        if error.code == _WINDOW_CLOSED:
            return RefusedError(
                "More than a day has passed since this person wrote: WhatsApp takes no answer"
            )
        if error.code in _GONE:
            return GoneError(str(error))
        if error.status >= 500:
            return UncertainError(f"WhatsApp has trouble ({error.code})")
        return RefusedError(str(error))

    @asynccontextmanager
    async def working(
        self, conversation: str, answer_to: str | None, preview: Preview
    ) -> AsyncIterator[OnText]:
        """The message is marked as read and "typing" is shown; WhatsApp has no message that grows."""
        last = self._last.get(conversation.partition(":")[2])
        task = asyncio.create_task(self._type(last)) if last is not None else None
        try:
            yield lambda text: None
        finally:
            if task is not None:
                task.cancel()
                await asyncio.wait({task})

    async def _type(self, message: str) -> None:
        shown = {"status": "read", "message_id": message, "typing_indicator": {"type": "text"}}
        while True:
            with suppress(WhatsAppError, UnreachableError):
                body = {"messaging_product": "whatsapp", **shown}
                await self._api.post(f"{self._phone}/messages", body, wait=5.0)
            await asyncio.sleep(_TYPING_SECONDS)

    async def link(self, start: str | None = None) -> str | None:
        """https://faq.whatsapp.com/5913398998672934: a chat with the words already written."""
        try:
            number = await number_of(self._api, self._phone)
        except (WhatsAppError, UnreachableError):
            return None
        words = f"?text={quote(f'/start {start}')}" if start else ""
        return f"https://wa.me/{number.digits}{words}"

    async def aclose(self) -> None:
        await self._api.aclose()


def _person(payload: Mapping[str, Any]) -> str:
    return str(payload.get("to") or payload.get("recipient"))


def _reason(status: Mapping[str, Any]) -> str:
    errors = status.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], Mapping) else {}
    return f"{first.get('code', '')} {first.get('title', '')}".strip()
