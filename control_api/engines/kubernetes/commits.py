"""What Flux says of the deploy branches: which commit is applied, and which objects the cluster refuses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent_runtime.spec.names import BotId, is_name
from control_api.engines.kubernetes.api import conditions
from gitops import layout

# https://fluxcd.io/flux/components/source/gitrepositories/#reference
_REVISION = re.compile(r"(?:refs/heads/)?(deploy/[a-z0-9-]+/[0-9a-f]{2})@sha1:([0-9a-f]{40})\Z")
# How Flux names an object that the API server would not take: kind, namespace, name.
_REFUSED = re.compile(r"\b(HelmRelease|Secret)/user-([a-z0-9-]+)/([a-z0-9-]+)[a-z0-9.-]* ")
_DENIED = re.compile(r"denied request: (.+)", re.DOTALL)
_FAILED = frozenset({"BuildFailed", "ReconciliationFailed", "HealthCheckFailed", "ValidationFailed"})
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Place:
    """A commit of a deploy branch."""

    branch: str
    commit: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a commit could not be applied, and the bots that are named in it."""

    place: Place
    reason: str
    bots: tuple[str, ...]


def applied(kustomization: Mapping[str, Any]) -> Place | None:
    """The commit that a Kustomization applied last; None where it follows no shard, or has applied none."""
    return _place((kustomization.get("status") or {}).get("lastAppliedRevision"))


def refusal(kustomization: Mapping[str, Any]) -> Refusal | None:
    """Why the commit that it tried last is not applied, if that is so."""
    status = kustomization.get("status") or {}
    ready, tried = conditions(kustomization).get("Ready") or {}, _place(status.get("lastAttemptedRevision"))
    if ready.get("status") != "False" or ready.get("reason") not in _FAILED or tried is None:
        return None
    message = str(ready.get("message") or "")
    named = {
        str(BotId(owner, name))
        for _, owner, name in _REFUSED.findall(message)
        if is_name(owner) and is_name(name)
    }
    return Refusal(tried, _reason(message), tuple(sorted(named)))


def is_ready(kustomization: Mapping[str, Any]) -> bool:
    """Whether all that it was last asked for is applied."""
    return (conditions(kustomization).get("Ready") or {}).get("status") == "True"


def branch_of(source: Mapping[str, Any]) -> str | None:
    """The deploy branch that a GitRepository follows."""
    ref = source["spec"].get("ref") or {}
    named = str(ref.get("branch") or ref.get("name") or "").removeprefix("refs/heads/")
    branch = f"refs/heads/{named}"
    return branch if branch.startswith(layout.DEPLOY_PREFIX) else None


def _place(revision: object) -> Place | None:
    found = _REVISION.match(str(revision))
    return Place(f"refs/heads/{found[1]}", found[2]) if found else None


def _reason(message: str) -> str:
    found = _DENIED.search(message)
    return " ".join((found[1] if found else message).split())[:_LONGEST]
