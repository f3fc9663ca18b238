"""Slack: signed events to the receiver, each sent again until it is answered, and replies by the Web API."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from agent_runtime.mail import mail_key
from agent_runtime.settings import webhook_path
from tests.durability.history import Said, Sent
from tests.durability.machine import Machine
from tests.simulators.serving import serving
from tests.simulators.slack.app import SlackSimulator
from tests.simulators.slack.state import Workspace

# Slack gives up after three more tries within minutes; who tries for longer loses only what is lost here.
_RETRIES = (0.1,) * 600


class Slack:
    """The `Platform`."""

    name = "slack"

    def __init__(self, workspace: Workspace, url: str) -> None:
        self._workspace = workspace
        self.environment = {"BOTYARD_SLACK_API_URL": f"{url}/api"}

    def account(self, bot: str, machine: Machine) -> _Account:
        return _Account(bot, machine, self._workspace)


class _Account:
    def __init__(self, bot: str, machine: Machine, workspace: Workspace) -> None:
        self._bot, self._workspace, self._app = bot, workspace, workspace.create()
        self._app.request_url = f"{machine.public_url}{webhook_path(bot, 'slack')}"
        self._said: list[Said] = []
        self.channels = {
            "slack": {"token": {"secret": "SLACK_TOKEN"}, "signing_secret": {"secret": "SLACK_SIGNING"}}
        }
        self.secrets = {"SLACK_TOKEN": self._app.token, "SLACK_SIGNING": self._app.signing_secret}

    async def say(self, user: int, text: str) -> None:
        """Slack keeps no order between events, so that one is written after the other was taken."""
        workspace, person, stamp = self._workspace, f"U{user}", self._workspace.stamp()
        channel = workspace.dm(self._app, person).id
        event = {
            "type": "message",
            "channel_type": "im",
            "user": person,
            "text": text,
            "ts": stamp,
            "channel": channel,
            "team": "T0SIMULATED",
            "event_ts": stamp,
        }
        said = Said(self._bot, _place(channel), text, mail_key("slack", f"{channel}-{stamp}"), time.time())
        if await workspace.taken(workspace.event(self._app, event)):
            self._said.append(said)

    def waiting(self) -> str | None:
        return None

    async def ended(self) -> tuple[list[Said], list[Sent]]:
        return self._said, [
            Sent(self._bot, _place(each["channel"]), each["text"], float(each["ts"]))
            for each in self._app.sent
        ]


def _place(channel: str) -> str:
    return f"slack:{channel}"


@asynccontextmanager
async def opened() -> AsyncIterator[Slack]:
    simulator = SlackSimulator()
    workspace = simulator.workspace
    workspace.loopback, workspace.retries, workspace.seconds_a_message = True, _RETRIES, 0.0
    async with serving(simulator.app) as url:
        yield Slack(workspace, url)
