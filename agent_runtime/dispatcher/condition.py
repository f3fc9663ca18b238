"""How a bot is: its phase with a reason and a next step, and when its worker may be tried again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from agent_runtime.channels.channel import ChannelState
from agent_runtime.dispatcher.backoff import Backoff, ending
from agent_runtime.dispatcher.registry import Registration
from agent_runtime.dispatcher.worker import Worker

_LOOK = "Look at the bot's log, then change or restart the bot."


_CONNECTING = ChannelState("connecting")


@dataclass(frozen=True, slots=True)
class _Channel:
    """`token` is the digest of its sealed file; of a paused bot there is none."""

    platform: str
    token: str | None
    state: ChannelState = _CONNECTING
    once_connected: bool = False


class Condition:
    """Changed by the runner and by what channels say; `status` puts it into words."""

    __slots__ = (
        "_channels",
        "_probe",
        "_unfit",
        "failed",
        "failures",
        "next_step",
        "not_before",
        "reason",
    )

    def __init__(self, registration: Registration) -> None:
        self._channels: tuple[_Channel, ...] = ()
        self._probe: str | None = None
        self.forgive()
        self._reset_channels(registration)

    def forgive(self) -> None:
        """Forget failures: the worker may be tried at once."""
        self.failures = 0
        self.failed = False
        self._unfit = False
        self.not_before = 0.0
        self.reason: str | None = None
        self.next_step: str | None = None

    def forgive_once(self) -> None:
        """One try at once; if that fails too, the wait is as long as before."""
        self.not_before = 0.0

    def replaced(self, registration: Registration) -> None:
        self.forgive()
        self._probe = None
        self._reset_channels(registration)

    def delay(self, until: float) -> None:
        """Something that is no fault of the bot; it is tried again soon."""
        self.not_before = until

    def worker_died(self, worker: Worker, backoff: Backoff, now: float) -> None:
        self.failures += 1
        problem = worker.problem
        if problem is not None:
            self.failed = self._unfit = True
            self.not_before = now + backoff.unfit(self.failures)
            self.reason = str(problem.get("detail") or problem.get("title"))
            self.next_step = str(problem.get("next_step") or _LOOK)
            return
        self.failed = backoff.failed(self.failures)
        self.not_before = now + backoff.wait(self.failures)
        self.reason, self.next_step = f"{ending(None)}, {self.failures} times in a row", _LOOK

    def exit_known(self, status: int) -> None:
        """How the worker ended, learned a moment after that it did."""
        if self.reason is not None:
            self.reason = self.reason.replace(ending(None), ending(status))

    def started(self) -> None:
        """A worker came up. One that died of messages is not known to be well before it has answered one."""
        if self._unfit:
            self.forgive()

    def succeeded(self) -> bool:
        """A message was answered; whether that changes anything."""
        changed = self.failures > 0 or self._probe is not None or self.reason is not None
        self.forgive()
        self._probe = None
        return changed

    def probed(self, problem: str | None) -> None:
        """A draft turn of the deployed bot was answered, or not."""
        self._probe = problem
        if problem is None:
            self.forgive()

    def channel(self, name: str, state: dict[str, Any]) -> None:
        told = ChannelState.of(state)
        self._channels = tuple(
            replace(each, state=told, once_connected=each.once_connected or told.state == "connected")
            if each.platform == name
            else each
            for each in self._channels
        )

    def status(self, registration: Registration, worker: str) -> dict[str, Any]:
        phase, reason, next_step = self._phase(registration, worker)
        return {
            "id": registration.bot,
            "revision": registration.revision,
            "phase": phase,
            "reason": reason,
            "next_step": next_step,
            "worker": worker,
            "channels": {
                "web": {"state": "connected"},
                **{each.platform: each.state.to_dict() for each in self._channels},
            },
        }

    def _phase(self, registration: Registration, worker: str) -> tuple[str, str | None, str | None]:
        if registration.paused:
            return "paused", "its owner paused it", "Resume it."
        if self.failed:
            return "failed", self.reason, self.next_step
        for each in self._channels:
            if each.state.state == "failed":
                return "degraded", f"{each.platform}: {each.state.reason}", each.state.next_step
        if self._probe is not None:
            return "degraded", self._probe, _LOOK
        for each in self._channels:
            if each.state.state == "connecting" and not each.once_connected:
                reason = f"{each.platform}: {each.state.reason or 'connecting'}"
                return "deploying", reason, each.state.next_step
        return ("idle", None, None) if worker == "none" else ("live", None, None)

    def _reset_channels(self, registration: Registration) -> None:
        """A channel whose token stays the same stays as it is; another has to connect anew."""
        before = {(each.platform, each.token): each for each in self._channels}
        fresh = (
            _Channel(each.platform, None if registration.paused else each.sealed)
            for each in registration.channels
        )
        self._channels = tuple(before.get((each.platform, each.token), each) for each in fresh)
