"""What an owner's bots find around them on a cluster: the tenant file, and how it follows the quota."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from agent_runtime.spec.owner import Quota
from gitops import render, tenant
from gitops.fleet_settings import settings_at
from gitops.operations import Committed
from tests.gitops.fleet import Fleet
from tests.gitops.server import Clone, serving
from tests.gitops.test_quota import OWNER_FILE, bot, deploy, limit

VERBS = """\
  verbs:
  - create
  - delete
  - get
  - list
  - patch
  - update
  - watch
"""
WHOLE = f"""\
---
apiVersion: v1
kind: Namespace
metadata:
  name: "user-alice"
  labels:
    "botyard.dev/owner": "alice"
    "pod-security.kubernetes.io/enforce": restricted
    "istio.io/dataplane-mode": ambient
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: deployer
  namespace: "user-alice"
automountServiceAccountToken: false
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: deployer
  namespace: "user-alice"
rules:
- apiGroups:
  - ""
  resources:
  - configmaps
  - secrets
  - serviceaccounts
  - services
{VERBS}- apiGroups:
  - "apps"
  resources:
  - deployments
{VERBS}- apiGroups:
  - "autoscaling"
  resources:
  - horizontalpodautoscalers
{VERBS}- apiGroups:
  - "networking.k8s.io"
  resources:
  - networkpolicies
{VERBS}- apiGroups:
  - "policy"
  resources:
  - poddisruptionbudgets
{VERBS}---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: deployer
  namespace: "user-alice"
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: deployer
subjects:
- kind: ServiceAccount
  name: deployer
  namespace: "user-alice"
---
apiVersion: v1
kind: ResourceQuota
metadata:
  name: quota
  namespace: "user-alice"
spec:
  hard:
    "count/deployments.apps": "1000"
    requests.cpu: "200"
    requests.memory: "256Gi"
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: default-deny
  namespace: "user-alice"
spec:
  podSelector: {{}}
  policyTypes:
  - Ingress
  - Egress
  ingress:
  - ports:
    - protocol: TCP
      port: 15008
  egress:
  - ports:
    - protocol: TCP
      port: 15008
"""


async def hard(fleet: Fleet) -> dict[str, Any]:
    """The limits in alice's tenant file on the deploy branch."""
    settings = await settings_at(fleet.objects, "refs/heads/main")
    content = await fleet.read("alice/tenant.yaml", settings.owner_branch("alice"))
    [quota] = [each for each in yaml.safe_load_all(content or b"") if each["kind"] == "ResourceQuota"]
    found: dict[str, Any] = quota["spec"]["hard"]
    return found


def test_a_tenant_file_whole() -> None:
    assert tenant.render("alice", Quota()).decode() == WHOLE


async def test_the_quota_of_the_namespace_follows_the_owner_file(fleet: Fleet, tmp_path: Path) -> None:
    without = {"count/deployments.apps": "1000", "requests.cpu": "200", "requests.memory": "256Gi"}
    await limit(fleet, bots=5, cpu="2")
    await deploy(fleet, "one")
    assert await hard(fleet) == {**without, "count/deployments.apps": "5", "requests.cpu": "2"}
    # No bot changes, and the file does all the same.
    assert isinstance(await limit(fleet, memory="1Gi"), Committed)
    assert await hard(fleet) == {**without, "requests.memory": "1Gi"}
    async with serving(fleet) as url:
        clone = await Clone.of(url, tmp_path / "clone")
        await clone.commit(OWNER_FILE, "version: 1\nquota: {bots: 7}\n")
        taken, said = await clone.push()
        assert taken, said
    while await fleet.committer.once():
        pass
    assert await hard(fleet) == {**without, "count/deployments.apps": "7"}
    assert await render.differences(fleet.objects, "refs/heads/main") == []


async def test_an_owner_without_bots_gets_no_namespace(fleet: Fleet) -> None:
    before = await fleet.objects.branches("refs/heads/deploy/")
    assert isinstance(await limit(fleet, bots=5), Committed)
    assert await fleet.objects.branches("refs/heads/deploy/") == before
    await fleet.commit("deploy", bot("one"), spec={"version": 1, "name": "one", "instructions": "Hi."})
    assert (await hard(fleet))["count/deployments.apps"] == "5"
