"""What an owner's bots need around them on a cluster: namespace, account with its role, quota, no network.

On one machine nothing reads this file; it is rendered all the same, so that a repository can move to a
cluster.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from agent_runtime.spec.owner import Quota
from gitops import text

ACCOUNT = "deployer"
# Helm, acting as the owner's own account, may do this much in the owner's namespace and nothing anywhere
# else.
RULES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("", ("configmaps", "secrets", "serviceaccounts", "services")),
    ("apps", ("deployments",)),
    ("autoscaling", ("horizontalpodautoscalers",)),
    ("networking.k8s.io", ("networkpolicies",)),
    ("policy", ("poddisruptionbudgets",)),
)
_VERBS = ("create", "delete", "get", "list", "patch", "update", "watch")
# What an owner without a quota may have: enough for anyone, and too little to fill a cluster by mistake.
_QUOTA = {"count/deployments.apps": "1000", "requests.cpu": "200", "requests.memory": "256Gi"}
# Istio's ambient mesh carries everything inside the cluster over this port, and checks who it comes from.
_MESH = 15008


@functools.lru_cache(maxsize=4096)
def render(owner: str, quota: Quota) -> bytes:
    """The tenant file of an owner."""
    return text.dump(*documents(owner, quota))


def documents(owner: str, quota: Quota) -> list[dict[str, Any]]:
    """The objects in the tenant file of an owner."""
    namespace = f"user-{owner}"
    mesh = [{"ports": [{"protocol": text.plain("TCP"), "port": _MESH}]}]
    return [
        _namespace(namespace, owner),
        _object("v1", "ServiceAccount", ACCOUNT, namespace, {"automountServiceAccountToken": False}),
        _object("rbac.authorization.k8s.io/v1", "Role", ACCOUNT, namespace, {"rules": _rules()}),
        _object("rbac.authorization.k8s.io/v1", "RoleBinding", ACCOUNT, namespace, _binding(namespace)),
        _object("v1", "ResourceQuota", "quota", namespace, {"spec": {"hard": _hard(quota)}}),
        _object(
            "networking.k8s.io/v1",
            "NetworkPolicy",
            "default-deny",
            namespace,
            {
                "spec": {
                    "podSelector": {},
                    "policyTypes": _words("Ingress", "Egress"),
                    "ingress": mesh,
                    "egress": mesh,
                }
            },
        ),
    ]


def _hard(quota: Quota) -> dict[str, str]:
    """The limits of `owner.yaml` as Kubernetes counts them."""
    own = {
        "count/deployments.apps": quota.bots,
        "requests.cpu": quota.cpu,
        "requests.memory": quota.memory,
    }
    return {key: str(limit) if (limit := own[key]) is not None else most for key, most in _QUOTA.items()}


def _object(version: str, kind: str, name: str, namespace: str, rest: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": text.plain(version),
        "kind": text.plain(kind),
        "metadata": {"name": text.plain(name), "namespace": namespace},
        **rest,
    }


def _namespace(namespace: str, owner: str) -> dict[str, Any]:
    labels = {
        "botyard.dev/owner": owner,
        "pod-security.kubernetes.io/enforce": text.plain("restricted"),
        "istio.io/dataplane-mode": text.plain("ambient"),
    }
    return {
        "apiVersion": text.plain("v1"),
        "kind": text.plain("Namespace"),
        "metadata": {"name": namespace, "labels": labels},
    }


def _rules() -> list[dict[str, Any]]:
    return [
        {"apiGroups": [group], "resources": _words(*resources), "verbs": _words(*_VERBS)}
        for group, resources in RULES
    ]


def _binding(namespace: str) -> dict[str, Any]:
    word = text.plain
    return {
        "roleRef": {
            "apiGroup": word("rbac.authorization.k8s.io"),
            "kind": word("Role"),
            "name": word(ACCOUNT),
        },
        "subjects": [{"kind": word("ServiceAccount"), "name": word(ACCOUNT), "namespace": namespace}],
    }


def _words(*words: str) -> list[str]:
    return [text.plain(word) for word in words]
