"""kubectl, as a person with all rights uses it on the test's cluster."""

from __future__ import annotations

import subprocess

from tests.charts import helm
from tests.cluster.cluster import Cluster
from tests.cluster.programs import definitions


def kubectl(
    cluster: Cluster, *arguments: str, given: str = "", check: bool = True
) -> subprocess.CompletedProcess[str]:
    """One call, with `given` on its standard input."""
    command = [str(helm.carried("kubectl")), "--kubeconfig", str(cluster.kubeconfig), *arguments]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=120)
    assert not check or done.returncode == 0, done.stderr
    return done


def define(cluster: Cluster) -> None:
    """Have the cluster know the kinds of Istio, cert-manager and Prometheus' operator."""
    for path in definitions("definitions"):
        kubectl(cluster, "apply", "--server-side", "-f", str(path))
    kubectl(cluster, "wait", "--for=condition=Established", "--timeout=30s", "crd", "--all")
