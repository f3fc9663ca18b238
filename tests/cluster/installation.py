"""A cluster with all that the guide asks for, and a code host with a certificate of its own authority."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import uvicorn

from tests.cluster.cluster import Cluster
from tests.cluster.images import image
from tests.cluster.kubectl import define, kubectl
from tests.gitops.code_host import CodeHost, bare
from tests.journeys.processes import eventually

USER = "botyard"
_VOLUME = """\
apiVersion: v1
kind: PersistentVolume
metadata: {{name: {name}}}
spec:
  capacity: {{storage: 10Gi}}
  accessModes: [ReadWriteOnce]
  hostPath: {{path: "{folder}"}}
"""


_FLUX = (
    "kustomizations.kustomize.toolkit.fluxcd.io",
    "helmreleases.helm.toolkit.fluxcd.io",
    "helmcharts.source.toolkit.fluxcd.io",
    "gitrepositories.source.toolkit.fluxcd.io",
)
_PLACES = "jsonpath={range .items[*]}{.metadata.namespace}{' '}{.metadata.name}{'\\n'}{end}"


def empty(cluster: Cluster) -> None:
    """Take away what other tests left, without waiting for Flux to clear up after each bot."""
    for kind in _FLUX:
        kubectl(cluster, "delete", kind, "--all", "--all-namespaces", "--wait=false")
    for kind in _FLUX:
        for place in kubectl(cluster, "get", kind, "-A", "-o", _PLACES).stdout.splitlines():
            namespace, name = place.split()
            free = ("--type=merge", "-p", '{"metadata": {"finalizers": null}}')
            # It may be gone by itself meanwhile.
            kubectl(cluster, "-n", namespace, "patch", kind, name, *free, check=False)
    found = kubectl(cluster, "get", "namespaces", "-o", "name").stdout.split()
    ours = [each for each in found if each.startswith(("namespace/user-", "namespace/botyard"))]
    if ours:
        kubectl(cluster, "delete", *ours, "--timeout=110s")


def prepare(cluster: Cluster) -> None:
    """What the guide takes for granted: Istio's kinds and namespaces, images, disks."""
    for target in ("control-api", "runtime"):
        cluster.containers.add_image(image(target))
    define(cluster)
    for name in ("istio-ingress", "istio-system"):
        cluster.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}])
    for number in range(2):
        disk(cluster, f"disk-{number}")


def disk(cluster: Cluster, name: str) -> None:
    """An empty one, which a StatefulSet of the cluster may claim."""
    folder = cluster.folder / name
    folder.mkdir()
    folder.chmod(0o777)
    cluster.apply(_VOLUME.format(name=name, folder=folder))


@contextlib.contextmanager
def code_host(cluster: Cluster, folder: Path, password: str) -> Iterator[str]:
    """The https URL of an empty repository that asks for `USER` and the password."""
    host = CodeHost(bare(folder / "remote.git"))
    host.password = password
    listening = socket.create_server((cluster.address, 0))
    config = uvicorn.Config(
        host,
        log_level="critical",
        lifespan="off",
        timeout_graceful_shutdown=2,
        # The API server's certificate is good for the node's address.
        ssl_certfile=str(cluster.kubeconfig.parent / "apiserver.crt"),
        ssl_keyfile=str(cluster.kubeconfig.parent / "apiserver.key"),
        ssl_version=ssl.PROTOCOL_TLS_SERVER,
    )
    server = uvicorn.Server(config)
    running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    running.start()
    try:
        eventually("the code host serves", lambda: server.started)
        yield f"https://{cluster.address}:{listening.getsockname()[1]}/remote.git"
    finally:
        server.should_exit = True
        running.join()
        listening.close()


def prove_to(cluster: Cluster, password: str) -> None:
    """Put what the code host asks for in place of what is in `fleet-git`."""
    authority = cluster.kubeconfig.parent / "ca.crt"
    options = [f"--from-literal=username={USER}", f"--from-literal=password={password}"]
    command = ("create", "secret", "generic", "fleet-git", "-n", "botyard", "--dry-run=client", "-o", "yaml")
    made = kubectl(cluster, *command, *options, f"--from-file=ca.crt={authority}").stdout
    kubectl(cluster, "apply", "--server-side", "--force-conflicts", "-f", "-", given=made)


def proving_to(cluster: Cluster, password: str) -> dict[str, str]:
    """What a person's own Git needs for the same, as variables."""
    helper = f"!f() {{ echo username={USER}; echo password={password}; }}; f"
    return {
        "GIT_SSL_CAINFO": str(cluster.kubeconfig.parent / "ca.crt"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "credential.helper",
        "GIT_CONFIG_VALUE_0": helper,
    }
