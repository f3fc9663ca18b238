"""The Git remote away, before a commit and between a commit and Flux: deploys wait, then drain."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.cluster.cluster import GitRepository
from tests.cluster.faults.replicas import Replicas, small
from tests.cluster.pods import ready, said, uid
from tests.journeys.api import step
from tests.journeys.processes import eventually

pytestmark = pytest.mark.timeout(240)

AWAY = 12.0
DRAINED_WITHIN = 60.0


@contextmanager
def _away(replicas: Replicas) -> Iterator[None]:
    replicas.host.down = True
    try:
        yield
    finally:
        replicas.host.down = False


def test_what_is_asked_while_the_remote_is_away_waits_and_is_then_done(replicas: Replicas) -> None:
    api = replicas.first.api
    api.deploy(small("calm"))
    calm = ready(replicas.cluster, "admin", "calm")
    with _away(replicas):
        ends = time.monotonic() + AWAY
        late = [replicas.accepted({"spec": small(f"late{number}")}) for number in range(3)]
        eventually("doctor says that it is away", lambda: _part(replicas)["state"] == "failed")
        while time.monotonic() < ends:
            assert {api.read(f"/operations/{each}")["state"] for each in late} == {"pending"}
            time.sleep(1)
        assert uid(ready(replicas.cluster, "admin", "calm")) == uid(calm)
        assert said("admin", "calm") == "admin.calm\n"
    done = [api.operation(each, within=DRAINED_WITHIN) for each in late]
    assert [each["state"] for each in done] == ["succeeded"] * 3
    assert _part(replicas)["state"] == "ok"


def test_a_commit_that_flux_cannot_fetch_is_applied_as_soon_as_it_can(replicas: Replicas) -> None:
    api, parts = replicas.first.api, replicas.cluster.parts
    parts.kill("source-controller")
    accepted = replicas.accepted({"spec": small("fetched")})

    def committed() -> bool:
        return bool(step(api.read(f"/operations/{accepted}"), "committed")["state"] == "succeeded")

    eventually("it is committed", committed)
    with _away(replicas):
        parts.restart("source-controller")
        eventually("Flux has tried", lambda: "503" in _source(replicas), within=60)
        # Flux tries again at ever longer intervals: after so long the next one is a while away.
        time.sleep(AWAY)
    back_at = time.monotonic()
    assert api.operation(accepted, within=DRAINED_WITHIN)["state"] == "succeeded"
    print(f"\napplied {time.monotonic() - back_at:.1f} s after the remote was back")


def _part(replicas: Replicas) -> dict[str, str]:
    parts = replicas.leader().api.read("/system")["parts"]
    return next(each for each in parts if each["name"] == "fleet remote")


def _source(replicas: Replicas) -> str:
    """Why the source of the operator's shard is not ready."""
    found = replicas.cluster.conditions(GitRepository, replicas.shard("admin"), "botyard")
    return str(found.get("Ready", ("", ""))[1])
