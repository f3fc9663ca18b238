"""What fails around the bots of a cluster: parts are killed, a leader among them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from lightkube.resources.core_v1 import Secret

from tests.cluster.cluster import Cluster
from tests.cluster.faults.replicas import Replicas, leads, small
from tests.cluster.pods import pods
from tests.gitops.code_host import forced, git_in
from tests.journeys.api import step
from tests.journeys.processes import eventually

pytestmark = pytest.mark.timeout(300)

DEPLOYS, OWNERS = 50, 5
# Seconds that a part is away for, and between two deploys.
AWAY, PACE = 2.0, 0.3


def test_every_deploy_ends_once_while_parts_are_killed(replicas: Replicas) -> None:
    owners = [f"team{number}" for number in range(OWNERS)]
    for owner in owners:
        assert replicas.first.api.ask("POST", "/teams", {"name": owner}).is_success
    bots = [(owners[number % OWNERS], f"bot{number}") for number in range(DEPLOYS)]
    with ThreadPoolExecutor(1) as client:
        asking = client.submit(_deploys, replicas, bots)
        for kill, restart in _faults(replicas):
            kill()
            time.sleep(AWAY)
            restart()
            time.sleep(AWAY)
        operations = asking.result(120)
    ended = [replicas.first.api.operation(each, within=150) for each in operations]
    assert [each["error"] for each in ended if each["state"] != "succeeded"] == []
    committed = _committed(replicas)
    assert {each: committed[each] for each in operations} == dict.fromkeys(operations, 1)
    assert forced(replicas.host.repository) == []
    for owner, name in bots:
        assert replicas.second.api.phase(f"{owner}.{name}") == "live"
        assert _installed(replicas.cluster, owner, name) == 1
        assert len(pods(replicas.cluster, owner, name)) == 1


def _deploys(replicas: Replicas, bots: list[tuple[str, str]]) -> list[str]:
    accepted = []
    for owner, name in bots:
        accepted.append(replicas.accepted({"owner": owner, "spec": small(name)}))
        time.sleep(PACE)
    return accepted


def _faults(replicas: Replicas) -> Iterator[tuple[Callable[[], None], Callable[[], None]]]:
    leader = replicas.leader()
    yield leader.kill, leader.start
    yield replicas.postgres.kill, replicas.postgres.start
    parts = replicas.cluster.parts
    for name in ("source-controller", "kubelet"):
        yield partial(parts.kill, name), partial(parts.restart, name)


def _committed(replicas: Replicas) -> Counter[str]:
    """How many commits of the remote's `main` each operation has."""
    trailers = git_in(
        replicas.host.repository, "log", "--format=%(trailers:key=Operation,valueonly,separator=%x2C)", "main"
    )
    return Counter(filter(None, trailers.split("\n")))


def _installed(cluster: Cluster, owner: str, bot: str) -> int:
    """How many times Helm has installed or upgraded the bot: it keeps a Secret of each time."""
    found = cluster.client.list(Secret, namespace=f"user-{owner}", labels={"owner": "helm", "name": bot})
    return len(list(found))


def test_a_second_replica_takes_over_within_15_seconds(replicas: Replicas) -> None:
    leader = replicas.leader()
    other = replicas.other(leader)
    leader.kill()
    killed_at = time.monotonic()
    try:
        eventually("the other leads", lambda: leads(other), within=15)
        took_over = time.monotonic() - killed_at
        done = other.api.deploy(small("after"))
        print(f"\ntook over after {took_over:.1f} s, deployed after {time.monotonic() - killed_at:.1f} s")
        assert step(done, "started")["state"] == "succeeded"
    finally:
        leader.start()
    assert not leads(leader)
