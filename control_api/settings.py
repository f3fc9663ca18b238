"""The control API's settings: one class, every variable `BOTYARD_…`."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from agent_runtime.home import Home
from agent_runtime.settings import is_loopback, public_address
from gitops import remote_url

_CHECKOUT = Path(__file__).resolve().parent.parent
_TOKEN = re.compile(r"byt_[A-Za-z0-9_-]{22,200}")
_FEWEST_DIFFERENT_CHARACTERS = 8
_PLACEHOLDER = re.compile(
    r"change.?me|replace|example|placeholder|your.?token|secret|password", re.IGNORECASE
)
# https://core.telegram.org/bots/api#authorizing-your-bot
_TELEGRAM_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{20,100}")
_DRIVERS = ("postgresql+psycopg", "sqlite+aiosqlite")
# Where Flux finds the fleet that Botyard hosts: charts/botyard.
_IN_CLUSTER = "control.botyard.svc.cluster.local"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class ControlSettings(BaseSettings):
    """Settings of the control API. A value that would make the installation weak stops the start."""

    model_config = SettingsConfigDict(
        env_prefix="BOTYARD_", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    home: Path = Field(_CHECKOUT / ".botyard", description="Folder of all state of one machine.")
    host: str = Field("127.0.0.1", description="Address on which the gateway listens.")
    port: int = Field(8080, ge=0, le=65535, description="Port on which the gateway listens.")
    database_url: str = Field("", description="SQLAlchemy URL; empty means SQLite in the home.")
    fleet_remote: str = Field("", description="Git remote of the fleet; empty means hosted by Botyard.")
    fleet_poll_seconds: float = Field(
        10, ge=0.1, le=3600, description="How often the fleet's remote is asked what others pushed."
    )
    public_url: str = Field(
        "",
        description="https URL at which people and chat platforms reach Botyard; unset, Telegram is polled.",
    )
    bootstrap_token: SecretStr | None = Field(
        None, description="API token of the first operator, read while there is no operator."
    )
    engine: Literal["local", "kubernetes"] = Field(
        "local", description="What runs the bots: this machine, or the cluster of `BOTYARD_KUBECONFIG`."
    )
    cluster: str = Field(
        "local",
        pattern=r"^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$",
        description="The cluster that a fleet is begun for; `local` is one machine.",
    )
    kubeconfig: Path | None = Field(
        None, description="Kubeconfig of the cluster; unset, the service account of the pod."
    )
    drafts_url: str = Field(
        "", description="On a cluster: base URL of the runtime that tries specifications before they run."
    )
    brain_url: str = Field(
        "",
        description="On a cluster: base URL of the embedded brain, if there is one; pods are told it.",
    )
    proof: bool = Field(
        True,
        description="Whether deploys end with a turn; off only for simulated pods, in tests of scale.",
    )
    frontend: Path = Field(_CHECKOUT / "frontend" / "dist", description="Folder of the built page.")
    telegram_api_url: str = Field("https://api.telegram.org", description="Base URL of Telegram's Bot API.")
    discord_api_url: str = Field(
        "https://discord.com/api/v10", description="Base URL of Discord's HTTP API, with its version."
    )
    telegram_manager_token: SecretStr | None = Field(
        None,
        description="Token of the Telegram bot that makes users' bots by a tap; unset, each brings a token.",
    )
    slack_api_url: str = Field("https://slack.com/api", description="Base URL of Slack's Web API.")
    whatsapp_api_url: str = Field(
        "https://graph.facebook.com/v24.0", description="Base URL of Meta's Graph API, with its version."
    )
    connected_within: float = Field(60, gt=0, description="Seconds that a bot has to connect its channels.")
    answered_within: float = Field(90, gt=0, description="Seconds that a bot has to answer the probe.")
    synced_within: float = Field(120, gt=0, description="Seconds that the engine has to apply a commit.")

    @field_validator("home", "frontend")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return path.expanduser().resolve()

    @field_validator("database_url")
    @classmethod
    def _spoken(cls, url: str) -> str:
        if url and url.partition(":")[0] not in _DRIVERS:
            raise ValueError(f"must begin with {' or '.join(f'{each}://' for each in _DRIVERS)}")
        return url

    @field_validator("public_url")
    @classmethod
    def _web_address(cls, url: str) -> str:
        return public_address(url)

    @field_validator("fleet_remote")
    @classmethod
    def _harmless(cls, url: str) -> str:
        if url:
            remote_url.scheme(url)
        return url

    @field_validator("bootstrap_token")
    @classmethod
    def _strong(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None:
            _check_bootstrap_token(token.get_secret_value())
        return token

    @field_validator("telegram_manager_token")
    @classmethod
    def _of_telegram(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and not _TELEGRAM_TOKEN.fullmatch(token.get_secret_value()):
            raise ValueError("must be the whole token that @BotFather gave for the bot, 123456789:AA…")
        return token

    @model_validator(mode="after")
    def _on_a_cluster(self) -> Self:
        if self.engine == "kubernetes" and not self.database_url.startswith("postgresql"):
            raise ValueError(
                "BOTYARD_ENGINE=kubernetes needs BOTYARD_DATABASE_URL=postgresql+psycopg://…: the bots' pods "
                "keep their messages there"
            )
        return self

    @cached_property
    def places(self) -> Home:
        """Where everything of this machine lies."""
        return Home.at(self.home)

    @property
    def database(self) -> str:
        """The URL of the database, SQLite in the home where none is set."""
        return self.database_url or f"sqlite+aiosqlite:///{self.places.control_database}"

    @property
    def url(self) -> str:
        """The address that people open."""
        if self.public_url:
            return self.public_url
        host = f"[{self.host}]" if ":" in self.host else self.host
        host = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)  # noqa: S104 — shown, not bound
        return f"http://{host}:{self.port}"

    @property
    def hosts(self) -> frozenset[str]:
        """Every host name by which this installation may be addressed."""
        named = urlsplit(self.public_url).hostname if self.public_url else None
        inside = {_IN_CLUSTER} if self.engine == "kubernetes" else set()
        return _LOOPBACK | {self.host.lower()} | ({named.lower()} if named else set()) | inside

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine is served."""
        return is_loopback(self.host)


def _check_bootstrap_token(token: str) -> None:
    advice = "make one with: python -c \"import secrets; print('byt_' + secrets.token_urlsafe(24))\""
    if not _TOKEN.fullmatch(token):
        raise ValueError(f"must be `byt_` and at least 22 of A-Za-z0-9_-; {advice}")
    if _PLACEHOLDER.search(token) or len(set(token[4:])) < _FEWEST_DIFFERENT_CHARACTERS:
        raise ValueError(f"is a placeholder or too easy to guess; {advice}")


def load_settings(**values: Any) -> ControlSettings:
    """Settings from the environment, `values` before it."""
    return ControlSettings(**values)
