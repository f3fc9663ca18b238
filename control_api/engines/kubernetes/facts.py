"""What we keep of the cluster's objects: a few facts each, so that many bots fit into little memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent_runtime.spec import runtime_file
from agent_runtime.spec.names import BotId, is_name
from control_api.engines.kubernetes.api import conditions, name_of

_NAMESPACE = "user-"
# By which the chart starts a bot anew.
_SPECIFICATION, _SECRETS = "botyard.dev/specification", "botyard.dev/secrets"
_LONGEST = 1000
OUT_OF_MEMORY = "OOMKilled"
_BEGINNING = ("ContainerCreating", "PodInitializing")

Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Content:
    """What a bot is made of, by its digests: two with the same content behave the same."""

    specification: str
    secrets: str


@dataclass(frozen=True, slots=True)
class Release:
    """A HelmRelease; of two versions the greater is newer. `ready` is None before helm-controller saw it."""

    version: int
    content: Content
    paused: bool
    deleting: bool
    ready: bool | None
    cause: str
    message: str
    # What somebody changed past Botyard, while that is not put back yet.
    drift: str | None


@dataclass(frozen=True, slots=True)
class Deployed:
    """A Deployment, and why the cluster makes no pods for it, if so.

    `shape` is a digest of all that the chart decides of it; replicas may be others' to decide.
    """

    content: Content
    shape: str
    refusal: str | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """What keeps a pod from running: Kubernetes' word for it, what it says more, and how often it died.

    The cause is `CrashLoopBackOff` while the kubelet waits with the next try, `Terminated` just after an end.
    """

    cause: str
    message: str
    restarts: int = 0


@dataclass(frozen=True, slots=True)
class Runs:
    """A pod of a bot."""

    name: str
    content: Content
    ready: bool
    ending: bool
    made_at: str
    address: str | None
    trouble: Trouble | None
    # It has a node, and its container is not made yet.
    waits: bool = False


def bot_of(found: Object) -> str | None:
    """The bot that a HelmRelease or Deployment is of; None where it lies in no owner's namespace."""
    namespace, name = name_of(found)
    return _bot(namespace, name)


def bot_of_pod(found: Object) -> str | None:
    """The bot that a pod is of."""
    namespace, _ = name_of(found)
    labels = found["metadata"].get("labels") or {}
    return _bot(namespace, str(labels.get("app.kubernetes.io/instance", "")))


def _bot(namespace: str, name: str) -> str | None:
    owner = namespace.removeprefix(_NAMESPACE)
    ours = owner != namespace and is_name(owner) and is_name(name)
    return str(BotId(owner, name)) if ours else None


def release(found: Object) -> Release:
    """The facts of a HelmRelease."""
    values = found["spec"].get("values") or {}
    bot, secrets = values.get("bot") or {}, values.get("secrets") or {}
    told = conditions(found)
    ready, drifted = told.get("Ready") or {}, told.get("Drifted") or {}
    # The condition may still be of the generation before; only one of this generation says anything of it.
    current = ready.get("observedGeneration") == found["metadata"].get("generation")
    return Release(
        # Versions of one resource are numbers that grow.
        # https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
        version=int(found["metadata"]["resourceVersion"]),
        content=Content(_digest(runtime_file(bot)[:-1]), _digest(_written(secrets))),
        paused=bot.get("paused") is True,
        deleting="deletionTimestamp" in found["metadata"],
        ready={"True": True, "False": False}.get(str(ready.get("status"))) if current else None,
        cause=str(ready.get("reason") or ""),
        message=str(ready.get("message") or "")[:_LONGEST],
        drift=str(drifted.get("message"))[:_LONGEST] if drifted.get("status") == "True" else None,
    )


def deployed(found: Object) -> Deployed:
    """The facts of a Deployment."""
    refusal = conditions(found).get("ReplicaFailure") or {}
    shape = {key: value for key, value in found["spec"].items() if key != "replicas"}
    return Deployed(
        content=_content(found["spec"]["template"]),
        shape=_digest(json.dumps(shape, sort_keys=True).encode()),
        refusal=str(refusal.get("message"))[:_LONGEST] if refusal.get("status") == "True" else None,
    )


def runs(found: Object) -> Runs:
    """The facts of a pod."""
    metadata, status = found["metadata"], found.get("status") or {}
    ready = conditions(found).get("Ready") or {}
    port = _port(found["spec"])
    return Runs(
        name=str(metadata["name"]),
        content=_content(found),
        ready=ready.get("status") == "True",
        ending="deletionTimestamp" in metadata,
        made_at=str(metadata.get("creationTimestamp") or ""),
        address=f"{_host(status['podIP'])}:{port}" if status.get("podIP") and port else None,
        trouble=_trouble(found),
        waits=_waits(status),
    )


def _waits(status: Object) -> bool:
    containers = (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ()))
    states = ((each.get("state") or {}).get("waiting") or {} for each in containers)
    return any(each.get("reason") in _BEGINNING for each in states)


def _content(found: Object) -> Content:
    annotations = found["metadata"].get("annotations") or {}
    return Content(str(annotations.get(_SPECIFICATION)), str(annotations.get(_SECRETS)))


def _trouble(found: Object) -> Trouble | None:
    status = found.get("status") or {}
    for each in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
        if (trouble := _of_container(each)) is not None:
            return trouble
    scheduled = conditions(found).get("PodScheduled") or {}
    if scheduled.get("status") == "False":
        return Trouble(str(scheduled.get("reason")), str(scheduled.get("message") or "")[:_LONGEST])
    if status.get("phase") == "Failed":
        return Trouble(str(status.get("reason") or "Failed"), str(status.get("message") or "")[:_LONGEST])
    return None


def _of_container(status: Object) -> Trouble | None:
    restarts = int(status.get("restartCount") or 0)
    waiting = (status.get("state") or {}).get("waiting") or {}
    ended = (status.get("state") or {}).get("terminated") or {}
    before = ended or (status.get("lastState") or {}).get("terminated") or {}
    if ended or waiting.get("reason") == "CrashLoopBackOff":
        said = ": ".join(filter(None, (_ending(before), _last_line(str(before.get("message") or "")))))
        return Trouble("Terminated" if ended else "CrashLoopBackOff", said, restarts)
    if waiting.get("reason") in (None, *_BEGINNING):
        return None
    return Trouble(str(waiting["reason"]), str(waiting.get("message") or "")[:_LONGEST])


def _ending(terminated: Object) -> str:
    if terminated.get("reason") == OUT_OF_MEMORY:
        return OUT_OF_MEMORY
    return f"exit code {terminated['exitCode']}" if "exitCode" in terminated else "an unknown end"


def _last_line(log: str) -> str:
    """The last line that says something; what the runtime writes is JSON, whose words are picked out."""
    lines = [line for line in log.splitlines() if line.strip()]
    if not lines:
        return ""
    try:
        record = json.loads(lines[-1])
    except ValueError:
        return lines[-1].strip()[:_LONGEST]
    if not isinstance(record, dict):
        return lines[-1].strip()[:_LONGEST]
    said = [str(record[key]) for key in ("event", "reason", "detail", "next_step") if record.get(key)]
    return ": ".join(said)[:_LONGEST]


def _port(spec: Object) -> int | None:
    ports = (each for container in spec["containers"] for each in container.get("ports") or ())
    return next((int(each["containerPort"]) for each in ports if each.get("name") == "http"), None)


def _host(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _written(secrets: Mapping[str, str]) -> bytes:
    """As the chart's `toRawJson` writes the digests."""
    return json.dumps(dict(sorted(secrets.items())), separators=(",", ":")).encode()
