"""From what the cluster says of a bot to its phase, with a reason and a next step. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from control_api.engines.kubernetes.facts import OUT_OF_MEMORY, Deployed, Release, Runs, Trouble

# Reasons of `Ready=False` by which helm-controller says that it still waits for something of the platform's.
# https://fluxcd.io/flux/components/helm/helmreleases/#false-ready
_WAITING = frozenset({"ArtifactFailed", "DependencyNotReady", "Progressing", "SourceNotReady"})
_IMAGE = frozenset({"ErrImageNeverPull", "ImageInspectError", "ImagePullBackOff", "InvalidImageName"})
_CONTAINER = frozenset({"CreateContainerConfigError", "CreateContainerError", "RunContainerError"})
# What the kubelet says of the Secret of the bot's own name; those that its owner set have a dot in theirs.
_ACCESS = re.compile(r'secret "[^".]+" not found')
# A first crash may be the fault of something that comes a moment later.
_CRASHES = 2

_LOOK = "Look at the bot's log, then change or restart the bot."
_OPERATOR = "Ask an operator to look at the cluster; `botyard doctor` says how its parts are."


@dataclass(frozen=True, slots=True)
class Seen:
    """All that the cluster says of one bot."""

    release: Release | None = None
    deployed: Deployed | None = None
    pods: tuple[Runs, ...] = ()

    @property
    def is_gone(self) -> bool:
        """Whether nothing of the bot is left."""
        return self.release is None and self.deployed is None and not self.pods

    @property
    def fresh(self) -> list[Runs]:
        """The pods of the present release, the newest first."""
        if self.release is None:
            return []
        ours = [each for each in self.pods if each.content == self.release.content and not each.ending]
        return sorted(ours, key=lambda each: each.made_at, reverse=True)


@dataclass(frozen=True, slots=True)
class Phase:
    """A bot's phase; `live` means that a pod of the present release is ready."""

    name: str
    reason: str | None = None
    next_step: str | None = None


def phase(seen: Seen) -> Phase:
    """The phase of a bot that is not gone."""
    release, deployed = seen.release, seen.deployed
    if release is None or release.deleting:
        failed = release.message if release is not None and release.ready is False else ""
        return Phase("deploying", ": ".join(filter(None, ("it is being removed", failed))))
    if release.ready is False and release.cause not in _WAITING:
        return Phase("failed", _helm(release.message), _after(release.message))
    if deployed is None or deployed.content != release.content:
        waits = release.message if release.cause in _WAITING and release.ready is False else ""
        return Phase("deploying", waits or "Helm installs it", _OPERATOR if waits else None)
    if release.paused:
        return _paused(seen)
    return _running(seen, deployed)


def held_up(trouble: Trouble) -> Phase:
    """The phase of a bot whose pod waits to start, by the last warning about it."""
    missing = _SECRET if trouble.cause == "FailedMount" and "secret" in trouble.message else _OPERATOR
    return Phase("deploying", f"its pod waits to start ({trouble.cause}: {trouble.message})", missing)


def _paused(seen: Seen) -> Phase:
    if seen.pods:
        return Phase("deploying", "its pod finishes what it is doing")
    return Phase("paused", "its owner paused it", "Resume it.")


def _running(seen: Seen, deployed: Deployed) -> Phase:
    fresh = seen.fresh
    if any(each.ready for each in fresh):
        return Phase("live")
    troubles = [each.trouble for each in fresh if each.trouble is not None]
    if troubles:
        return _trouble(troubles[0])
    if deployed.refusal is not None:
        return Phase(
            "failed", f"the cluster makes no pod for it: {deployed.refusal}", _after(deployed.refusal)
        )
    return Phase("deploying", "its pod starts")


def _trouble(trouble: Trouble) -> Phase:
    said = ": ".join(filter(None, (trouble.cause, trouble.message)))
    if trouble.cause in _IMAGE:
        return Phase("failed", f"its image cannot be pulled ({said})", _OPERATOR)
    if trouble.cause in _CONTAINER:
        # The control API gives it as soon as the database answers, and the kubelet tries again.
        if _ACCESS.match(trouble.message):
            return Phase("deploying", "its pod waits for its access to the database", _OPERATOR)
        missing = "secret" in trouble.message and "not found" in trouble.message
        return Phase("failed", f"its container cannot be made ({said})", _SECRET if missing else _OPERATOR)
    if trouble.cause == "CrashLoopBackOff" and trouble.restarts >= _CRASHES:
        reason = f"it crashes again and again, {trouble.restarts} times so far; last: {trouble.message}"
        return Phase("failed", reason, _MEMORY if trouble.message.startswith(OUT_OF_MEMORY) else _LOOK)
    if trouble.cause in {"CrashLoopBackOff", "Terminated"}:
        return Phase("deploying", f"it ended and is started again: {trouble.message}", _LOOK)
    return Phase("deploying", said, _OPERATOR)


_SECRET = "Set that secret of the bot again."  # noqa: S105 — a sentence
_MEMORY = "Give it more memory (resources.memory)."


def _helm(message: str) -> str:
    """What Helm complains of, without the names of release and chart before it."""
    head, colon, rest = message.partition(": ")
    return rest if colon and head.startswith("Helm ") else message or "Helm could not install it"


def _after(message: str) -> str:
    if "exceeded quota" in message:
        return "Pause or delete another bot, lower its resources, or ask an operator for a larger quota."
    return _OPERATOR
