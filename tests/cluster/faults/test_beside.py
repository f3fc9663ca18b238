"""A bot that crashes again and again, or is edited past Git: it is told, and neighbours don't notice."""

from __future__ import annotations

import asyncio
import statistics
import time

import pytest
from lightkube.resources.apps_v1 import Deployment

from gitops import layout
from tests.cluster.faults.replicas import Replicas, small
from tests.cluster.platform import CLUSTER, SHARDS
from tests.cluster.pods import another, ready, uid
from tests.gitops.code_host import git_in
from tests.gitops.remote.mirrors import forge
from tests.journeys.api import step
from tests.journeys.processes import eventually

pytestmark = pytest.mark.timeout(240)

NEIGHBOURS = 3
FAILED_WITHIN = 60.0
LAST_WORDS = "the shelf of books is empty"


def test_a_crash_loop_has_a_reason_and_its_neighbours_deploy_as_fast(replicas: Replicas) -> None:
    api = replicas.leader().api
    before = _deploys(replicas, "before")
    crashing = replicas.accepted({"spec": small("crashing", environment={"CRASH": LAST_WORDS})})
    failed = api.operation(crashing, within=FAILED_WITHIN)
    meanwhile = _deploys(replicas, "meanwhile")
    print(f"\na deploy takes {before:.1f} s, beside a bot that crashes {meanwhile:.1f} s")
    assert meanwhile < 1.5 * before + 1

    assert (failed["state"], step(failed, "started")["state"]) == ("failed", "failed")
    status = api.read("/bots/admin.crashing")["status"]
    assert status["phase"] == "failed"
    assert "crashes again and again" in status["reason"]
    assert f"exit code 3: {LAST_WORDS}" in status["reason"]
    # Its owner has it back by a change.
    api.write("PATCH", "/bots/admin.crashing", {"spec": {"environment": {"CRASH": None}}})
    assert api.phase("admin.crashing") == "live"


def _deploys(replicas: Replicas, name: str) -> float:
    """The median of some deploys, in seconds."""
    took = []
    for number in range(NEIGHBOURS):
        begun = time.monotonic()
        replicas.leader().api.deploy(small(f"{name}{number}"))
        took.append(time.monotonic() - begun)
    return statistics.median(took)


def test_what_is_edited_past_git_is_put_back_and_reported(replicas: Replicas) -> None:
    api, client = replicas.leader().api, replicas.cluster.client
    api.deploy(small("edited"))
    before = ready(replicas.cluster, "admin", "edited")
    image = {"name": "bot", "image": "example.org/other:1"}
    edit = {"spec": {"template": {"spec": {"containers": [image]}}}}
    client.patch(Deployment, "edited", edit, namespace="user-admin")

    def put_back() -> bool:
        found = client.get(Deployment, "edited", namespace="user-admin").to_dict()
        return bool(found["spec"]["template"]["spec"]["containers"][0]["image"] != image["image"])

    eventually("the image is put back", put_back, within=60)
    after = ready(replicas.cluster, "admin", "edited")
    assert after.spec is not None
    assert before.spec is not None
    assert after.spec.containers[0].image == before.spec.containers[0].image
    told = api.read("/audit", bot="admin.edited")["items"]
    drift = next(each for each in told if each["action"] == "bot.drift")
    assert (drift["via"], drift["outcome"]) == ("cluster", "put back")
    assert "Deployment/user-admin/edited" in drift["detail"]
    eventually("it is live", lambda: api.phase("admin.edited") == "live")


def test_the_last_variable_and_the_last_secret_can_be_taken_away(replicas: Replicas) -> None:
    """Flux merges, and makes null of what has become empty: nothing empty may be in a release file."""
    api = replicas.leader().api
    api.deploy(small("emptied", environment={"ONLY": "one"}), {"A_KEY": "only"})
    first = ready(replicas.cluster, "admin", "emptied")
    api.write("PATCH", "/bots/admin.emptied", {"spec": {"environment": {"ONLY": None}}})
    second = another(replicas.cluster, "admin", "emptied", first)
    api.write("DELETE", "/bots/admin.emptied/secrets/A_KEY")
    another(replicas.cluster, "admin", "emptied", second)
    assert api.phase("admin.emptied") == "live"


def test_what_somebody_pushes_to_a_deploy_branch_holds_nobody_up(replicas: Replicas) -> None:
    """A cluster takes all of a branch or nothing: a file that it refuses would hold up the whole shard."""
    api, repository = replicas.leader().api, replicas.host.repository
    api.deploy(small("untouched"))
    before = ready(replicas.cluster, "admin", "untouched")
    branch = layout.deploy_branch(CLUSTER, layout.shard("admin", SHARDS))
    pod = b"apiVersion: v1\nkind: Pod\nmetadata: {name: rogue, namespace: user-admin}\n"
    asyncio.run(forge(repository, {"admin/rogue.yaml": pod, "admin/untouched/release.yaml": pod}, branch))
    api.deploy(small("beside"))
    assert uid(ready(replicas.cluster, "admin", "untouched")) == uid(before)
    assert "rogue" not in git_in(repository, "ls-tree", "-r", "--name-only", branch)
