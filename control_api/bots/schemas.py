"""What goes in and out of the calls on bots."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from control_api.kit.paging import Page
from control_api.kit.values import MOST_SECRETS, Body, SecretName, SecretValue, Spec, Text
from control_api.operations.schemas import Operation

Phase = Literal["pending", "deploying", "live", "idle", "paused", "held", "degraded", "failed", "deleting"]
Secrets = Annotated[
    dict[SecretName, SecretValue],
    Field(max_length=MOST_SECRETS, description="Values by name; sealed at once and never readable again."),
]


class Process(BaseModel):
    """The process of a bot on one machine, which it has while it is awake, and its last wake."""

    memory_mib: float | None = Field(description="What it takes now; null while the bot sleeps.")
    woken_at: datetime | None = Field(description="When it last woke; null if it has not since the hive did.")
    wake_ms: float | None = Field(description="How long that took, in milliseconds.")


class Status(BaseModel):
    """How a bot is."""

    phase: Phase
    reason: str | None = Field(default=None, description="Why it is so, for people.")
    next_step: str | None = Field(default=None, description="What to do about it.")
    step: str | None = Field(default=None, description="The step that the current operation is at.")
    proven: bool = Field(default=False, description="Whether the bot as it is now has answered a turn.")
    commit: str | None = Field(default=None, description="The commit on `main` that last changed it.")
    webhook_url: str | None = Field(default=None, description="Where chat platforms send; null while polled.")
    operation: str | None = Field(default=None, description="Id of the newest operation.")
    process: Process | None = Field(
        default=None, description="Where one bot is read; null in lists and while the hive restarts."
    )


class Activity(BaseModel):
    """When a bot was last talked to, and how much."""

    last_at: datetime | None = Field(description="The end of its last turn; null if it had none.")
    turns: list[int] = Field(description="Turns of each of the last 14 days (UTC), today last.")


class Channel(BaseModel):
    """How one channel of a bot is."""

    state: str = Field(description="`connecting`, `connected` or `failed`.")
    reason: str | None = None
    next_step: str | None = None
    name: str | None = Field(default=None, description="What the platform calls the bot.")
    link: str | None = Field(default=None, description="Where to talk to it.")


class Secret(BaseModel):
    """That a secret is set, and since when; its value cannot be read."""

    set: bool
    changed_at: datetime | None = None


class SecretIsSet(BaseModel):
    """All that reading a secret tells."""

    set: bool


class Bot(BaseModel):
    """One bot."""

    id: str
    owner: str
    name: str
    version: str | None = Field(description="The blob id of `bot.yaml`; null until committed. The `ETag`.")
    spec: dict[str, Any]
    status: Status
    channels: dict[str, Channel] = Field(default_factory=dict)
    secrets: dict[str, Secret] = Field(default_factory=dict)
    activity: Activity
    created_at: datetime
    updated_at: datetime


class Bots(Page[Bot]):
    """A page of bots."""

    total: int | None = Field(
        default=None, description="How many match; on the first page alone, and where no phase is asked for."
    )
    event: int = Field(description="The newest event when it was read: `/events?after=` goes on from there.")


class Deploy(Body):
    """A new bot."""

    owner: Annotated[Text | None, Field(description="A user or team; left out, the caller.")] = None
    spec: Spec
    secrets: Secrets = Field(default_factory=dict)
    dry_run: bool = Field(default=False, description="Only say what would be committed.")


class Replace(Body):
    """A bot's new specification, whole."""

    spec: Spec
    secrets: Secrets = Field(default_factory=dict)
    dry_run: bool = Field(default=False, description="Only say what would be committed.")


class Change(Body):
    """A JSON merge patch (RFC 7396) of a bot's specification, new secrets, or both."""

    spec: Spec = Field(default_factory=dict)
    secrets: Secrets = Field(default_factory=dict)
    dry_run: bool = Field(default=False, description="Only say what would be committed.")


class Rollback(Body):
    """Back to how a bot was at a commit on `main`."""

    commit: Annotated[str, Field(pattern=r"^[0-9a-f]{7,64}$")]


class SetSecret(Body):
    """A secret's new value."""

    value: SecretValue


class FieldChange(BaseModel):
    """One value that differs."""

    pointer: str
    from_: Any = Field(default=None, alias="from")
    to: Any = None

    model_config = {"populate_by_name": True}


class Diff(BaseModel):
    """What differs between two versions of a bot."""

    changes: list[FieldChange]
    unified: str = Field(description="A unified diff of the files.")


class Written(BaseModel):
    """The answer to a write."""

    bot: Bot
    operation: Operation


class DryRun(BaseModel):
    """What a write would do."""

    bot: Bot
    diff: Diff


class HistoryEntry(BaseModel):
    """One commit on `main` that changed a bot."""

    commit: str
    author: str
    at: datetime
    operation: str | None = None
    message: str
    changes: list[FieldChange]


class History(Page[HistoryEntry]):
    """A page of a bot's history, newest first."""
