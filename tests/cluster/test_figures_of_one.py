"""One bot after another, as a person deploys them: how long until it has answered, and what its pod takes.

The pods are of the product's own image, on Telegram, and the proof is a turn of a model that echoes at once.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from bench.machine import pss_kib
from bench.results import Results
from tests.cluster.cluster import Cluster
from tests.cluster.figures import take
from tests.cluster.pods import ready, uid
from tests.cluster.real import RealBotyard
from tests.journeys.simulated import ON_TELEGRAM

pytestmark = pytest.mark.timeout(300)

_DEPLOYS = 10
_MIB = 1024 * 1024
# A pod that has answered takes this long to be as idle as it will be.
_REST = 3.0


@pytest.fixture(scope="module")
def real(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealBotyard]:
    """A control API with a bot that came and stays: what is loaded at first use is loaded."""
    with RealBotyard(cluster, tmp_path_factory.mktemp("one")) as running:
        _deploy(running, "first")
        yield running


@pytest.mark.figures("cluster_deploy_s")
def test_a_bot_is_deployed_until_it_has_answered(real: RealBotyard, figures: Results) -> None:
    took, steps = [], []
    for number in range(_DEPLOYS):
        began = time.monotonic()
        operation = _deploy(real, f"b{number}")
        took.append(time.monotonic() - began)
        steps.append(_until(operation))
    beside = {name: statistics.median(each[name] for each in steps) for name in steps[0]}
    take(figures, "cluster_deploy_s", statistics.median(took), {**beside, "slowest": max(took)})


@pytest.mark.figures("pod_rss_mib")
def test_the_pod_of_an_idle_bot_is_small(real: RealBotyard, figures: Results) -> None:
    pod = ready(real.cluster, "admin", "first")
    time.sleep(_REST)
    processes = [
        each for each in psutil.process_iter() if _is_of(each.pid, uid(pod)) and each.name() != "pause"
    ]
    assert processes, "the pod has no process"
    resident = sum(each.memory_info().rss for each in processes)
    beside = {"pss_mib": pss_kib(each.pid for each in processes) / 1024, "processes": float(len(processes))}
    take(figures, "pod_rss_mib", resident / _MIB, beside)


def _deploy(real: RealBotyard, name: str) -> dict[str, Any]:
    token = real.telegram.bot().token
    return real.api.deploy(real.spec(name, **ON_TELEGRAM), {"TELEGRAM_TOKEN": token})


def _until(operation: Mapping[str, Any]) -> dict[str, float]:
    """Seconds from its being accepted to each of its steps."""
    at = {each["name"]: datetime.fromisoformat(each["at"]) for each in operation["steps"]}
    return {name: (time - at["accepted"]).total_seconds() for name, time in at.items() if name != "accepted"}


def _is_of(process: int, pod: str) -> bool:
    """Whether a process is in the pod's control group."""
    try:
        return pod in Path(f"/proc/{process}/cgroup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
