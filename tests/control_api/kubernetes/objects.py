"""Objects of a cluster as its controllers write them, for one bot, `alice.support`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from control_api.engines.kubernetes import facts

BOT = {"version": 1, "name": "support", "instructions": "Help.", "model": {"temperature": 0.5}}
SECRETS = {"TELEGRAM_TOKEN": "sha256:" + "1" * 64}
QUOTA = (
    'pods "support-6d5f" is forbidden: exceeded quota: quota, requested: requests.cpu=4, '
    "used: requests.cpu=1, limited: requests.cpu=4"
)

Json = dict[str, Any]


def release(
    bot: Mapping[str, Any] = BOT,
    *,
    generation: int = 1,
    ready: str | None = "True",
    reason: str = "InstallSucceeded",
    message: str = "Helm install succeeded",
    observed: int | None = None,
    version: int = 100,
) -> Json:
    """A HelmRelease, and helm-controller's `Ready` of it."""
    condition = {
        "type": "Ready",
        "status": ready,
        "reason": reason,
        "message": message,
        "observedGeneration": generation if observed is None else observed,
    }
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {
            "name": "support",
            "namespace": "user-alice",
            "generation": generation,
            "resourceVersion": str(version),
        },
        "spec": {"values": {"bot": dict(bot), "secrets": SECRETS}},
        "status": {"conditions": [] if ready is None else [condition]},
    }


def _annotations(bot: Mapping[str, Any]) -> dict[str, str]:
    content = facts.release(release(bot)).content
    return {
        "botyard.dev/specification": content.specification,
        "botyard.dev/secrets": content.secrets,
    }


def deployment(bot: Mapping[str, Any] = BOT, *, replicas: int = 1, refusal: str | None = None) -> Json:
    """A Deployment as the chart writes it, which its controller has seen."""
    condition = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": refusal}
    return {
        "metadata": {"name": "support", "namespace": "user-alice", "generation": 3, "resourceVersion": "1"},
        "spec": {"replicas": replicas, "template": {"metadata": {"annotations": _annotations(bot)}}},
        "status": {"observedGeneration": 3, "conditions": [condition] if refusal else []},
    }


def pod(
    bot: Mapping[str, Any] = BOT,
    *,
    name: str = "support-6d5f-abcde",
    ready: bool = True,
    address: str | None = "10.1.2.3",
    port: int = 8080,
    state: Mapping[str, Any] | None = None,
    last: Mapping[str, Any] | None = None,
    restarts: int = 0,
    made_at: str = "2026-11-21T10:00:00Z",
    ending: bool = False,
    conditions: list[Json] | None = None,
) -> Json:
    """A pod of the Deployment, and what the kubelet says of it."""
    status = {
        "name": "bot",
        "ready": ready,
        "restartCount": restarts,
        "state": dict(state or {"running": {}}),
        "lastState": dict(last or {}),
    }
    return {
        "metadata": {
            "name": name,
            "namespace": "user-alice",
            "labels": {
                "app.kubernetes.io/name": "bot",
                "app.kubernetes.io/part-of": "botyard",
                "app.kubernetes.io/instance": "support",
            },
            "annotations": _annotations(bot),
            "creationTimestamp": made_at,
            **({"deletionTimestamp": made_at} if ending else {}),
        },
        "spec": {"containers": [{"name": "bot", "ports": [{"name": "http", "containerPort": port}]}]},
        "status": {
            "phase": "Running",
            "podIP": address,
            "conditions": [{"type": "Ready", "status": str(ready)}, *(conditions or [])],
            "containerStatuses": [status],
        },
    }


def kustomization(
    *,
    applied: str | None,
    attempted: str | None = None,
    ready: str = "True",
    reason: str = "ReconciliationSucceeded",
    message: str = "",
) -> Json:
    """A shard's Kustomization."""
    return {
        "metadata": {"name": "shard-3f", "namespace": "botyard", "generation": 1},
        "spec": {},
        "status": {
            "lastAppliedRevision": applied,
            "lastAttemptedRevision": attempted or applied,
            "conditions": [{"type": "Ready", "status": ready, "reason": reason, "message": message}],
        },
    }
