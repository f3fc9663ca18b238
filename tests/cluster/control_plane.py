"""etcd and Kubernetes' API server, controllers and scheduler, as processes.

The limits on requests are raised: the defaults throttle long before two processors are busy.
"""

from __future__ import annotations

import ssl
import urllib.request
from functools import partial
from pathlib import Path

from lightkube import ApiError, Client
from lightkube.resources.core_v1 import ServiceAccount

from tests.cluster.enclosure import ADDRESS
from tests.cluster.identities import SERVER, Identities
from tests.cluster.parts import Parts
from tests.cluster.programs import program

SERVICES = "10.96.0.0/16"
# Nobody else is at this loopback: not even pods, which have one of their own.
_ETCD = "http://127.0.0.1:2379"


def start_control_plane(parts: Parts, identities: Identities, folder: Path) -> None:
    """Start all four and return when the API server is ready; the controllers wait for nothing else."""
    kubernetes = str(program("kubernetes"))
    parts.start("etcd", [str(program("etcd")), *_etcd(folder)])
    parts.start("kube-apiserver", [kubernetes, "kube-apiserver", *_api_server(identities)])
    trust = ssl.create_default_context(cafile=identities.path("ca.crt"))
    parts.ready("kube-apiserver", partial(_is_ready, trust))
    for name, more in (
        ("kube-controller-manager", _controllers(identities)),
        ("kube-scheduler", ["--kube-api-qps=500", "--kube-api-burst=1000"]),
    ):
        config = identities.path(f"{name}.kubeconfig")
        options = (f"--{each}kubeconfig={config}" for each in ("", "authentication-", "authorization-"))
        quiet = ("--bind-address=127.0.0.1", "--leader-elect=false", "--profiling=false")
        parts.start(name, [kubernetes, name, *options, *quiet, *more])


def await_controllers(parts: Parts, client: Client) -> None:
    """Return when a namespace has its service account: then the controllers work."""
    parts.ready("kube-controller-manager", partial(_has_account, client))


def _is_ready(trust: ssl.SSLContext) -> bool:
    """Its own word: it is not ready before the roles of the others are there."""
    try:
        with urllib.request.urlopen(f"{SERVER}/readyz", timeout=5, context=trust) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _has_account(client: Client) -> bool:
    try:
        client.get(ServiceAccount, "default", namespace="default")
    except ApiError:
        return False
    return True


def _etcd(folder: Path) -> list[str]:
    peer = "http://127.0.0.1:2380"
    return [
        "--name=node",
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={_ETCD}",
        f"--advertise-client-urls={_ETCD}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=node={peer}",
        # Nothing of a test outlives a power cut.
        "--unsafe-no-fsync",
        "--quota-backend-bytes=4294967296",
        "--log-level=warn",
    ]


def _api_server(identities: Identities) -> list[str]:
    path = identities.path
    return [
        f"--bind-address={ADDRESS}",
        f"--advertise-address={ADDRESS}",
        f"--etcd-servers={_ETCD}",
        f"--tls-cert-file={path('apiserver.crt')}",
        f"--tls-private-key-file={path('apiserver.key')}",
        f"--token-auth-file={path('tokens.csv')}",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        f"--service-account-key-file={path('accounts.pub')}",
        f"--service-account-signing-key-file={path('accounts.key')}",
        f"--service-cluster-ip-range={SERVICES}",
        "--authorization-mode=Node,RBAC",
        # Nobody speaks for others; without it, the controllers complain every second.
        f"--requestheader-client-ca-file={path('ca.crt')}",
        "--requestheader-allowed-names=nobody",
        "--enable-admission-plugins=NodeRestriction",
        f"--kubelet-client-certificate={path('apiserver-kubelet-client.crt')}",
        f"--kubelet-client-key={path('apiserver-kubelet-client.key')}",
        f"--kubelet-certificate-authority={path('ca.crt')}",
        "--kubelet-preferred-address-types=InternalIP",
        "--max-requests-inflight=800",
        "--max-mutating-requests-inflight=400",
        "--profiling=false",
    ]


def _controllers(identities: Identities) -> list[str]:
    return [
        f"--service-account-private-key-file={identities.path('accounts.key')}",
        f"--root-ca-file={identities.path('ca.crt')}",
        "--use-service-account-credentials",
        "--kube-api-qps=500",
        "--kube-api-burst=1000",
        "--concurrent-deployment-syncs=20",
        "--concurrent-replicaset-syncs=20",
        "--concurrent-service-endpoint-syncs=20",
        "--concurrent-gc-syncs=20",
    ]
