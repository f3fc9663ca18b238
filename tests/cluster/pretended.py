"""Nodes that only pretend, by kwok: their pods are Ready at once and run nothing, for figures of scale."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import partial

from lightkube.resources.core_v1 import Node
from lightkube.types import PatchType

from tests.cluster.cluster import Cluster
from tests.cluster.node import NAME
from tests.cluster.programs import built, program

_PRETENDS = "kwok.x-k8s.io/node"
_NAMES = tuple(f"pretended-{number}" for number in range(4))


@contextlib.contextmanager
def pretended_nodes(cluster: Cluster) -> Iterator[None]:
    """New pods go to nodes that pretend, until the end; those that are there stay where they are."""
    stages = cluster.folder / "stages.yaml"
    stages.write_text("\n---\n".join(path.read_text() for path in built("kwok").glob("*-*.yaml")))
    command = [
        str(program("kwok")),
        f"--config={stages}",
        f"--kubeconfig={cluster.kubeconfig}",
        "--manage-all-nodes=false",
        f"--manage-nodes-with-annotation-selector={_PRETENDS}=fake",
        "--node-lease-duration-seconds=40",
        "--cidr=10.200.0.1/16",
        "--server-address=127.0.0.1:10247",
    ]
    cluster.parts.start("kwok", command)
    cluster.apply(map(_node, _NAMES))
    for name in _NAMES:
        cluster.parts.ready("kwok", partial(_is_ready, cluster, name))
    _open(cluster, to_pods=False)
    try:
        yield
    finally:
        _open(cluster, to_pods=True)
        for name in _NAMES:
            cluster.client.delete(Node, name)
        cluster.parts.end("kwok")


def _node(name: str) -> dict[str, object]:
    metadata = {"name": name, "annotations": {_PRETENDS: "fake"}}
    return {"apiVersion": "v1", "kind": "Node", "metadata": metadata}


def _is_ready(cluster: Cluster, name: str) -> bool:
    status = cluster.client.get(Node, name).status
    conditions = (status and status.conditions) or []
    return any(each.type == "Ready" and each.status == "True" for each in conditions)


def _open(cluster: Cluster, *, to_pods: bool) -> None:
    """Whether the real node takes new pods."""
    change = {"spec": {"unschedulable": not to_pods}}
    cluster.client.patch(Node, NAME, change, patch_type=PatchType.MERGE)
