"""Slack as a place to play in: an app in a workspace, its direct messages and one of the channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.journeys.person import Person, Scene
from tests.journeys.public_world import PublicWorld, SlackServer
from tests.journeys.whole_talk import SCENES
from tests.simulators.media import told

_CHANNEL = "C0PLAY"


class InSlack:
    """`Place` of one app, which its owner has just made and installed."""

    name = "slack"
    scenes: frozenset[Scene] = SCENES

    def __init__(self, botyard: PublicWorld) -> None:
        self._slack, self._url = botyard.slack, botyard.url
        self.app = dict(self._slack.ask("POST", "/apps", {}))
        self.channels: Mapping[str, Any] = {
            "slack": {
                "token": {"secret": "SLACK_TOKEN"},
                "signing_secret": {"secret": "SLACK_SIGNING_SECRET"},
            }
        }
        self.secrets: Mapping[str, str] = {
            "SLACK_TOKEN": self.app["token"],
            "SLACK_SIGNING_SECRET": self.app["signing_secret"],
        }
        people = [self.person(number).user for number in (1, 2)]
        self._slack.ask("POST", "/channels", {"id": _CHANNEL, "members": [*people, self.app["user"]]})

    def set_up(self, bot: str) -> None:
        """What the owner does on the app's page once the bot is deployed."""
        place = {"url": f"{self._url}/webhook/{bot}/slack"}
        assert self._slack.ask("POST", f"/apps/{self.app['token']}/request-url", place) == {"error": None}

    def person(self, number: int) -> InDirectMessages:
        return InDirectMessages(self._slack, self.app, f"U0PERSON{number}")

    def group(self, count: int = 0, within: float = 30.0) -> list[str]:
        return _texts(self._slack, self.app, _CHANNEL, count, within)

    def grown(self, reader: Person) -> list[str]:
        """By edits of the message that the answer grows in."""
        assert isinstance(reader, InDirectMessages)
        calls = self._slack.ask("GET", f"/apps/{self.app['token']}/calls?method=chat.update")
        edits = [each["arguments"] for each in calls]
        return [str(each["markdown_text"]) for each in edits if each["channel"] == reader.talk]

    def check_long(self, said: Sequence[str]) -> None:
        assert max(map(len, said)) <= 12_000
        assert not [text for text in said if text.count("```") % 2], "code is whole in each message"


class InDirectMessages:
    """`Person` in Slack."""

    def __init__(self, slack: SlackServer, app: dict[str, Any], user: str) -> None:
        self._slack, self._app, self.user = slack, app, user
        self.id = f"slack:{user}"
        self.talk = f"D{app['user'][1:]}{user[1:]}"

    def pair(self, link: str | None, code: str) -> None:
        assert link is None, "no link of Slack's says something to a bot"
        self.say(f"start {code}")

    def say(self, text: str) -> None:
        self._say(text)

    def command(self, name: str) -> None:
        self.say(name)

    def send(self, content: bytes, caption: str = "") -> None:
        assert told(content)
        path = f"/_sim/apps/{self._app['token']}/file"
        answer = self._slack.http.post(path, params={"name": "it"}, content=content)
        self._say(caption, files=[answer.json()])

    def reads(self, count: int = 0, within: float = 30.0) -> list[str]:
        return _texts(self._slack, self._app, self.talk, count, within)

    def mention(self, text: str) -> None:
        self._say(f"<@{self._app['user']}> {text}", channel=_CHANNEL)

    def chatter(self, text: str) -> None:
        self._say(text, channel=_CHANNEL)

    def _say(self, text: str, **more: Any) -> None:
        self._slack.ask("POST", f"/apps/{self._app['token']}/say", {"user": self.user, "text": text, **more})


def _texts(slack: SlackServer, app: dict[str, Any], channel: str, count: int, within: float) -> list[str]:
    query = f"channel={channel}&count={count}&timeout={within}"
    return [str(each["text"]) for each in slack.ask("GET", f"/apps/{app['token']}/sent?{query}")]
