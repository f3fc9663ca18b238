"""A thousand bots of a hundred owners: how long they take to come, one of them to change, and all to go.

Their pods are on nodes that pretend to run them, so nothing is asked of them. All else is real: the control
API, the repository, Flux, Helm, Kubernetes, and a fleet of as many shards as a fleet has unless it says more.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pytest
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.core_v1 import Pod, Secret

from bench.results import Results
from gitops.fleet_file import Fleet as Settings
from tests.cluster.botyard import Botyard, spec
from tests.cluster.cluster import Cluster, HelmRelease
from tests.cluster.figures import take
from tests.cluster.pods import LABELS, Labels, another, is_ready, ready
from tests.cluster.pretended import pretended_nodes
from tests.journeys.processes import eventually
from tests.postgres import Postgres

pytestmark = pytest.mark.timeout(900)

_OWNERS, _BOTS_EACH, _CHANGES = 100, 10, 5
_WITHIN = 600.0
_IDS = [f"owner{owner}.b{bot}" for owner in range(_OWNERS) for bot in range(_BOTS_EACH)]


@pytest.fixture(scope="module")
def botyard(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Botyard]:
    """A control API with a hundred teams. It has all the time that it needs, so that a figure is taken."""
    patience = {"BOTYARD_SYNCED_WITHIN": f"{_WITHIN}", "BOTYARD_CONNECTED_WITHIN": f"{_WITHIN}"}
    with (
        Postgres(cluster.address) as postgres,
        pretended_nodes(cluster),
        Botyard(
            cluster,
            tmp_path_factory.mktemp("many"),
            postgres.create(),
            Settings().shards,
            BOTYARD_PROOF="false",
            **patience,
        ) as running,
    ):
        for owner in range(_OWNERS):
            assert running.api.ask("POST", "/teams", {"name": f"owner{owner}"}).is_success
        yield running


@pytest.mark.figures("cluster_1000_s")
def test_a_thousand_come(botyard: Botyard, figures: Results) -> None:
    before = _work(botyard)
    began = time.monotonic()
    items = [{"op": "create", "id": bot, "spec": spec(bot.partition(".")[2])} for bot in _IDS]
    steps = _bulk(botyard, items)
    # What the operation says is so.
    pods = list(botyard.cluster.client.list(Pod, namespace="*", labels=LABELS))
    took = time.monotonic() - began
    assert sum(map(is_ready, pods)) == len(pods) == len(_IDS)
    take(figures, "cluster_1000_s", took, {**steps, **_since(before, _work(botyard))})


@pytest.mark.figures("cluster_commit_1000_s")
def test_one_of_a_thousand_changes(botyard: Botyard, figures: Results) -> None:
    waits = []
    for bot in _IDS[:: len(_IDS) // _CHANGES]:
        owner, _, name = bot.partition(".")
        before = ready(botyard.cluster, owner, name)
        began = time.monotonic()
        change = {"spec": {"instructions": "You are short."}}
        response = botyard.api.ask("PATCH", f"/bots/{bot}", change)
        assert response.status_code == 202, response.text
        another(botyard.cluster, owner, name, before, _WITHIN)
        waits.append(time.monotonic() - began)
        _ended(botyard, response.json()["operation"]["id"])
    waits.sort()
    beside = {"fastest": waits[0], "slowest": waits[-1]}
    take(figures, "cluster_commit_1000_s", waits[len(waits) // 2], beside)


@pytest.mark.figures("cluster_delete_1000_s")
def test_a_thousand_go(botyard: Botyard, figures: Results) -> None:
    before = _work(botyard)
    began = time.monotonic()
    steps = _bulk(botyard, [{"op": "delete", "id": bot} for bot in _IDS])

    def nothing() -> bool:
        return not any(_left(botyard.cluster))

    eventually("nothing of them is left", nothing, _WITHIN, pause=1)
    took = time.monotonic() - began
    take(figures, "cluster_delete_1000_s", took, {**steps, **_since(before, _work(botyard))})


def _bulk(botyard: Botyard, items: list[dict[str, Any]]) -> dict[str, float]:
    """One operation, until it has succeeded; the seconds until each of its steps was taken."""
    began = time.time()
    response = botyard.api.http.post("/bulk", json=items)
    assert response.status_code == 202, response.text
    operation = _ended(botyard, response.json()["operation"]["id"])
    return {
        each["name"]: datetime.fromisoformat(each["at"]).timestamp() - began for each in operation["steps"]
    }


def _ended(botyard: Botyard, name: str) -> dict[str, Any]:
    """The operation once it has succeeded; asked for so rarely that asking is no work."""

    def ended() -> dict[str, Any] | None:
        found: dict[str, Any] = botyard.api.read(f"/operations/{name}")
        return found if found["state"] in {"succeeded", "failed"} else None

    operation = eventually("the operation ends", ended, _WITHIN, pause=1)
    assert operation["state"] == "succeeded", operation
    return operation


def _work(botyard: Botyard) -> dict[str, float]:
    """Seconds of the processor that the control API and the cluster's programs have taken so far."""
    return {**botyard.cluster.parts.seconds(), "control API": botyard.seconds()}


def _since(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """The seconds of the processor since then, of those that took some."""
    taken = {name: after[name] - before.get(name, 0) for name in after}
    return {f"CPU {name}": seconds for name, seconds in taken.items() if seconds >= 1}


def _left(cluster: Cluster) -> Iterator[bool]:
    """For each kind of object whether there is one of a bot; what Helm keeps of its releases too."""
    helm: Labels = {"owner": "helm"}
    for kind, labels in ((HelmRelease, None), (Deployment, LABELS), (Pod, LABELS), (Secret, helm)):
        yield any(True for _ in cluster.client.list(kind, namespace="*", labels=labels, chunk_size=1))
