"""Real bots on a real cluster: deployed by REST, proven by a turn, spoken to through the gateway."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.real import RealBotyard
from tests.journeys.api import step
from tests.journeys.simulated import ON_TELEGRAM

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def real(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealBotyard]:
    with RealBotyard(cluster, tmp_path_factory.mktemp("real"), "admin.hello") as running:
        yield running


def test_a_bot_is_deployed_and_answers_in_telegram(real: RealBotyard) -> None:
    theirs = real.telegram.bot()
    deployed = real.api.deploy(real.spec("hello", **ON_TELEGRAM), {"TELEGRAM_TOKEN": theirs.token})
    assert {each["name"]: each["state"] for each in deployed["steps"]}["connected"] == "succeeded"
    assert step(deployed, "answered")["detail"].startswith("echo: ")
    assert real.api.phase("admin.hello") == "live"
    assert real.api.chat("admin.hello", "Are you there?")["text"] == "echo: Are you there?"

    person = theirs.person(4900)
    person.say("Where is my parcel?")
    assert [each["text"] for each in person.reads(1)] == ["echo: Where is my parcel?"]
