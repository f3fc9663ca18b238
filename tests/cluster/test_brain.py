"""The embedded brain of a cluster: bots that name no provider are answered by the small model in its pod."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.charts import test_botyard
from tests.cluster.cluster import Cluster
from tests.cluster.images import image
from tests.cluster.real import RealBotyard
from tests.journeys.api import step

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

_URL = "http://brain.botyard.svc.cluster.local:8080"


def test_a_bot_without_a_provider_is_answered_by_it(cluster: Cluster, tmp_path: Path) -> None:
    code, objects, complaints = test_botyard.template({**test_botyard.SMALLEST, "brain": {"enabled": True}})
    assert code == 0, complaints
    brain = [each for each in yaml.safe_load_all(objects) if each and each["metadata"]["name"] == "brain"]
    assert len(brain) == 3
    cluster.containers.add_image(image("machine"))
    with RealBotyard(cluster, tmp_path, BOTYARD_BRAIN_URL=_URL) as real:
        cluster.apply(brain)
        spec = {"version": 1, "name": "tried", "instructions": "Answer in one short sentence."}
        deployed = real.api.deploy(spec)
        assert step(deployed, "answered")["state"] == "succeeded"
        assert real.api.chat("admin.tried", "Say hello in one word")["text"]
