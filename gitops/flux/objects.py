"""The objects by which Flux reads deploy branches: a source and a Kustomization a shard, and the chart."""

from __future__ import annotations

from typing import Any

from gitops import release

NAMESPACE = "botyard"
APPLIER = "applier"
# Put in by the Kustomization `platform`, from the ConfigMap `fleet`: where a cluster finds the fleet
# repository is the cluster's own affair, and a deploy branch is a function of `main`.
_URL = "${FLEET_URL}"
_PLATFORM = {"kind": "GitRepository", "name": "platform"}


def shard(branch: str, name: str) -> list[dict[str, Any]]:
    """The source of one shard's branch, and what applies it.

    A push is announced by the annotation `reconcile.fluxcd.io/requestedAt`; the interval is for the others.
    """
    source = {
        "interval": "10m",
        "url": _URL,
        "ref": {"branch": branch},
        "secretRef": {"name": "fleet-git"},
    }
    applied = {
        "interval": "1h",
        "retryInterval": "30s",
        "timeout": "5m",
        "path": "./",
        "prune": True,
        "serviceAccountName": APPLIER,
        "sourceRef": {"kind": "GitRepository", "name": name},
        "decryption": {"provider": "sops", "secretRef": {"name": "sops-age"}},
    }
    return [
        thing("source.toolkit.fluxcd.io/v1", "GitRepository", name, spec=source),
        thing("kustomize.toolkit.fluxcd.io/v1", "Kustomization", name, spec=applied),
    ]


def chart(version: str) -> dict[str, Any]:
    """The chart `bot` of a version. Only another version is another artifact, and wakes its releases."""
    spec = {
        "interval": "1h",
        "chart": f"./charts/{release.chart_name(version)}",
        "reconcileStrategy": "ChartVersion",
        "sourceRef": _PLATFORM,
    }
    return thing("source.toolkit.fluxcd.io/v1", "HelmChart", release.chart_name(version), spec=spec)


def thing(
    version: str, kind: str, name: str, *, namespace: str | None = NAMESPACE, **rest: Any
) -> dict[str, Any]:
    """A Kubernetes object; no namespace for one that lies in none."""
    where = {"namespace": namespace} if namespace else {}
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, **where}, **rest}
