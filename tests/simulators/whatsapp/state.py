"""What there is at this Meta: apps, their phone numbers, and people who write to them."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.simulators.outgoing import Delivery, Outgoing, Pace, Watched, may_be_sent_to

# https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-messages#customer-service-windows
WINDOW_SECONDS = 86_400.0
# https://developers.facebook.com/docs/graph-api/webhooks/getting-started: again "with decreasing frequency".
RETRIES = (1.0, 10.0, 60.0, 600.0)
ANSWER_WITHIN = 10.0


@dataclass
class Fault:
    """The next `times` calls to a path that ends so go wrong: `500`, `drop`, `slow`, or a number of Meta's.

    With `after_accept` the call takes effect first.
    """

    path: str
    kind: str
    times: int = 1
    seconds: float = 1.0
    after_accept: bool = False


@dataclass
class App:
    """An app with the token of its system user."""

    token: str
    secret: str
    expired: bool = False


@dataclass
class Number:
    """A business's phone number; `wrote` is when each person wrote last."""

    id: str
    display: str
    app: App
    url: str = ""
    sent: list[dict[str, Any]] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    wrote: dict[str, float] = field(default_factory=dict)
    received: set[str] = field(default_factory=set)
    paces: dict[str, Pace] = field(default_factory=dict)


class Meta:
    """State, and the webhooks that come of what people do."""

    def __init__(self) -> None:
        self.numbers: dict[str, Number] = {}
        self.media: dict[str, tuple[App, bytes, str]] = {}
        self.watched, self.outgoing = Watched(), Outgoing(ANSWER_WITHIN)
        self.loopback = False
        self.retries: Sequence[float] = RETRIES
        # https://developers.facebook.com/docs/whatsapp/cloud-api/overview#pair-rate-limits: one message in
        # six seconds to the same person, and bursts of up to 45.
        self.seconds_a_message, self.burst = 6.0, 45.0
        self._count = itertools.count(1)

    def create(self, app: App | None = None) -> Number:
        count = next(self._count)
        # Meta's own begin with EAA; made up, so that no scanner of secrets takes it for one.
        app = app or App(f"simulated-{secrets.token_hex(12)}", secrets.token_hex(16))
        number = Number(f"10654035224{count:04}", f"+1 555-078-{count:04}", app)
        self.numbers[number.id] = number
        return number

    def pace(self, number: Number, person: str) -> Pace:
        return number.paces.setdefault(person, Pace(self.seconds_a_message, self.burst))

    def message_id(self) -> str:
        return f"wamid.{secrets.token_hex(24)}{next(self._count):06}"

    def wrote(self, number: Number, message: dict[str, Any]) -> None:
        """A person wrote: the window of a day is open."""
        person = str(message.get("from") or message.get("from_user_id"))
        number.wrote[person] = time.time()
        number.received.add(str(message["id"]))

    def notify(self, number: Number, value: dict[str, Any]) -> asyncio.Task[bool] | None:
        """https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples.

        What comes of it is whether it was taken; None where the number has no address.
        """
        metadata = {
            "display_phone_number": number.display.strip("+").replace("-", "").replace(" ", ""),
            "phone_number_id": number.id,
        }
        value = {"messaging_product": "whatsapp", "metadata": metadata, **value}
        change = {"field": "messages", "value": value}
        body = {
            "object": "whatsapp_business_account",
            "entry": [{"id": "102290129340398", "changes": [change]}],
        }
        return self.send(number, json.dumps(body).encode())

    def send(self, number: Number, raw: bytes) -> asyncio.Task[bool] | None:
        if not number.url:
            return None
        headers = signed(number.app, raw)
        return self.outgoing.send(number.url, raw, lambda _: headers, self.retries)

    async def set_url(self, number: Number, url: str, verify_token: str) -> str | None:
        """Why not, or None: https://developers.facebook.com/docs/graph-api/webhooks/getting-started."""
        if not may_be_sent_to(url, self.loopback):
            return "The URL couldn't be validated: it must use https"
        challenge = str(secrets.randbelow(10**9))
        query = {"hub.mode": "subscribe", "hub.verify_token": verify_token, "hub.challenge": challenge}
        answer = await self.outgoing.get(url, query)
        if answer.status != 200 or answer.body != challenge:
            return f"Callback verification failed: HTTP Status Code = {answer.status}"
        number.url = url
        return None

    def deliveries(self, number: Number) -> list[Delivery]:
        return [each for each in self.outgoing.deliveries if each.url == number.url]


def signed(app: App, raw: bytes) -> dict[str, str]:
    """https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads."""
    signature = hmac.new(app.secret.encode(), raw, hashlib.sha256).hexdigest()
    return {"content-type": "application/json", "x-hub-signature-256": f"sha256={signature}"}
