"""The settings of the runtime: one class for every process of the hive, and for a pod."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from agent_runtime.home import Home

_POSTGRES = "postgresql+psycopg://"
_DEFAULT_HOME = Path(__file__).resolve().parent.parent / ".botyard"


class RuntimeSettings(BaseSettings):
    """Read from `BOTYARD_…`; what other programs set there is not ours and is passed over."""

    model_config = SettingsConfigDict(
        env_prefix="BOTYARD_",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    home: Path = Field(default=_DEFAULT_HOME, description="The folder that holds all state of one machine.")
    host: str = Field(default="127.0.0.1", description="The address that the gateway listens on.")
    database_url: SecretStr | None = Field(
        default=None, description="SQLAlchemy URL; empty means SQLite in the home."
    )
    public_url: str | None = Field(
        default=None,
        description="https URL at which people and chat platforms reach Botyard; unset, Telegram is polled.",
    )
    telegram_api_url: str = Field(
        default="https://api.telegram.org",
        description="The Telegram Bot API; another one for a self-hosted server or a proxy.",
    )
    discord_api_url: str = Field(
        default="https://discord.com/api/v10",
        description="Discord's HTTP API with its version; another one for a proxy.",
    )
    slack_api_url: str = Field(
        default="https://slack.com/api", description="Slack's Web API; another one for a proxy."
    )
    whatsapp_api_url: str = Field(
        default="https://graph.facebook.com/v24.0",
        description="Meta's Graph API with its version, for WhatsApp; another one for a proxy.",
    )
    brain_url: str = Field(
        default="",
        description="On a cluster: base URL of the embedded brain; empty, it is the home's own.",
    )
    allow_private_urls: bool = Field(
        default=False, description="Whether models and tools on private addresses may be called."
    )
    listeners: int = Field(
        default=1,
        ge=1,
        le=64,
        description="How many processes look after Telegram; owners are spread over them.",
    )
    conversations_per_bot: int = Field(
        default=8, ge=1, le=256, description="How many conversations of one bot are answered at a time."
    )
    awake_workers: int = Field(
        default=64, ge=1, le=4096, description="How many bots have a process at a time; others wait for one."
    )
    turn_seconds: float = Field(
        default=900.0,
        gt=0,
        description="How long one message may take before its worker is ended, in seconds.",
    )

    @field_validator("database_url")
    @classmethod
    def _known(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith((_POSTGRES, "sqlite")):
            raise ValueError(f"must begin with {_POSTGRES}")
        return value

    @field_validator("telegram_api_url", "discord_api_url", "slack_api_url", "whatsapp_api_url", "brain_url")
    @classmethod
    def _without_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @field_validator("public_url")
    @classmethod
    def _reachable(cls, value: str | None) -> str | None:
        return public_address(value) if value is not None else None

    @property
    def paths(self) -> Home:
        return Home.at(self.home)

    @property
    def postgres(self) -> str | None:
        """The URL of the database that messages and conversations are in; None where they are in files."""
        url = self.database_url.get_secret_value() if self.database_url is not None else ""
        return url if url.startswith(_POSTGRES) else None

    def webhook_url(self, bot: str, channel: str) -> str | None:
        """Where a chat platform sends a bot's messages; None where they are fetched."""
        return f"{self.public_url}{webhook_path(bot, channel)}" if self.public_url else None

    @property
    def private_urls_allowed(self) -> bool:
        """Loopback is fair while Botyard itself listens on loopback only: nobody but its user asks it to."""
        return self.allow_private_urls or is_loopback(self.host)


def webhook_path(bot: str, channel: str) -> str:
    """The path of a bot's entrance for a platform; Telegram's is the shorter one."""
    return f"/webhook/{bot}" + ("" if channel == "telegram" else f"/{channel}")


def public_address(url: str) -> str:
    """A public URL without its last slash, or nothing. Raises ValueError, saying what it must be.

    Tokens and messages travel to it, so it is TLS; but what stays on this machine, for trying things out.
    """
    parts = urlsplit(url)
    if not url:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be a URL such as https://bots.example.com")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must hold no user name and no password")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("must begin with https:// (http:// is for this machine's own addresses)")
    return url.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether listening on `host` is open to this machine only; a name but `localhost` is taken as open."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
