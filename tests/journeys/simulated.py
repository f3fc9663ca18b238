"""The simulators as processes of their own, and what a test asks of them."""

from __future__ import annotations

import base64
import secrets
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2

from tests.simulators.serving import bind

ROOT = Path(__file__).resolve().parents[2]
# A specification's fields for a bot on Telegram that listens to everybody.
ON_TELEGRAM: dict[str, Any] = {
    "channels": {"telegram": {"token": {"secret": "TELEGRAM_TOKEN"}}},
    "access": {"policy": "open"},
}


class Simulator:
    """`python -m tests.simulators.<name>`, started and ended with a `with` block."""

    def __init__(self, name: str, certificate: Path | None = None, host: str = "127.0.0.1") -> None:
        self._name, self._certificate, self._host = name, certificate, host

    def __enter__(self) -> Self:
        self._socket = bind(host=self._host)
        self._process = self._start()
        # It is a test's own, whatever certificate it has.
        self.http = httpx2.Client(base_url=self.url, timeout=30.0, trust_env=False, verify=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()
        self._end(signal.SIGTERM)
        self._socket.close()

    def _start(self) -> subprocess.Popen[str]:
        descriptor = self._socket.fileno()
        by_tls = ["--certificate", str(self._certificate)] if self._certificate is not None else []
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                f"tests.simulators.{self._name}",
                "--descriptor",
                str(descriptor),
                *by_tls,
            ],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=[descriptor],
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("listening on "), f"the {self._name} simulator said {line!r}"
        self.url = line.removeprefix("listening on ").strip()
        return process

    def _end(self, how: signal.Signals) -> None:
        self._process.send_signal(how)
        self._process.wait(60)  # With ten thousand bots it has much to let go of.
        if self._process.stdout is not None:
            self._process.stdout.close()

    def killed(self) -> None:
        """kill -9, and another one at the same address: what it knew is gone, no connection is refused."""
        self._end(signal.SIGKILL)
        self._process = self._start()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The simulator's side for tests."""
        response = self.http.request(method, f"/_sim{path}", json=body)
        assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
        return response.json() if response.content else None


class ModelServer(Simulator):
    """Models by behaviour: `echo`, `instructions`, `slow:0.5`, `long-markdown`, …"""

    def __init__(self, host: str = "127.0.0.1") -> None:
        super().__init__("model", host=host)

    @property
    def base_url(self) -> str:
        """For `model.base_url`; it wants a key."""
        return f"{self.url}/v1"

    @property
    def open_url(self) -> str:
        """The same without a key."""
        return f"{self.url}/open/v1"

    def spec(self, name: str, model: str = "echo", **fields: Any) -> dict[str, Any]:
        """A small specification of a bot on one of these models."""
        return {
            "version": 1,
            "name": name,
            "instructions": f"You are {name}.",
            "model": {"provider": "openai-compatible", "name": model, "base_url": self.open_url},
            **fields,
        }

    def requests(self, model: str | None = None) -> list[dict[str, Any]]:
        """What came in, oldest first."""
        seen = self.ask("GET", "/requests")
        return [item for item in seen if model is None or item["model"] == model]


@dataclass(frozen=True)
class Person:
    """Somebody in a private chat with a bot."""

    telegram: TelegramServer
    bot: TelegramBot
    user: int

    def say(self, text: str, **more: Any) -> dict[str, Any]:
        """Write to the bot, or where `group` says."""
        body = {"user": self.user, "text": text, **more}
        return dict(self.telegram.ask("POST", f"/bots/{self.bot.id}/say", body))

    def send(self, content: bytes, kind: str, caption: str = "") -> dict[str, Any]:
        """Send a file to the bot, as a `photo`, a `voice` message or a `document`."""
        path = f"/_sim/bots/{self.bot.id}/files"
        file = self.telegram.http.post(path, params={"as": kind}, content=content).json()
        return self.say("", content={**file, **({"caption": caption} if caption else {})})

    def reads(self, count: int = 0, within: float = 30.0, chat: int | None = None) -> list[dict[str, Any]]:
        """What the bot sent here, or in a group, once there are `count` messages or the time is over."""
        path = f"/bots/{self.bot.id}/sent?chat={chat or self.user}&count={count}&timeout={within}"
        return list(self.telegram.ask("GET", path))


@dataclass(frozen=True)
class TelegramBot:
    """A bot that @BotFather made."""

    telegram: TelegramServer
    id: int
    token: str
    username: str

    def person(self, user: int) -> Person:
        return Person(self.telegram, self, user)

    def rates(self, **rates: float) -> None:
        """Limits of this bot; 0 switches one off."""
        self.telegram.ask("POST", f"/bots/{self.id}/rates", rates)

    def makes(self, user: int, name: str, username: str) -> TelegramBot:
        """A person taps this bot's button and names a bot of their own; nobody sees its token."""
        made = self.telegram.ask(
            "POST", f"/bots/{self.id}/managed", {"user": user, "name": name, "username": username}
        )
        return TelegramBot(self.telegram, made["id"], "", made["username"])

    def fault(self, method: str, kind: str, **more: Any) -> None:
        """Let the next call of a method go wrong."""
        self.telegram.ask("POST", f"/bots/{self.id}/faults", {"method": method, "kind": kind, **more})

    def lose_answers(self, every: int) -> None:
        """Of so many answers of its webhook one is lost, and what it took is sent again."""
        self.telegram.ask("POST", f"/bots/{self.id}/lost", {"every": every})

    def sent_again(self) -> list[int]:
        """Ids of updates that were sent to the webhook more than once."""
        deliveries = self.telegram.ask("GET", f"/bots/{self.id}/deliveries")
        ids = [each["update_id"] for each in deliveries]
        return [each for each in dict.fromkeys(ids) if ids.count(each) > 1]


class TelegramServer(Simulator):
    """A Bot API server with its people."""

    def __init__(self, certificate: Path | None = None, host: str = "127.0.0.1") -> None:
        super().__init__("telegram", certificate, host)

    def bot(self, *, can_manage_bots: bool = False, picture: bytes = b"") -> TelegramBot:
        """A new bot with its token."""
        shown = {"picture": base64.b64encode(picture).decode()}
        made = self.ask("POST", "/bots", {"can_manage_bots": can_manage_bots, **shown})
        return TelegramBot(self, made["id"], made["token"], made["username"])

    def refused_token(self) -> str:
        """A token of the right shape that this Telegram knows no bot for."""
        return f"7999999999:AA{secrets.token_urlsafe(32)[:33]}"
