"""One installation for all of it: two control APIs, whose bots do nothing but be well."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster import images
from tests.cluster.cluster import Cluster
from tests.cluster.faults.replicas import Replicas
from tests.cluster.programs import program


@pytest.fixture(scope="package")
def replicas(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replicas]:
    """Tests leave both running, the remote there, and use bots of their own."""
    cluster.containers.add_program(images.name("runtime"), program("bot"))
    settings = {"BOTYARD_PROOF": "false", "BOTYARD_FLEET_POLL_SECONDS": "1"}
    with Replicas.running(cluster, tmp_path_factory.mktemp("replicas"), **settings) as running:
        yield running
