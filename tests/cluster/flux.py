"""Flux's controllers, as processes, with the limits that a fleet of thousands wants raised."""

from __future__ import annotations

import urllib.request
from functools import partial
from pathlib import Path

import yaml
from lightkube import Client
from lightkube.codecs import from_dict
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.apiextensions_v1 import CustomResourceDefinition
from lightkube.resources.core_v1 import Namespace

from tests.cluster.identities import Identities
from tests.cluster.parts import Parts
from tests.cluster.programs import definitions, program

_NAMESPACE = "flux-system"
# Where each says that it is well; metrics are a port below, the sources' files two.
_HEALTH = {"source-controller": 9792, "kustomize-controller": 9795, "helm-controller": 9798}
_OPTIONS = {
    "source-controller": ["--concurrent=10", "--kube-api-qps=500", "--kube-api-burst=1000"],
    "kustomize-controller": [
        "--concurrent=10",
        "--concurrent-ssa=10",
        "--kube-api-qps=500",
        "--kube-api-burst=1000",
    ],
    "helm-controller": [
        "--concurrent=20",
        "--kube-api-qps=1000",
        "--kube-api-burst=2000",
        "--graceful-shutdown-timeout=1s",
    ],
}


def start_flux(parts: Parts, identities: Identities, client: Client, folder: Path) -> None:
    """Apply Flux's definitions and start its controllers."""
    for path in definitions("source-controller", "flux"):
        for document in yaml.safe_load_all(path.read_text()):
            client.apply(from_dict(document), field_manager="tests")
    client.apply(Namespace(metadata=ObjectMeta(name=_NAMESPACE)), field_manager="tests")
    parts.ready("kube-apiserver", lambda: _established(client))
    files = folder / "sources"
    files.mkdir()
    for name, port in _HEALTH.items():
        options = [
            f"--health-addr=127.0.0.1:{port}",
            f"--metrics-addr=127.0.0.1:{port - 1}",
            "--events-addr=",
        ]
        if name == "source-controller":
            address = f"127.0.0.1:{port - 2}"
            options += [
                f"--storage-path={files}",
                f"--storage-addr={address}",
                f"--storage-adv-addr={address}",
            ]
        parts.start(
            name,
            [str(program(name)), *options, "--requeue-dependency=2s", *_OPTIONS[name]],
            {
                "KUBECONFIG": str(identities.path("admin.kubeconfig")),
                "RUNTIME_NAMESPACE": _NAMESPACE,
                # Keys and keyrings of kustomize-controller go where the cluster's files are.
                "TMPDIR": str(folder),
            },
        )


def await_flux(parts: Parts) -> None:
    """Return when all three are well."""
    for name, port in _HEALTH.items():
        parts.ready(name, partial(_is_well, port))


def _established(client: Client) -> bool:
    found = list(client.list(CustomResourceDefinition))
    return all(
        any(each.type == "Established" and each.status == "True" for each in (one.status.conditions or []))
        for one in found
        if one.status
    )


def _is_well(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
