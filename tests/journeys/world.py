"""One Botyard with all that surrounds it, for a whole test run."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.journeys.api import Api
from tests.journeys.discord import DiscordServer
from tests.journeys.installation import Installation, new_token
from tests.journeys.simulated import ModelServer, TelegramServer


class World:
    """A running installation: `url`, `token`, `home`, `api`, the simulators `telegram`,
    `discord` and `models`, and the operator's `manager` bot in Telegram."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            settings = self.surround(stack)
            self.installation = Installation(self._folder, token=new_token(), **settings)
            self.prepare()
            self.installation.start()
            stack.callback(self.installation.stop)
            self.token = str(self.installation.token)
            self.api = stack.enter_context(Api(self.installation.url, self.token))
            self._stack = stack.pop_all()
        self.url = self.installation.url
        self.home = self.installation.home
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def surround(self, stack: ExitStack) -> dict[str, str]:
        """Start what is around it; the settings by which it is found."""
        self.telegram = stack.enter_context(TelegramServer())
        self.discord = stack.enter_context(DiscordServer())
        self.models = stack.enter_context(ModelServer())
        self.manager = self.telegram.bot(can_manage_bots=True)
        return {
            "BOTYARD_TELEGRAM_API_URL": self.telegram.url,
            "BOTYARD_DISCORD_API_URL": self.discord.api_url,
            "BOTYARD_TELEGRAM_MANAGER_TOKEN": self.manager.token,
        }

    def prepare(self) -> None:
        """What else there is to set before the start."""

    @property
    def model_url(self) -> str:
        """Base URL for `provider: openai-compatible` without a key; models by behaviour, such as `echo`."""
        return self.models.open_url

    def spec(self, name: str, model: str = "echo", **fields: Any) -> dict[str, Any]:
        """A small specification on the simulated model, with room for its longest answer."""
        found = self.models.spec(name, model, **fields)
        if "model" not in fields:
            found["model"]["max_output_tokens"] = 8000
        return found

    def sign_in_code(self) -> str:
        """A fresh single-use code, as the sign-in link carries in its fragment."""
        answer = self.api.ask("POST", "/users/admin/sign-in-link")
        assert answer.is_success, answer.text
        return str(answer.json()["code"])

    def tail(self) -> str:
        return self.installation.tail()
