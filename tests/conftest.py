"""What journeys and page tests share: one running Botyard with its simulators for a whole test run."""

from __future__ import annotations

import signal
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from tests.journeys.world import World
from tests.postgres import postgres, postgres_url

__all__ = ["botyard", "postgres", "postgres_url"]

# What the tests of a line share takes seconds to start, so one worker runs them all.
_TOGETHER = (
    ("tests/journeys/test_discord_commands.py",),
    ("tests/journeys/test_webhook.py",),
    ("tests/journeys/", "tests/page/"),
    ("tests/agent_runtime/channels/slack/test_whole.py",),
    ("tests/agent_runtime/channels/whatsapp/test_whole.py",),
    ("tests/agent_runtime/hive/", "tests/agent_runtime/receiver/test_public.py"),
    ("tests/agent_runtime/listeners/",),
    ("tests/agent_runtime/receiver/test_webhook.py",),
    ("tests/agent_runtime/store/test_database_away.py",),
    ("tests/control_api/backup/test_restore.py",),
)
# Journeys on an installation of their own run wherever there is room.
_ALONE = tuple(
    f"tests/journeys/test_{name}.py" for name in ("first_start", "killed_in_turn", "thousand_bots")
)


# Several tests share a processor: how long one example takes says nothing of what is tested.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")


def pytest_configure() -> None:
    # What a shell starts in the background ignores Ctrl-C, and so does all that it starts: tests that press
    # Ctrl-C would wait in vain. A handler of Python's own is not inherited: programs start with the default.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--writes-each",
        type=int,
        default=6,
        help="How often each of the eight writers to two control APIs writes.",
    )


def _scope(nodeid: str) -> str:
    for paths in _TOGETHER:
        if nodeid.startswith(paths) and not nodeid.startswith(_ALONE):
            return paths[0]
    return nodeid


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What may take long and goes to any worker comes first: at the end all others would wait for it."""
    items.sort(
        key=lambda each: _scope(each.nodeid) != each.nodeid or each.get_closest_marker("timeout") is None
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Tests that share what is slow to start stay on one worker; all others go where there is room.

    xdist's own groups rest on a private field that pytest 9.2 no longer reads, so they are of no effect.
    """
    scheduling = LoadScopeScheduling(config, log)
    scheduling._split_scope = _scope
    return scheduling


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    world = getattr(item, "funcargs", {}).get("botyard")
    if isinstance(world, World) and report.failed:
        report.sections.append(("Botyard", world.tail()))
    return report


@pytest.fixture(scope="session")
def botyard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A real `botyard up`, ready, with simulated Telegram and models; see `World` for what it offers."""
    with World(tmp_path_factory.mktemp("botyard")) as world:
        yield world
