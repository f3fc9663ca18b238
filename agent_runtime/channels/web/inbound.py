"""A message of the page or the API. Who may send one was decided by the control API."""

from __future__ import annotations

import json
import secrets

from agent_runtime.mail import Arrival

CHANNEL = "web"


def identify(text: str, sender: str, conversation: str | None = None) -> Arrival:
    """The message with an id of its own; a new conversation if none is given."""
    return Arrival(
        platform_id=secrets.token_hex(12),
        conversation=conversation or f"{CHANNEL}:{secrets.token_hex(8)}",
        sender=sender,
        payload=json.dumps({"text": text}),
    )
