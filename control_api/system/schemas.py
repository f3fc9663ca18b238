"""What the calls on the installation answer."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Part(BaseModel):
    """One part of the installation."""

    name: str
    state: Literal["ok", "failed", "unknown"]
    detail: str | None = None
    version: str | None = None
    memory_mib: float | None = Field(
        default=None, description="What it takes now, pages shared with others divided among them."
    )
    restarts: int | None = Field(default=None, description="After crashes; planned ones are not counted.")


class Wakes(BaseModel):
    """How long the last thousand wakes of idle bots took, from the wish for a worker to its being ready."""

    count: int
    p50_ms: float | None
    p99_ms: float | None


class Brain(BaseModel):
    """The embedded brain."""

    name: str
    label: str = Field(description="Always says that it is a demo.")
    provider: str


class System(BaseModel):
    """The installation as a whole."""

    version: str
    engine: Literal["local", "kubernetes"]
    url: str
    public_url: str | None
    parts: list[Part]
    brain: Brain
    bots: int
    awake: int | None = Field(description="Bots that have a process just now; null while the hive restarts.")
    wakes: Wakes | None
    operations_waiting: int
    fleet: str | None = Field(
        description="Where to clone the fleet repository: here, or its remote; null for who may not."
    )


class Check(BaseModel):
    """One thing of the machine that was looked at."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    state: Literal["ok", "warning", "failed"]
    detail: str
    next_step: str | None = Field(description="What to do, where there is something to do.")


class Checks(BaseModel):
    """What `botyard doctor` looks at on the machine itself, in the order in which to mend things."""

    items: list[Check]


class Health(BaseModel):
    """That a probe succeeded, or why not."""

    status: Literal["ok", "starting"]
    reason: str | None = None
