"""What journeys and page tests share: one running Botyard with its simulators for a whole test run."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import pytest

from tests.journeys.world import World

# One installation serves all tests that use it: with `pytest -n … --dist loadgroup` they share a worker.
_SHARED = "botyard"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _SHARED in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group(_SHARED))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    world = getattr(item, "funcargs", {}).get(_SHARED)
    if isinstance(world, World) and report.failed:
        report.sections.append(("Botyard", world.tail()))
    return report


@pytest.fixture(scope="session")
def botyard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A real `botyard up`, ready, with simulated Telegram and models; see `World` for what it offers."""
    with World(tmp_path_factory.mktemp("botyard")) as world:
        yield world
