"""What a person does with a bot on a cluster: by REST, committed, synced by Flux, run by Kubernetes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
import yaml
from lightkube.resources.core_v1 import Pod, Secret, Service

from tests.charts.helm import CHART
from tests.cluster.botyard import Botyard, spec
from tests.cluster.cluster import Cluster
from tests.cluster.pods import address, another, gone, pods, ready, said
from tests.cluster.programs import program
from tests.gateway import mesh
from tests.journeys.api import step
from tests.journeys.installation import free_port
from tests.postgres import Postgres

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def botyard(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Botyard]:
    """A control API, whose bots do nothing but be well."""
    image = yaml.safe_load((CHART / "Chart.yaml").read_text())["annotations"]["botyard.dev/image"]
    cluster.containers.add_program(image, program("bot"))
    with (
        Postgres(cluster.address) as postgres,
        Botyard(
            cluster, tmp_path_factory.mktemp("botyard"), postgres.create(), BOTYARD_PROOF="false"
        ) as running,
    ):
        yield running


def test_a_bot_is_deployed_changed_rolled_back_restarted_paused_and_deleted(botyard: Botyard) -> None:
    api, cluster = botyard.api, botyard.cluster
    deployed = api.deploy(spec("hello"))
    assert {each["name"]: each["state"] for each in deployed["steps"]}["started"] == "succeeded"
    first = ready(cluster, "admin", "hello")
    assert httpx2.get(address(first)).text == "admin.hello\n"
    assert api.phase("admin.hello") == "live"

    changed = api.write("PATCH", "/bots/admin.hello", {"spec": {"instructions": "You are short."}})
    second = another(cluster, "admin", "hello", first)

    history = api.read("/bots/admin.hello/history")["items"]
    assert [each["operation"] for each in history] == [changed["id"], deployed["id"]]
    api.write("POST", "/bots/admin.hello/rollback", {"commit": history[1]["commit"]})
    third = another(cluster, "admin", "hello", second)
    assert api.read("/bots/admin.hello")["spec"]["instructions"] == "You are kind."

    api.write("POST", "/bots/admin.hello/restart")
    another(cluster, "admin", "hello", third)

    paused = api.write("POST", "/bots/admin.hello/pause")
    assert step(paused, "stopped")["state"] == "succeeded"
    assert pods(cluster, "admin", "hello") == []
    api.write("POST", "/bots/admin.hello/resume")
    ready(cluster, "admin", "hello")

    removed = api.write("DELETE", "/bots/admin.hello")
    assert step(removed, "removed")["state"] == "succeeded"
    gone(cluster, "admin", "hello")


def test_a_changed_secret_starts_another_pod_and_shows_nowhere_else(botyard: Botyard) -> None:
    api, cluster = botyard.api, botyard.cluster
    api.deploy(spec("keeper"), {"A_KEY": "first value"})
    first = ready(cluster, "admin", "keeper")
    api.write("PUT", "/bots/admin.keeper/secrets/A_KEY", {"value": "second value"})
    another(cluster, "admin", "keeper", first)
    secret = cluster.client.get(Secret, "keeper.a-key", namespace="user-admin")
    assert list(secret.data or ()) == ["admin.keeper.A_KEY"]
    for pod in cluster.client.list(Pod, namespace="*"):
        assert "second value" not in str(pod.to_dict())


def test_two_owners_have_bots_of_the_same_name(botyard: Botyard) -> None:
    api = botyard.api
    for owner in ("red", "blue"):
        assert api.ask("POST", "/teams", {"name": owner}).is_success
        api.deploy(spec("twin"), owner=owner)
    for owner in ("red", "blue"):
        assert said(owner, "twin") == f"{owner}.twin\n"


def test_a_webhook_comes_through_the_gateway_to_the_pod(botyard: Botyard, tmp_path: Path) -> None:
    botyard.api.deploy(spec("reached"))
    service = botyard.cluster.client.get(Service, "reached", namespace="user-admin")
    assert service.spec is not None
    assert service.spec.clusterIP is not None
    upstreams = {
        mesh.cluster_of("admin.reached"): (service.spec.clusterIP, 8080),
        "control": ("127.0.0.1", botyard.port),
    }
    port = free_port()
    with mesh.running(tmp_path, mesh.configuration(port, tmp_path / "admin", upstreams)):
        gateway = f"http://127.0.0.1:{port}"
        answer = httpx2.post(f"{gateway}/webhook/admin.reached", content=b"{}", trust_env=False)
        assert (answer.status_code, answer.text) == (200, "admin.reached\n")
        assert httpx2.post(f"{gateway}/webhook/admin.nobody", trust_env=False).status_code == 404
        assert httpx2.get(f"{gateway}/readyz", trust_env=False).status_code == 200
