"""WhatsApp as a place to play in: a business's number, and people who write to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.journeys.person import Person, Scene
from tests.journeys.public_world import PublicWorld, WhatsAppServer
from tests.journeys.whole_talk import SCENES
from tests.simulators.media import told


class InWhatsApp:
    """`Place` of one number."""

    name = "whatsapp"
    # WhatsApp has no message that grows; and of groups its platform shows nothing to most businesses.
    scenes: frozenset[Scene] = SCENES - {"growing", "group"}

    def __init__(self, botyard: PublicWorld) -> None:
        self._whatsapp = botyard.whatsapp
        self.number = dict(self._whatsapp.ask("POST", "/numbers", {}))
        self.channels: Mapping[str, Any] = {
            "whatsapp": {
                "token": {"secret": "WHATSAPP_TOKEN"},
                "app_secret": {"secret": "WHATSAPP_APP_SECRET"},
                "phone_number_id": self.number["id"],
            }
        }
        self.secrets: Mapping[str, str] = {
            "WHATSAPP_TOKEN": self.number["token"],
            "WHATSAPP_APP_SECRET": self.number["secret"],
        }

    def set_up(self, bot: str) -> None:
        pass  # Botyard has registered the number.

    def person(self, number: int) -> InChat:
        return InChat(self._whatsapp, self.number, f"49151000{number:04}")

    def group(self, count: int = 0, within: float = 30.0) -> list[str]:
        return []

    def grown(self, reader: Person) -> list[str]:
        return []

    def check_long(self, said: Sequence[str]) -> None:
        assert len(said) > 2
        assert max(map(len, said)) <= 4096
        assert not [text for text in said if "**" in text], "Markdown is formatted"
        assert not [text for text in said if text.count("```") % 2], "code is whole in each message"


class InChat:
    """`Person` on WhatsApp."""

    def __init__(self, whatsapp: WhatsAppServer, number: dict[str, Any], digits: str) -> None:
        self._whatsapp, self._number, self._digits = whatsapp, number, digits
        self.id = f"whatsapp:{digits}"

    def pair(self, link: str | None, code: str) -> None:
        """The link has a chat with the words written already."""
        parts = urlsplit(link or "")
        ours = "".join(each for each in self._number["display"] if each.isdigit())
        assert (parts.netloc, parts.path) == ("wa.me", f"/{ours}"), link
        self.say(parse_qs(parts.query)["text"][0])

    def say(self, text: str) -> None:
        self._say({"text": text})

    def command(self, name: str) -> None:
        self.say(f"/{name}")

    def send(self, content: bytes, caption: str = "") -> None:
        assert told(content)
        answer = self._whatsapp.http.post(f"/_sim/numbers/{self._number['id']}/media", content=content)
        kind = "audio" if content.startswith(b"OggS") else "image"
        file = {"id": answer.json()["id"], **({"caption": caption} if caption else {})}
        self._say({"content": {"type": kind, kind: file}})

    def reads(self, count: int = 0, within: float = 30.0) -> list[str]:
        query = f"person={self._digits}&count={count}&timeout={within}"
        sent = self._whatsapp.ask("GET", f"/numbers/{self._number['id']}/sent?{query}")
        return [str(each["text"]) for each in sent]

    def mention(self, text: str) -> None:
        raise AssertionError("there are no groups")

    def chatter(self, text: str) -> None:
        raise AssertionError("there are no groups")

    def _say(self, body: dict[str, Any]) -> None:
        self._whatsapp.ask("POST", f"/numbers/{self._number['id']}/say", {"person": self._digits, **body})
