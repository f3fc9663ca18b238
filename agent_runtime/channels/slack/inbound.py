"""Slack's way in: whether a request comes from Slack, and the ids of an event. It holds no secret.

https://docs.slack.dev/authentication/verifying-requests-from-slack: Slack signs `v0:<stamp>:<body>` with a
secret that it shares with the app.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from agent_runtime.channels.slack.reading import is_for_the_bot, is_stop
from agent_runtime.channels.webhooks import Proof, Taken, WebhookRequest
from agent_runtime.mail import Arrival

CHANNEL = "slack"
SIGNATURE, STAMP = "x-slack-signature", "x-slack-request-timestamp"
# "If the timestamp is more than five minutes from local time, it could be a replay attack."
WINDOW_SECONDS = 300
_VERSION = "v0"


def is_promising(headers: Mapping[str, str], now: float) -> bool:
    stamp = headers.get(STAMP, "")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) < 12):
        return False
    return abs(now - int(stamp)) <= WINDOW_SECONDS and headers.get(SIGNATURE, "").startswith(f"{_VERSION}=")


async def is_proven(request: WebhookRequest, proof: Proof) -> bool:
    message = f"{_VERSION}:{request.headers[STAMP]}:".encode() + request.body
    return await proof.signed(message, request.headers[SIGNATURE].removeprefix(f"{_VERSION}="))


def take(request: WebhookRequest) -> Taken:
    """Slack sends an event up to four times under its `event_id`, and once asks whether the URL is ours.

    https://docs.slack.dev/reference/events/url_verification
    """
    data = json.loads(request.body)
    if not isinstance(data, dict):
        raise ValueError("not an object")
    if data.get("type") == "url_verification":
        return Taken(answer=str(data.get("challenge", "")).encode(), media_type="text/plain")
    arrival = identify(data, request.body.decode())
    return Taken((arrival,) if arrival is not None else ())


def greet(request: WebhookRequest, proof: Proof) -> bytes | None:
    return None  # Slack asks by POST.


def identify(data: Mapping[str, Any], payload: str) -> Arrival | None:
    """The ids of an event; None where it holds no message of a person that is for this bot.

    The time of a message is unique in its channel, and what it is known by: one message may come as several
    events. A thread is a conversation, and so is what is said in a DM outside of threads:
    `slack:<channel>:<thread>` and `slack:<channel>`.
    """
    event = data.get("event")
    if data.get("type") != "event_callback" or not isinstance(event, dict):
        return None
    channel, user, stamp = (event.get(name) for name in ("channel", "user", "ts"))
    if not (isinstance(channel, str) and isinstance(user, str) and isinstance(stamp, str)):
        return None
    if not is_for_the_bot(event):
        return None
    thread = event.get("thread_ts")
    if event.get("channel_type") != "im" and not isinstance(thread, str):
        thread = stamp  # The answer begins a thread.
    return Arrival(
        platform_id=f"{channel}-{stamp}",
        conversation=f"{CHANNEL}:{channel}" + (f":{thread}" if isinstance(thread, str) else ""),
        sender=f"{CHANNEL}:{user}",
        payload=payload,
        stops=is_stop(event),
    )
