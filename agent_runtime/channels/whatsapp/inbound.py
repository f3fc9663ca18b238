"""WhatsApp's way in: whether a request comes from Meta, and the ids of its messages. It holds no secret.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started: Meta signs each body with the app's
secret, and asks by a GET, with a token that it was told, whether an address is ours.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from typing import Any

from agent_runtime.channels.webhooks import Proof, Taken, WebhookRequest
from agent_runtime.channels.whatsapp.reading import is_stop
from agent_runtime.mail import Arrival

CHANNEL = "whatsapp"
SIGNATURE = "x-hub-signature-256"
_KIND = "sha256="
_LABEL = b"botyard: verify token of the WhatsApp webhook, 1"


def verify_token_of(token: str) -> str:
    """What Meta is to show when it asks whether an address is ours: made from the access token.

    Who learns it can't come back to that, and gets nothing for it but an echo.
    """
    return hmac.new(token.strip().encode(), _LABEL, hashlib.sha256).hexdigest()[:40]


def digest_of(verify_token: str) -> str:
    """What is kept of it."""
    return hashlib.sha256(verify_token.encode()).hexdigest()


def is_promising(headers: Mapping[str, str], now: float) -> bool:
    return headers.get(SIGNATURE, "").startswith(_KIND)


async def is_proven(request: WebhookRequest, proof: Proof) -> bool:
    return await proof.signed(request.body, request.headers[SIGNATURE].removeprefix(_KIND))


def greet(request: WebhookRequest, proof: Proof) -> bytes | None:
    query = request.query or {}
    shown = digest_of(query.get("hub.verify_token", ""))
    if query.get("hub.mode") != "subscribe" or not hmac.compare_digest(shown, proof.told or ""):
        return None
    return query.get("hub.challenge", "").encode()


def take(request: WebhookRequest) -> Taken:
    """Meta may put several messages into one request; it sends it again for days until it is taken.

    https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples
    """
    data = json.loads(request.body)
    if not isinstance(data, dict):
        raise ValueError("not an object")
    return Taken([arrival for value in _values(data) for arrival in identify(value)])


def identify(value: Mapping[str, Any]) -> Iterator[Arrival]:
    """Each message of a person, and each of ours that did not arrive. A person is a conversation.

    Somebody may be known by a phone number, or by an id that is for this business alone:
    https://developers.facebook.com/docs/whatsapp/business-scoped-user-ids.
    """
    about = {"metadata": value.get("metadata")}
    names = _names(value)
    for message in _objects(value.get("messages")):
        sender = message.get("from") or message.get("from_user_id")
        if not (isinstance(sender, str) and isinstance(message.get("id"), str)) or "group_id" in message:
            continue
        payload = {**about, "message": message, "name": names.get(sender, "")}
        yield _arrival(message["id"], sender, payload, stops=is_stop(message))
    for status in _objects(value.get("statuses")):
        # https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples#message-status-updates
        to = status.get("recipient_id") or status.get("recipient_user_id")
        if status.get("status") == "failed" and isinstance(to, str) and isinstance(status.get("id"), str):
            yield _arrival(f"{status['id']}/failed", to, {**about, "status": status})


def _arrival(number: str, person: str, payload: dict[str, Any], *, stops: bool = False) -> Arrival:
    who = f"{CHANNEL}:{person}"
    return Arrival(number, conversation=who, sender=who, payload=json.dumps(payload), stops=stops)


def _values(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if data.get("object") != "whatsapp_business_account":
        return
    for entry in _objects(data.get("entry")):
        for change in _objects(entry.get("changes")):
            if change.get("field") == "messages" and isinstance(change.get("value"), dict):
                yield change["value"]


def _names(value: Mapping[str, Any]) -> dict[str, str]:
    """The names that people gave themselves, by what they are known by."""
    found = {}
    for contact in _objects(value.get("contacts")):
        profile = contact.get("profile")
        name = profile.get("name") if isinstance(profile, dict) else None
        for key in ("wa_id", "user_id"):
            if isinstance(name, str) and isinstance(contact.get(key), str):
                found[contact[key]] = name
    return found


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
