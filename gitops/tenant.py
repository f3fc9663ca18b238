"""What an owner's bots need around them on a cluster: namespace, account with its role, quota, no network.

On one machine nothing reads this file; it is rendered all the same, so that a repository can move to a
cluster.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from gitops import text

_ACCOUNT = "deployer"
# Helm, acting as the owner's own account, may do this much in the owner's namespace and nothing anywhere
# else.
_RULES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("", ("configmaps", "secrets", "serviceaccounts", "services")),
    ("apps", ("deployments",)),
    ("autoscaling", ("horizontalpodautoscalers",)),
    ("networking.k8s.io", ("networkpolicies",)),
    ("policy", ("poddisruptionbudgets",)),
)
_VERBS = ("create", "delete", "get", "list", "patch", "update", "watch")
_QUOTA = {"count/deployments.apps": "1000", "requests.cpu": "200", "requests.memory": "256Gi"}


@functools.lru_cache(maxsize=4096)
def render(owner: str) -> bytes:
    """The tenant file of an owner."""
    namespace = f"user-{owner}"
    return text.dump(
        _namespace(namespace, owner),
        _object("v1", "ServiceAccount", _ACCOUNT, namespace, {"automountServiceAccountToken": False}),
        _object("rbac.authorization.k8s.io/v1", "Role", _ACCOUNT, namespace, {"rules": _rules()}),
        _object("rbac.authorization.k8s.io/v1", "RoleBinding", _ACCOUNT, namespace, _binding(namespace)),
        _object("v1", "ResourceQuota", "quota", namespace, {"spec": {"hard": dict(_QUOTA)}}),
        _object(
            "networking.k8s.io/v1",
            "NetworkPolicy",
            "default-deny",
            namespace,
            {"spec": {"podSelector": {}, "policyTypes": _words("Ingress", "Egress")}},
        ),
    )


def _object(version: str, kind: str, name: str, namespace: str, rest: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": text.plain(version),
        "kind": text.plain(kind),
        "metadata": {"name": text.plain(name), "namespace": namespace},
        **rest,
    }


def _namespace(namespace: str, owner: str) -> dict[str, Any]:
    labels = {"botyard.dev/owner": owner, "pod-security.kubernetes.io/enforce": text.plain("restricted")}
    return {
        "apiVersion": text.plain("v1"),
        "kind": text.plain("Namespace"),
        "metadata": {"name": namespace, "labels": labels},
    }


def _rules() -> list[dict[str, Any]]:
    return [
        {"apiGroups": [group], "resources": _words(*resources), "verbs": _words(*_VERBS)}
        for group, resources in _RULES
    ]


def _binding(namespace: str) -> dict[str, Any]:
    word = text.plain
    return {
        "roleRef": {
            "apiGroup": word("rbac.authorization.k8s.io"),
            "kind": word("Role"),
            "name": word(_ACCOUNT),
        },
        "subjects": [{"kind": word("ServiceAccount"), "name": word(_ACCOUNT), "namespace": namespace}],
    }


def _words(*words: str) -> list[str]:
    return [text.plain(word) for word in words]
