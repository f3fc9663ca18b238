"""The settings of a pod: those of the runtime, and where its one bot is mounted."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from agent_runtime.settings import RuntimeSettings
from agent_runtime.spec import BotId, SpecError


class PodSettings(RuntimeSettings):
    """Read from `BOTYARD_…`."""

    bot: str = Field(description="The id of a pod's one bot, `<owner>.<name>`.")
    bot_file: Path = Field(
        default=Path("/etc/botyard/bot.yaml"), description="The specification of a pod's bot."
    )
    secrets: Path = Field(
        default=Path("/run/secrets/botyard"),
        description="The folder of a pod's secrets: a file each, named as the specification names it.",
    )
    listen: str = Field(
        default="0.0.0.0:8080",
        description="Where a pod takes webhooks and the inner API.",
    )

    @field_validator("bot")
    @classmethod
    def _an_id(cls, value: str) -> str:
        try:
            return str(BotId.parse(value))
        except SpecError as error:
            raise ValueError(str(error)) from None

    @field_validator("listen")
    @classmethod
    def _an_address(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdecimal() or int(port) > 65535:
            raise ValueError("must be an address and a port, such as 0.0.0.0:8080")
        return value

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def private_urls_allowed(self) -> bool:
        """On a pod's loopback there is nothing but the pod's own inside."""
        return self.allow_private_urls

    @property
    def postgres(self) -> str | None:
        """As everywhere, by the role of the bot where the URL names no user."""
        url = super().postgres
        if url is None or (parts := urlsplit(url)).username is not None:
            return url
        from agent_runtime.store.postgres import role_of

        return parts._replace(netloc=f"{role_of(self.bot)}@{parts.netloc}").geturl()
