"""What there is in this Slack: one workspace with its apps, people and channels."""

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

TEAM = "T0SIMULATED"
# https://docs.slack.dev/apis/events-api#retries: "nearly immediately", after one minute, after five minutes.
RETRIES = (0.0, 60.0, 300.0)
# https://docs.slack.dev/apis/events-api#responding: "within three seconds".
ANSWER_WITHIN = 3.0


@dataclass
class Fault:
    """The next `times` calls of `method` go wrong: `500`, `429`, `drop`, `slow`, or an error of Slack's.

    With `after_accept` the call takes effect first.
    """

    method: str
    kind: str
    times: int = 1
    seconds: float = 1.0
    after_accept: bool = False


@dataclass
class Channel:
    """`im` is between one person and the app."""

    id: str
    im: bool = False
    members: set[str] = field(default_factory=set)
    archived: bool = False


@dataclass
class App:
    """An app that is installed in the workspace."""

    token: str
    signing_secret: str
    user: str
    bot: str
    request_url: str = ""
    sent: list[dict[str, Any]] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    revoked: bool = False
    reads_users: bool = True
    # chat.update is of tier 3: https://docs.slack.dev/apis/web-api/rate-limits
    edits: Pace = field(default_factory=lambda: Pace(1.2, 5.0))


class Workspace:
    """State, and the events that come of what people do."""

    def __init__(self) -> None:
        self.apps: dict[str, App] = {}
        self.channels: dict[str, Channel] = {}
        self.watched, self.outgoing = Watched(), Outgoing(ANSWER_WITHIN)
        self.loopback = False
        self.retries: Sequence[float] = RETRIES
        self.seconds_a_message, self.burst = 1.0, 4.0
        self._paces: dict[str, Pace] = {}
        self._sending: dict[str, asyncio.Task[bool]] = {}
        self._numbers = itertools.count(1)

    def create(self) -> App:
        number = next(self._numbers)
        # Slack's own begin with xoxb-; made up, so that no scanner of secrets takes it for one.
        app = App(
            f"simulated-{secrets.token_hex(12)}", secrets.token_hex(16), f"U0BOT{number}", f"B0{number}"
        )
        self.apps[app.token] = app
        return app

    def stamp(self) -> str:
        """The time of a message, unique in the workspace."""
        return f"{int(time.time())}.{next(self._numbers):06}"

    def dm(self, app: App, user: str) -> Channel:
        name = f"D{app.user[1:]}{user[1:]}"
        return self.channels.setdefault(name, Channel(name, im=True, members={user, app.user}))

    def pace(self, channel: str) -> Pace:
        """https://docs.slack.dev/apis/web-api/rate-limits: one message a second a channel, short bursts."""
        return self._paces.setdefault(channel, Pace(self.seconds_a_message, self.burst))

    async def set_request_url(self, app: App, url: str) -> str | None:
        """Why not, or None: https://docs.slack.dev/reference/events/url_verification."""
        if not may_be_sent_to(url, self.loopback):
            return "Your URL must use https"
        challenge = secrets.token_urlsafe(32)
        body = json.dumps({"token": "legacy", "challenge": challenge, "type": "url_verification"}).encode()
        answer = await self.outgoing.post(url, body, self.signed(app, body))
        if answer.status != 200 or challenge not in answer.body:
            return "Your URL didn't respond with the value of the `challenge` parameter."
        app.request_url = url
        return None

    def event(self, app: App, event: dict[str, Any], event_id: str | None = None) -> str:
        """Send an event in its envelope: https://docs.slack.dev/apis/events-api#event-type-structure."""
        event_id = event_id or f"Ev{next(self._numbers):08}"
        body = {
            "token": "legacy",
            "team_id": TEAM,
            "api_app_id": f"A{app.bot[1:]}",
            "event": event,
            "type": "event_callback",
            "event_id": event_id,
            "event_time": int(time.time()),
            "authorizations": [{"enterprise_id": None, "team_id": TEAM, "user_id": app.user, "is_bot": True}],
        }
        raw = json.dumps(body).encode()
        if app.request_url:
            self._sending[event_id] = self.outgoing.send(
                app.request_url, raw, lambda retry: self.signed(app, raw, retry), self.retries
            )
        return event_id

    async def taken(self, event_id: str) -> bool:
        """Whether an event that is being sent was answered with a 2xx, once there is no other try."""
        return await self._sending.pop(event_id)

    def signed(self, app: App, body: bytes, retry: int = 0) -> dict[str, str]:
        """https://docs.slack.dev/authentication/verifying-requests-from-slack."""
        stamp = str(int(time.time()))
        base = b":".join((b"v0", stamp.encode(), body))
        signature = hmac.new(app.signing_secret.encode(), base, hashlib.sha256).hexdigest()
        headers = {
            "content-type": "application/json",
            "x-slack-request-timestamp": stamp,
            "x-slack-signature": f"v0={signature}",
        }
        if retry:
            headers |= {"x-slack-retry-num": str(retry), "x-slack-retry-reason": "http_error"}
        return headers

    def deliveries(self, app: App) -> list[Delivery]:
        return [each for each in self.outgoing.deliveries if each.url == app.request_url]
