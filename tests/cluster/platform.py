"""What `charts/botyard` installs on a cluster so that Flux follows a fleet repository."""

from __future__ import annotations

from gitops import layout
from tests.cluster.cluster import Cluster

CLUSTER = "test"
SHARDS = 4


def install(cluster: Cluster, url: str, password: str, age_key: str) -> None:
    """Have the cluster apply the platform's branch of the repository at `url`."""
    secret = {"apiVersion": "v1", "kind": "Secret"}
    cluster.apply(_OBJECTS.format(url=url, branch=f"deploy/{CLUSTER}/{layout.PLATFORM}"))
    cluster.apply(
        {**secret, "metadata": {"name": name, "namespace": "botyard"}, "stringData": data}
        for name, data in {
            "fleet-git": {"username": "flux", "password": password},
            "sops-age": {"age.agekey": age_key},
        }.items()
    )


_OBJECTS = """\
apiVersion: v1
kind: Namespace
metadata: {{name: botyard}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: fleet, namespace: botyard}}
data: {{FLEET_URL: "{url}"}}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {{name: platform, namespace: botyard}}
spec:
  interval: 10m
  url: "{url}"
  ref: {{branch: {branch}}}
  secretRef: {{name: fleet-git}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: platform, namespace: botyard}}
spec:
  interval: 1h
  retryInterval: 5s
  path: ./apply
  prune: true
  sourceRef: {{kind: GitRepository, name: platform}}
  postBuild: {{substituteFrom: [{{kind: ConfigMap, name: fleet}}]}}
"""
