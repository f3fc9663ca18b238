"""What the Graph API does for a number, and what it refuses."""

from __future__ import annotations

import re
import time
from typing import Any

from tests.simulators.whatsapp.state import WINDOW_SECONDS, Meta, Number

# https://developers.facebook.com/docs/whatsapp/cloud-api/messages/text-messages
LONGEST_TEXT = 4096
# https://developers.facebook.com/docs/whatsapp/embedded-signup/webhooks/override: "Maximum 200 characters."
LONGEST_URL = 200
_PERSON = re.compile(r"\+?[1-9][0-9]{4,19}")
_USER = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,128}")
Body = dict[str, Any]


class GraphError(Exception):
    """An answer with `error`: https://developers.facebook.com/docs/graph-api/guides/error-handling."""

    def __init__(self, code: int, message: str, status: int = 400, detail: str = "") -> None:
        super().__init__(message)
        self.code, self.status = code, status
        self.body = {
            "error": {
                "message": f"(#{code}) {message}",
                "type": "OAuthException",
                "code": code,
                "error_data": {"messaging_product": "whatsapp", "details": detail or message},
                "fbtrace_id": "simulated",
            }
        }


def read_number(number: Number, fields: str) -> Body:
    """https://developers.facebook.com/docs/whatsapp/business-management-api/manage-phone-numbers."""
    known: Body = {
        "display_phone_number": number.display,
        "verified_name": f"Shop {number.id[-4:]}",
        "quality_rating": "GREEN",
        "webhook_configuration": {
            "application": "https://app.example/default",
            **({"phone_number": number.url} if number.url else {}),
        },
    }
    asked = fields.split(",") if fields else ["display_phone_number", "verified_name", "quality_rating"]
    if unknown := [each for each in asked if each not in known]:
        raise GraphError(100, f"Tried accessing nonexisting field ({unknown[0]})")
    return {**{name: known[name] for name in asked}, "id": number.id}


async def set_webhook(meta: Meta, number: Number, body: Body) -> Body:
    """https://developers.facebook.com/docs/whatsapp/embedded-signup/webhooks/override."""
    place = body.get("webhook_configuration")
    if not isinstance(place, dict) or not place.get("override_callback_uri"):
        raise GraphError(100, "Invalid parameter")
    url = str(place["override_callback_uri"])
    if len(url) > LONGEST_URL:
        raise GraphError(100, "Invalid parameter", detail="override_callback_uri is too long")
    if not place.get("verify_token"):
        raise GraphError(100, "Invalid parameter", detail="verify_token is required")
    if (problem := await meta.set_url(number, url, str(place["verify_token"]))) is not None:
        raise GraphError(2200, problem)
    return {"success": True}


def send(meta: Meta, number: Number, body: Body) -> Body:
    """https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages."""
    if body.get("messaging_product") != "whatsapp":
        raise GraphError(100, "The parameter messaging_product is required.")
    if "status" in body:
        return _mark(number, body)
    person = _recipient(body)
    text = body.get("text")
    if body.get("type") != "text" or not isinstance(text, dict) or not str(text.get("body", "")).strip():
        raise GraphError(131008, "Required parameter is missing", detail="text.body is required")
    if len(text["body"]) > LONGEST_TEXT:
        raise GraphError(
            100, "Invalid parameter", detail=f"text.body must be at most {LONGEST_TEXT} characters long"
        )
    if time.time() - number.wrote.get(person, 0.0) > WINDOW_SECONDS:
        raise GraphError(
            131047,
            "Re-engagement message",
            detail="Message failed to send because more than 24 hours have passed since the customer last "
            "replied to this number.",
        )
    if meta.pace(number, person).take() > 0:
        raise GraphError(131056, "(Business Account, Consumer Account) pair rate limit hit")
    message = {"id": meta.message_id(), "to": person, "text": text["body"], "at": time.time()}
    number.sent.append(message)
    return {
        "messaging_product": "whatsapp",
        "contacts": [{"input": person, "wa_id": person}],
        "messages": [{"id": message["id"]}],
    }


def _recipient(body: Body) -> str:
    """`to` is a phone number; who is known by an id for this business alone is the `recipient`.

    https://developers.facebook.com/docs/whatsapp/business-scoped-user-ids
    """
    to, recipient = body.get("to"), body.get("recipient")
    if isinstance(to, str) and _PERSON.fullmatch(to):
        return to.lstrip("+")
    if isinstance(recipient, str) and _USER.fullmatch(recipient):
        return recipient
    raise GraphError(131009, "Parameter value is not valid", detail="to is no phone number")


def _mark(number: Number, body: Body) -> Body:
    """https://developers.facebook.com/docs/whatsapp/cloud-api/typing-indicators: of a message that came."""
    typing = body.get("typing_indicator")
    if body["status"] != "read" or (typing is not None and typing != {"type": "text"}):
        raise GraphError(100, "Invalid parameter")
    if body.get("message_id") not in number.received:
        raise GraphError(100, "Invalid parameter", detail="message_id is unknown")
    return {"success": True}
