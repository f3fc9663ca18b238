"""A whole cluster: up in seconds once its programs are built, and gone with its enclosure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml
from lightkube import ApiError, Client, KubeConfig
from lightkube.codecs import from_dict
from lightkube.generic_resource import create_namespaced_resource, load_in_cluster_generic_resources

from tests.cluster import enclosure
from tests.cluster.control_plane import await_controllers, start_control_plane
from tests.cluster.enclosure import ADDRESS
from tests.cluster.flux import await_flux, start_flux
from tests.cluster.identities import Identities
from tests.cluster.node import Containers, await_node, start_node
from tests.cluster.parts import Parts
from tests.journeys.processes import eventually

HelmRelease = create_namespaced_resource("helm.toolkit.fluxcd.io", "v2", "HelmRelease", "helmreleases")
GitRepository = create_namespaced_resource(
    "source.toolkit.fluxcd.io", "v1", "GitRepository", "gitrepositories"
)
Kustomization = create_namespaced_resource(
    "kustomize.toolkit.fluxcd.io", "v1", "Kustomization", "kustomizations"
)


class Cluster:
    """etcd, Kubernetes, containerd and Flux. `client` is the administrator's, as is the file `kubeconfig`.

    `address` is the node's: what a test serves there, pods reach. `parts` are the processes, to be killed.
    """

    address = ADDRESS

    def __init__(self) -> None:
        self.folder = enclosure.folder()
        self.parts = Parts(self.folder / "logs")
        self.containers = Containers(self.parts, self.folder)

    def __enter__(self) -> Self:
        identities = Identities(self.folder / "identities")
        self.kubeconfig = identities.path("admin.kubeconfig")
        self.client = Client(KubeConfig.from_file(self.kubeconfig), field_manager="tests", trust_env=False)
        try:
            self._start(identities)
        except BaseException:
            self.parts.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()
        self.parts.stop()

    def _start(self, identities: Identities) -> None:
        self.containers.start()
        start_control_plane(self.parts, identities, self.folder)
        await_controllers(self.parts, self.client)
        self.apply(_PROXY_ROLE)
        start_node(self.parts, identities, self.folder)
        start_flux(self.parts, identities, self.client, self.folder)
        load_in_cluster_generic_resources(self.client)
        await_flux(self.parts)
        await_node(self.parts, self.client)

    def apply(self, objects: str | Path | Iterable[Mapping[str, Any]]) -> None:
        """Apply objects, given as YAML text, a file or data, whatever others say of the same fields."""
        text = objects.read_text() if isinstance(objects, Path) else objects
        for each in yaml.safe_load_all(text) if isinstance(text, str) else text:
            if each:
                self.client.apply(from_dict(dict(each)), force=True)

    def conditions(self, kind: Any, name: str, namespace: str) -> dict[str, tuple[str, str]]:
        """An object's conditions: type → status and message; none when it isn't there."""
        try:
            found = self.client.get(kind, name, namespace=namespace).to_dict()
        except ApiError as error:
            if error.status.code != 404:
                raise
            return {}
        conditions = found.get("status", {}).get("conditions", [])
        return {each["type"]: (each["status"], each.get("message", "")) for each in conditions}

    def await_ready(self, kind: Any, name: str, namespace: str, within: float = 60) -> None:
        """Wait until the object is Ready; fails with its conditions."""
        try:
            eventually(
                f"{namespace}/{name} is Ready",
                lambda: self.conditions(kind, name, namespace).get("Ready", ("",))[0] == "True",
                within,
            )
        except AssertionError as error:
            conditions = json.dumps(self.conditions(kind, name, namespace), indent=2)
            raise AssertionError(f"{error}\n{conditions}") from error


_PROXY_ROLE = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: kube-proxy}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: system:node-proxier}
subjects: [{kind: User, name: system:kube-proxy, apiGroup: rbac.authorization.k8s.io}]
"""
