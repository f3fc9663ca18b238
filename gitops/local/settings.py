"""The local engine's settings."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from agent_runtime.home import Home

_CHECKOUT = Path(__file__).resolve().parent.parent.parent


class EngineSettings(BaseSettings):
    """Read from `BOTYARD_…`; what other programs set there is passed over."""

    model_config = SettingsConfigDict(
        env_prefix="BOTYARD_", env_ignore_empty=True, extra="ignore", frozen=True
    )

    home: Path = Field(
        default=_CHECKOUT / ".botyard", description="The folder that holds all state of one machine."
    )
    engine_poll_seconds: float = Field(
        default=2.0,
        gt=0,
        description="How often the engine looks at the deploy branches, besides being told.",
    )
    engine_parallel: int = Field(
        default=16, ge=1, le=256, description="How many bots the engine applies at a time."
    )
    engine_compare_seconds: float = Field(
        default=60.0, gt=0, description="How often the engine compares what runs with what should run."
    )

    @property
    def places(self) -> Home:
        return Home.at(self.home)
