"""What Flux's Kustomizations say of the deploy branches."""

from __future__ import annotations

from control_api.engines.kubernetes import commits
from control_api.engines.kubernetes.commits import Place
from tests.control_api.kubernetes.objects import kustomization

A, B = "a" * 40, "b" * 40
BRANCH = "refs/heads/deploy/local/3f"
DENIED = (
    "HelmRelease/user-alice/support dry-run failed (Forbidden): helmreleases.helm.toolkit.fluxcd.io "
    "\"support\" is forbidden: ValidatingAdmissionPolicy 'botyard-releases' with binding 'botyard-releases' "
    "denied request: spec.suspend is not\n written by Botyard"
)


def at(commit: str) -> str:
    """A revision as Flux writes it."""
    return f"deploy/local/3f@sha1:{commit}"


def test_an_applied_commit_is_of_its_branch() -> None:
    assert commits.applied(kustomization(applied=at(A))) == Place(BRANCH, A)
    assert commits.applied(kustomization(applied=f"refs/heads/{at(A)}")) == Place(BRANCH, A)


def test_what_is_no_shard_is_none_of_ours() -> None:
    for revision in (None, "main@sha1:" + A, "deploy/local/platform@sha1:" + A, at("x" * 40)):
        assert commits.applied(kustomization(applied=revision)) is None


def test_a_refused_object_names_its_bot_and_the_reason() -> None:
    found = commits.refusal(
        kustomization(
            applied=at(A), attempted=at(B), ready="False", reason="ReconciliationFailed", message=DENIED
        )
    )
    assert found is not None
    assert (found.place, found.bots) == (Place(BRANCH, B), ("alice.support",))
    assert found.reason == "spec.suspend is not written by Botyard"


def test_a_refused_secret_names_the_bot_that_it_is_of() -> None:
    message = "Secret/user-alice/support.telegram-token dry-run failed (Invalid): no"
    found = commits.refusal(
        kustomization(applied=at(A), attempted=at(B), ready="False", reason="BuildFailed", message=message)
    )
    assert found is not None
    assert found.bots == ("alice.support",)
    assert found.reason == message


def test_waiting_is_no_refusal() -> None:
    for ready, reason in (("Unknown", "Progressing"), ("False", "DependencyNotReady"), ("True", "")):
        assert commits.refusal(kustomization(applied=at(A), ready=ready, reason=reason)) is None


def test_a_source_follows_a_branch() -> None:
    assert commits.branch_of({"spec": {"ref": {"branch": "deploy/local/3f"}}}) == BRANCH
    assert commits.branch_of({"spec": {"ref": {"name": BRANCH}}}) == BRANCH
    assert commits.branch_of({"spec": {"ref": {"branch": "main"}}}) is None
