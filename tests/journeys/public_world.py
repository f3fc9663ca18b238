"""A Botyard with a public address, and the platforms that send messages there."""

from __future__ import annotations

from contextlib import ExitStack

from tests.journeys.simulated import Simulator
from tests.journeys.world import World


class SlackServer(Simulator):
    """Slack with its people; `BOTYARD_SLACK_API_URL` is `api_url`."""

    def __init__(self) -> None:
        super().__init__("slack")

    @property
    def api_url(self) -> str:
        return f"{self.url}/api"


class WhatsAppServer(Simulator):
    """Meta with the people on WhatsApp; `BOTYARD_WHATSAPP_API_URL` is `api_url`."""

    def __init__(self) -> None:
        super().__init__("whatsapp")

    @property
    def api_url(self) -> str:
        return f"{self.url}/v24.0"


class PublicWorld(World):
    """As `World`, with the simulators `slack` and `whatsapp`; the gateway's own address is the public one."""

    def surround(self, stack: ExitStack) -> dict[str, str]:
        settings = super().surround(stack)
        self.slack = stack.enter_context(SlackServer())
        self.whatsapp = stack.enter_context(WhatsAppServer())
        self.telegram.ask("POST", "/webhooks", {"loopback": True, "first_wait": 0.1})
        self.slack.ask("POST", "/settings", {"loopback": True, "retries": [0.0, 0.5, 3.0]})
        self.whatsapp.ask("POST", "/settings", {"loopback": True, "retries": [0.2, 1.0, 3.0]})
        return {
            **settings,
            "BOTYARD_SLACK_API_URL": self.slack.api_url,
            "BOTYARD_WHATSAPP_API_URL": self.whatsapp.api_url,
        }

    def prepare(self) -> None:
        self.installation.environment["BOTYARD_PUBLIC_URL"] = self.installation.url
