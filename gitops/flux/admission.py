"""Admission policies: on a cluster, only what the renderer writes is let in.

They are made from the renderer itself, so that the two cannot come to differ. A release file is held to its
shape whoever brings it; all else is held to its own when the account that applies deploy branches brings it.
"""

from __future__ import annotations

from typing import Any

from agent_runtime.spec.names import NAME_PATTERN, SEALED_PATTERN, BotId
from agent_runtime.spec.owner import Quota
from gitops import release, tenant
from gitops.flux.cel import Expression, literal
from gitops.flux.objects import APPLIER, NAMESPACE, thing

_API = "admissionregistration.k8s.io/v1"
_BY_US = f"request.userInfo.username == 'system:serviceaccount:{NAMESPACE}:{APPLIER}'"
# The tenant that stands for any while the expressions are made.
_OWNER = "owner"
_OWNER_OF = "request.namespace.substring(5)"
_STATED = {f"user-{_OWNER}": Expression("request.namespace"), _OWNER: Expression(_OWNER_OF)}
_DIGEST = "^sha256:[0-9a-f]{64}$"
_CHART = "^bot-[0-9]{1,6}-[0-9]{1,6}-[0-9]{1,6}$"
_SECRET = f"{NAME_PATTERN.removesuffix('$')}[.]{SEALED_PATTERN.removeprefix('^')}"
# What Kubernetes and Flux add of themselves to what is applied.
_ADDED = ["apiVersion", "kind", "metadata", "status"]
_ADDED_LABELS = [
    "kubernetes.io/metadata.name",
    "kustomize.toolkit.fluxcd.io/name",
    "kustomize.toolkit.fluxcd.io/namespace",
]


def policies() -> list[dict[str, Any]]:
    """Each policy with its binding."""
    return [*_policy("botyard-releases", _releases()), *_policy("botyard-applied", _applied())]


def _policy(name: str, spec: dict[str, Any]) -> list[dict[str, Any]]:
    rule = thing(_API, "ValidatingAdmissionPolicy", name, namespace=None)
    # The end of a line in a pattern is none of the variables that the platform's Kustomization puts in.
    rule["metadata"]["annotations"] = {"kustomize.toolkit.fluxcd.io/substitute": "disabled"}
    binding = thing(_API, "ValidatingAdmissionPolicyBinding", name, namespace=None)
    return [
        {**rule, "spec": {"failurePolicy": "Fail", **spec}},
        {**binding, "spec": {"policyName": name, "validationActions": ["Deny"]}},
    ]


def _releases() -> dict[str, Any]:
    """In a tenant's namespace a HelmRelease is one of ours, to the letter."""
    spec = _spec()
    known = literal(list(spec))
    odd = f"dyn(object.spec).filter(key, !(key in {known}))"
    return {
        "matchConstraints": {"resourceRules": [_on("helm.toolkit.fluxcd.io", "helmreleases")]},
        "matchConditions": [
            {"name": "of-a-tenant", "expression": "request.namespace.startsWith('user-')"},
        ],
        "validations": [
            {
                "expression": f"size({odd}) == 0",
                "messageExpression": f"'a release file has no field spec.' + {odd}.join(', spec.')",
            },
            *(
                _says(
                    f"dyn(object.spec.{key}) == {literal(value)}", f"spec.{key} is not as Botyard renders it"
                )
                for key, value in spec.items()
                if key != "values"
            ),
            _says(
                f"object.spec.chartRef.name.matches('{_CHART}')", "spec.chartRef.name is no chart of Botyard"
            ),
            _says(
                "dyn(object.spec.values).all(key, key in ['bot', 'secrets'])",
                "spec.values holds more than bot and secrets",
            ),
            _says(
                "object.spec.values.bot.name == object.metadata.name",
                "spec.values.bot.name is not the name of the release",
            ),
            _says(
                "!('secrets' in dyn(object.spec.values)) || "
                f"dyn(object.spec.values.secrets).all(name, name.matches('{SEALED_PATTERN}') && "
                f"dyn(object.spec.values.secrets)[name].matches('{_DIGEST}'))",
                "spec.values.secrets holds something that is no digest of a secret",
            ),
        ],
    }


def _spec() -> dict[str, Any]:
    """The spec of every release file; what is each one's own stands for itself."""
    whole = release.release_document(BotId(_OWNER, "bot"), {}, {}, "bot-1-0-0")["spec"]
    chart = {**whole["chartRef"], "name": Expression("object.spec.chartRef.name")}
    return {**whole, "chartRef": chart}


def _applied() -> dict[str, Any]:
    """What deploy branches bring is a tenant's: its surroundings, its secrets, its releases."""
    kinds = {each["kind"]: _tenant(each) for each in tenant.documents(_OWNER, Quota())}
    kinds |= {"Secret": _secret(), "HelmRelease": "true"}
    return {
        "matchConstraints": {"resourceRules": [_on("*", "*", "DELETE")]},
        "matchConditions": [{"name": "by-the-applier", "expression": _BY_US}],
        "validations": [
            _says("request.namespace.startsWith('user-')", "a deploy branch brings objects of tenants only"),
            _says(
                f"request.kind.kind in {literal(list(kinds))}",
                "a deploy branch brings no object of this kind",
            ),
            *(
                _says(
                    f"request.operation == 'DELETE' || request.kind.kind != '{kind}' || ({rule})",
                    f"the {kind} is not as Botyard renders it",
                )
                for kind, rule in kinds.items()
            ),
        ],
    }


def _tenant(document: dict[str, Any]) -> str:
    """Whether an object is the one that stands in every tenant file."""
    stated = _state(document)
    own = {key: value for key, value in stated.items() if key not in _ADDED}
    name = f"object.metadata.name == {literal(stated['metadata']['name'])}"
    if document["kind"] == "Namespace":
        labels = stated["metadata"]["labels"]
        known = literal([*labels, *_ADDED_LABELS])
        given = " && ".join(
            f"object.metadata.labels[{literal(key)}] == {literal(value)}" for key, value in labels.items()
        )
        return f"{name} && {given} && dyn(object.metadata.labels).all(key, key in {known})"
    if document["kind"] == "ResourceQuota":
        # The amounts are the owner's own.
        hard = literal(list(own["spec"]["hard"]))
        return f"{name} && {_only('object.spec', ['hard'])} && dyn(object.spec.hard).all(key, key in {hard})"
    rest = "".join(f" && dyn(object.{key}) == {literal(value)}" for key, value in own.items())
    return f"{name} && {_only('object', [*_ADDED, *own])}{rest}"


def _secret() -> str:
    """A sealed secret holds one value, under the key that names its owner, bot and name."""
    tail = f"key.substring(size({_OWNER_OF}) + 1)"
    return (
        "object.type == 'Opaque' && size(object.data) == 1 && dyn(object.data).all(key, "
        f"key.startsWith({_OWNER_OF} + '.') && {tail}.matches('{_SECRET}') && "
        f"object.metadata.name == {tail}.lowerAscii().replace('_', '-'))"
    )


def _only(place: str, keys: list[str]) -> str:
    return f"dyn({place}).all(key, key in {literal(keys)})"


def _state(data: Any) -> Any:
    """The data with expressions in place of the owner that stands for any."""
    if isinstance(data, dict):
        return {key: _state(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_state(value) for value in data]
    return _STATED.get(data, data) if isinstance(data, str) else data


def _on(group: str, resource: str, *more: str) -> dict[str, Any]:
    return {
        "apiGroups": [group],
        "apiVersions": ["*"],
        "resources": [resource],
        "operations": ["CREATE", "UPDATE", *more],
    }


def _says(expression: str, message: str) -> dict[str, str]:
    return {"expression": expression, "message": message}
