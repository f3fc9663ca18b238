"""What a tenant's pod can reach on a cluster, and what a sealed secret is good for elsewhere: nothing."""

from __future__ import annotations

import base64
import subprocess

import httpx2
import pytest
from lightkube.resources.core_v1 import Pod

from agent_runtime.spec import BotId
from tests.charts import helm
from tests.cluster.cluster import Cluster
from tests.cluster.control_plane import SERVICES
from tests.cluster.faults.replicas import Replicas, small
from tests.cluster.pods import address, ready

pytestmark = pytest.mark.timeout(240)

_TOKENS = "/var/run/secrets/kubernetes.io/serviceaccount/token"
VICTIM, ROGUE = BotId("victim", "keeper"), BotId("rogue", "reader")
VALUE = "a value that only the keeper has"


@pytest.fixture(scope="module")
def pod(replicas: Replicas) -> Pod:
    """The rogue's pod, beside a victim with a secret; both of the same operator's API."""
    api = replicas.first.api
    for bot in (VICTIM, ROGUE):
        assert api.ask("POST", "/teams", {"name": bot.owner}).is_success
        api.deploy(small(bot.name), {"A_KEY": VALUE if bot is VICTIM else "another"}, owner=bot.owner)
    return ready(replicas.cluster, ROGUE.owner, ROGUE.name)


def test_a_pod_holds_no_token_and_is_nobody_to_the_api_server(replicas: Replicas, pod: Pod) -> None:
    token = httpx2.get(f"{address(pod)}file", params={"path": _TOKENS}, trust_env=False)
    assert token.status_code == 404
    assert pod.spec is not None
    assert pod.spec.automountServiceAccountToken is False
    assert all(not each.hostPath for each in pod.spec.volumes or ())
    kept = httpx2.get(f"{address(pod)}file", params={"path": "/run/secrets/botyard/A_KEY"}, trust_env=False)
    assert kept.text == "another"
    secrets = f"https://kubernetes.default.svc.cluster.local/api/v1/namespaces/user-{VICTIM.owner}/secrets"
    for url in (secrets, f"https://{_first(SERVICES)}/api", f"https://{replicas.cluster.address}:6443/api"):
        answer = httpx2.get(f"{address(pod)}get", params={"url": url}, trust_env=False)
        assert answer.status_code in (401, 403), f"{url}: {answer.status_code} {answer.text}"
        assert VALUE not in answer.text
        assert base64.b64encode(VALUE.encode()).decode() not in answer.text


@pytest.mark.parametrize("account", [ROGUE.name, "default", "deployer"])
def test_no_account_of_a_tenant_may_do_anything_elsewhere(replicas: Replicas, pod: Pod, account: str) -> None:
    del pod
    who = f"system:serviceaccount:user-{ROGUE.owner}:{account}"
    own = account == "deployer"
    for what in ("get secrets", "list secrets", "create pods", "get helmreleases", "patch deployments"):
        for namespace in (f"user-{VICTIM.owner}", "botyard", "kube-system"):
            assert not _may(replicas.cluster, who, what, namespace), f"{who} may {what} in {namespace}"
    assert _may(replicas.cluster, who, "get secrets", f"user-{ROGUE.owner}") is own
    assert not _may(replicas.cluster, who, "create pods", f"user-{ROGUE.owner}")
    assert not _may(replicas.cluster, who, "list nodes", "default")


def _may(cluster: Cluster, who: str, what: str, namespace: str) -> bool:
    command = [str(helm.carried("kubectl")), "--kubeconfig", str(cluster.kubeconfig), "auth", "can-i"]
    done = subprocess.run(
        [*command, *what.split(), "--as", who, "-n", namespace], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() in ("yes", "no"), done.stderr
    return done.stdout.strip() == "yes"


def _first(network: str) -> str:
    """The address that Kubernetes gives its own Service: the first of the network of Services."""
    return f"{network.rpartition('.')[0]}.1"
