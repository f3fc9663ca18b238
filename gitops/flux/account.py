"""The account that applies deploy branches, with rights for what the renderer writes alone."""

from __future__ import annotations

from typing import Any

from gitops import tenant
from gitops.flux.objects import APPLIER, NAMESPACE, thing

_RBAC = "rbac.authorization.k8s.io"
_VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"]


def account() -> list[dict[str, Any]]:
    """The account, its role and their binding."""
    subject = {"kind": "ServiceAccount", "name": APPLIER, "namespace": NAMESPACE}
    reference = {"apiGroup": _RBAC, "kind": "ClusterRole", "name": f"botyard-{APPLIER}"}
    return [
        thing("v1", "ServiceAccount", APPLIER, automountServiceAccountToken=False),
        thing(f"{_RBAC}/v1", "ClusterRole", f"botyard-{APPLIER}", namespace=None, rules=rules()),
        thing(
            f"{_RBAC}/v1",
            "ClusterRoleBinding",
            f"botyard-{APPLIER}",
            namespace=None,
            roleRef=reference,
            subjects=[subject],
        ),
    ]


def rules() -> list[dict[str, Any]]:
    """What is applied; and all that a tenant's role holds, since nobody can give what they have not."""
    applied = {
        "": ["namespaces", "resourcequotas"],
        _RBAC: ["roles", "rolebindings"],
        "helm.toolkit.fluxcd.io": ["helmreleases"],
    }
    for group, resources in tenant.RULES:
        applied[group] = [*applied.get(group, []), *resources]
    # A tenant's role and its binding are tried together before either is there. Who may bind a role of that
    # name need not show by the role itself that they give nothing they have not.
    bound = {
        "apiGroups": [_RBAC],
        "resources": ["roles"],
        "resourceNames": [tenant.ACCOUNT],
        "verbs": ["bind"],
    }
    return [
        *(
            {"apiGroups": [group], "resources": sorted(resources), "verbs": _VERBS}
            for group, resources in sorted(applied.items())
        ),
        bound,
    ]
