"""Settings of the command line."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

DEFAULT_URL = "http://127.0.0.1:8080"


def default_home() -> Path:
    """`.botyard` in the checkout, which is where `make up` keeps its state."""
    return Path(__file__).resolve().parents[2] / ".botyard"


class CommandSettings(BaseSettings):
    """What `botyard` needs to find and enter a Botyard."""

    model_config = SettingsConfigDict(env_prefix="BOTYARD_", env_ignore_empty=True, extra="ignore")

    home: Path = Field(
        default_factory=default_home,
        description="Folder with all state of one machine; the command line reads its saved sign-in there.",
    )
    url: str | None = Field(
        default=None,
        description="Address of Botyard; unset, the address of the saved sign-in, else `http://127.0.0.1:8080`.",
    )
    token: SecretStr | None = Field(
        default=None,
        description="API token (`byt_…`) to use instead of the saved sign-in.",
    )
