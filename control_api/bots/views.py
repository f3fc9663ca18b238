"""A bot as the API shows it: the projection of `main`, what the engine said, and the newest operation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agent_runtime.settings import webhook_path
from control_api import models
from control_api.bots.schemas import Activity, Bot, Channel, Phase, Secret, Status
from control_api.operations import plan
from control_api.usage import activity

_NO_OWNER = (
    "An operator makes that user or team with take_over, or moves the bot to another owner's folder on main."
)
_PHASES: dict[str, Phase] = {
    "pending": "pending",
    "deploying": "deploying",
    "live": "live",
    "idle": "idle",
    "paused": "paused",
    "degraded": "degraded",
    "failed": "failed",
}

_SENDING = ("telegram", "slack", "whatsapp")


@dataclass(frozen=True)
class Newest:
    """A bot's newest operation and the step that it is at."""

    operation: models.Operation
    step: str | None

    @classmethod
    def of(cls, operation: models.Operation, steps: Iterable[models.OperationStep]) -> Newest:
        going = operation.state not in plan.ENDED
        step = next((each.name for each in steps if each.state not in plan.OVER), None) if going else None
        return cls(operation, step)


def view(
    row: models.Bot,
    status: models.BotStatus | None,
    newest: Newest | None,
    public_url: str,
    *,
    owned: bool = True,
) -> Bot:
    """One bot; `owned` is false where no user and no team bears its owner's name."""
    status = status or models.BotStatus(bot=row.id)
    phase, reason, next_step = _phase(row, status, newest)
    if not owned and phase not in {"deleting", "held", "failed"}:
        phase, reason, next_step = (
            "degraded",
            f"There is no such owner: {row.owner}. It runs as pushed, and only operators can change it.",
            _NO_OWNER,
        )
    return Bot(
        id=row.id,
        owner=row.owner,
        name=row.name,
        version=row.version,
        spec=row.spec,
        status=Status(
            phase=phase,
            reason=reason,
            next_step=next_step,
            step=newest.step if newest else None,
            proven=status.proven,
            commit=row.commit,
            webhook_url=_webhook_url(row, public_url),
            operation=newest.operation.id if newest else status.operation,
        ),
        channels={name: Channel.model_validate(state) for name, state in status.channels.items()},
        secrets={
            name: Secret(set=True, changed_at=each.get("changed_at")) for name, each in row.secrets.items()
        },
        activity=Activity(last_at=status.active_at, turns=activity.days(status.turns)),
        created_at=row.created_at,
        updated_at=max(row.updated_at, status.updated_at),
    )


def _webhook_url(row: models.Bot, public_url: str) -> str | None:
    """Where the first platform that sends messages sends them; None without a public URL."""
    channels = row.spec.get("channels") or {}
    sending = next((name for name in _SENDING if channels.get(name)), None)
    if sending is None and (channels.get("discord") or {}).get("mode") == "interactions":
        sending = "discord"
    return public_url + webhook_path(row.id, sending) if public_url and sending else None


def _phase(
    row: models.Bot, status: models.BotStatus, newest: Newest | None
) -> tuple[Phase, str | None, str | None]:
    going = newest.operation if newest and newest.operation.state not in plan.ENDED else None
    if row.gone or (going is not None and going.kind == "delete"):
        return "deleting", "It is being deleted.", None
    if row.version is None:
        return "pending", "Its first commit is still to come.", None
    if row.held:
        reason = "; ".join(each["detail"] for each in row.held)
        return "held", reason, "Correct bot.yaml on main; the last valid one runs on meanwhile."
    if going is not None and newest is not None and going.settled:
        return "deploying", f"{going.kind.capitalize()} is at the step {newest.step or 'answered'}.", None
    if status.failure is not None and status.phase in {"live", "idle", "deploying", "pending"}:
        return "degraded", status.failure, status.remedy
    phase = _PHASES.get(status.phase, "degraded")
    return phase, status.reason or _REASONS.get(phase), status.next_step


_REASONS = {
    "pending": "The engine has not reported on it yet.",
    "deploying": "It is starting.",
    "paused": "It was paused; resume it to let it answer again.",
    "degraded": "A part of it does not work; its log says which.",
    "failed": "It cannot run; its log says why.",
}
