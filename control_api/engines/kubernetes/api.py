"""The cluster's API: a client that notices a dead connection, the kinds we read, and its errors as ours.

Objects are read as plain JSON objects: we keep a few facts of each, never the object.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
from lightkube import ApiError, AsyncClient, KubeConfig
from lightkube.config.client_adapter import verify_cluster
from lightkube.config.kubeconfig import SingleConfig
from lightkube.config.models import User
from lightkube.generic_resource import GenericNamespacedResource, create_namespaced_resource
from lightkube.types import PatchType

from control_api.engines.protocol import EngineAwayError

# Where the platform's own objects are: the chart of bots, and a source and a Kustomization a shard.
PLATFORM = "botyard"
BOT_LABELS = {"app.kubernetes.io/name": "bot", "app.kubernetes.io/part-of": "botyard"}

Kind = type[GenericNamespacedResource]
HelmRelease: Kind = create_namespaced_resource("helm.toolkit.fluxcd.io", "v2", "HelmRelease", "helmreleases")
Kustomization: Kind = create_namespaced_resource(
    "kustomize.toolkit.fluxcd.io", "v1", "Kustomization", "kustomizations"
)
GitRepository: Kind = create_namespaced_resource(
    "source.toolkit.fluxcd.io", "v1", "GitRepository", "gitrepositories"
)
Deployment: Kind = create_namespaced_resource("apps", "v1", "Deployment", "deployments")
Pod: Kind = create_namespaced_resource("", "v1", "Pod", "pods")
Event: Kind = create_namespaced_resource("", "v1", "Event", "events")
Secret: Kind = create_namespaced_resource("", "v1", "Secret", "secrets")

# https://fluxcd.io/flux/components/source/gitrepositories/#triggering-a-reconcile
_REQUESTED = "reconcile.fluxcd.io/requestedAt"
_SECONDS = 10.0
# A peer that is gone without a word is noticed within half a minute, also on a watch that is long silent.
_KEEP_ALIVE = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        (socket.IPPROTO_TCP, getattr(socket, name), value)
        for name, value in {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 4}.items()
        if hasattr(socket, name)
    ),
)


def connect(kubeconfig: Path | None) -> AsyncClient:
    """A client by this kubeconfig; without one, by the account of the pod that we run in."""
    config = _config(kubeconfig)
    verify = verify_cluster(config.cluster, config.user or User(), config.abs_file, trust_env=False)
    transport = httpx2.AsyncHTTPTransport(verify=verify, trust_env=False, socket_options=_KEEP_ALIVE)
    return AsyncClient(config, timeout=httpx2.Timeout(_SECONDS), trust_env=False, transport=transport)


def _config(kubeconfig: Path | None) -> SingleConfig:
    config = KubeConfig.from_file(kubeconfig) if kubeconfig else KubeConfig.from_service_account()
    found = config.get()
    assert found is not None  # it is None only where a default was given
    return found


async def request(client: AsyncClient, kind: Kind, name: str, namespace: str) -> None:
    """Ask Flux to look at an object now."""
    asked = {"metadata": {"annotations": {_REQUESTED: datetime.now(UTC).isoformat()}}}
    await client.patch(kind, name, asked, namespace=namespace, patch_type=PatchType.MERGE)


@contextmanager
def away(what: str = "the cluster's API") -> Iterator[None]:
    """Whatever the API refuses or breaks off in the block is the engine being away."""
    try:
        yield
    except ApiError as error:
        raise EngineAwayError(f"{what} refuses: {error.status.message}") from error
    except httpx2.HTTPError as error:
        raise EngineAwayError(f"{what} is not reachable: {type(error).__name__}") from error


def name_of(found: Mapping[str, Any]) -> tuple[str, str]:
    """Namespace and name of an object."""
    metadata = found["metadata"]
    return str(metadata.get("namespace", "")), str(metadata["name"])


def conditions(found: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """An object's conditions by their type."""
    status = found.get("status") or {}
    return {str(each["type"]): each for each in status.get("conditions") or ()}
