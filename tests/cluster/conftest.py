"""One cluster for a whole run, in an enclosure that `make test-cluster` makes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Generator, Iterator

import pytest
import pytest_asyncio
import yaml

from bench.results import Results
from tests.charts.helm import CHART
from tests.cluster import figures as taken
from tests.cluster.botyard import Botyard
from tests.cluster.cluster import Cluster
from tests.cluster.faults.replicas import Replicas
from tests.cluster.fleet import SyncedFleet, synced_fleet
from tests.cluster.programs import program
from tests.cluster.real import RealBotyard


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of this folder that start a cluster are marked so; those that measure come first.

    What other tests leave for a while, such as pods that are ending, would be measured too. Last comes the
    installation, which has the cluster for itself from then on.
    """
    for item in items:
        if {"cluster", "figures"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.cluster)
    items.sort(key=lambda item: (taken.turn(item), "walk" in getattr(item, "fixturenames", ())))


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Real Kubernetes and Flux; tests use namespaces of their own."""
    with Cluster() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def fleet(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SyncedFleet]:
    """A fleet that Flux follows, of bots that do nothing but be well; tests use owners of their own."""
    image = yaml.safe_load((CHART / "Chart.yaml").read_text())["annotations"]["botyard.dev/image"]
    await asyncio.to_thread(cluster.containers.add_program, image, program("bot"))
    async with synced_fleet(cluster, tmp_path_factory.mktemp("fleet")) as synced:
        yield synced


@pytest.fixture(scope="session")
def figures(pytestconfig: pytest.Config) -> Results:
    """What the run has measured so far."""
    return pytestconfig.stash.setdefault(taken.TAKEN, Results())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    found = getattr(item, "funcargs", {})
    if report.failed:
        taken.failed(item.config.stash.setdefault(taken.TAKEN, Results()), item, report.nodeid)
    if report.failed and isinstance(cluster := found.get("cluster"), Cluster):
        report.sections.append(("Cluster", cluster.parts.tails()))
    for fixture in found.values():
        botyard = fixture.botyard if isinstance(fixture, RealBotyard) else fixture
        if report.failed and isinstance(botyard, Botyard | Replicas):
            report.sections.append(("Control API", botyard.tail()))
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where nothing failed before, there is nothing to run again."""
    if session.config.getoption("lf") and session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK


def pytest_terminal_summary(config: pytest.Config) -> None:
    taken.show(config.stash.get(taken.TAKEN, Results()))
