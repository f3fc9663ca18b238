"""WhatsApp: signed webhooks to the receiver, each sent again until it is answered, and replies by Graph."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from agent_runtime.mail import mail_key
from agent_runtime.settings import webhook_path
from tests.durability.history import Said, Sent
from tests.durability.machine import Machine
from tests.simulators.serving import serving
from tests.simulators.whatsapp.app import WhatsAppSimulator
from tests.simulators.whatsapp.state import Meta

# Meta tries for days, with waits that grow.
_RETRIES = (0.1,) * 600


class WhatsApp:
    """The `Platform`."""

    name = "whatsapp"

    def __init__(self, meta: Meta, url: str) -> None:
        self._meta = meta
        self.environment = {"BOTYARD_WHATSAPP_API_URL": f"{url}/v24.0"}

    def account(self, bot: str, machine: Machine) -> _Account:
        return _Account(bot, machine, self._meta)


class _Account:
    def __init__(self, bot: str, machine: Machine, meta: Meta) -> None:
        self._bot, self._meta, self._number = bot, meta, meta.create()
        self._number.url = f"{machine.public_url}{webhook_path(bot, 'whatsapp')}"
        self._said: list[Said] = []
        self.channels = {
            "whatsapp": {
                "token": {"secret": "WHATSAPP_TOKEN"},
                "app_secret": {"secret": "WHATSAPP_APP_SECRET"},
                "phone_number_id": self._number.id,
            }
        }
        app = self._number.app
        self.secrets = {"WHATSAPP_TOKEN": app.token, "WHATSAPP_APP_SECRET": app.secret}

    async def say(self, user: int, text: str) -> None:
        """Meta keeps no order between requests, so that one is written after the other was taken."""
        person, number = f"1555{user:07}", self._meta.message_id()
        at = time.time()
        content = {"type": "text", "text": {"body": text}}
        message = {"from": person, "id": number, "timestamp": str(int(at)), **content}
        self._meta.wrote(self._number, message)
        contact = {"profile": {"name": f"Person {user}"}, "wa_id": person}
        sending = self._meta.notify(self._number, {"contacts": [contact], "messages": [message]})
        if sending is not None and await sending:
            self._said.append(Said(self._bot, _place(person), text, mail_key("whatsapp", number), at))

    def waiting(self) -> str | None:
        return None

    async def ended(self) -> tuple[list[Said], list[Sent]]:
        return self._said, [
            Sent(self._bot, _place(each["to"]), each["text"], each["at"]) for each in self._number.sent
        ]


def _place(person: str) -> str:
    return f"whatsapp:{person}"


@asynccontextmanager
async def opened() -> AsyncIterator[WhatsApp]:
    simulator = WhatsAppSimulator()
    simulator.meta.loopback, simulator.meta.seconds_a_message = True, 0.0
    simulator.meta.retries = _RETRIES
    async with serving(simulator.app) as url:
        yield WhatsApp(simulator.meta, url)
