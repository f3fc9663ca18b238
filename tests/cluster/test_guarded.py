"""A real pod's own guard: what an owner writes as a model's address leads nowhere but into the internet.

Network policies would refuse it too, where something enforces them; here nothing does.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.real import RealBotyard

pytestmark = pytest.mark.timeout(300)

_REFUSED = "leads to an address that bots may not reach"


@pytest.fixture(scope="module")
def guarded(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealBotyard]:
    """An installation as it is unless its operator allows more."""
    folder = tmp_path_factory.mktemp("guarded")
    with RealBotyard(cluster, folder, BOTYARD_ALLOW_PRIVATE_URLS="") as running:
        yield running


def test_a_pod_asks_no_private_and_no_metadata_address(guarded: RealBotyard) -> None:
    api, spec = guarded.api, guarded.spec("curious")
    urls = (
        "http://169.254.169.254/v1",
        "http://[::ffff:a9fe:a9fe]/v1",
        "http://127.0.0.1:8080/v1",
        "https://kubernetes.default.svc.cluster.local/v1",
        str(spec["model"]["base_url"]),
    )
    for number, url in enumerate(urls):
        spec["model"]["base_url"] = url
        body = {"spec": spec if number == 0 else {"model": spec["model"]}}
        place = ("POST", "/bots") if number == 0 else ("PATCH", "/bots/admin.curious")
        answer = api.ask(*place, body, Prefer="wait=60")
        assert answer.status_code == 409, f"{url}: {answer.text}"
        assert answer.json()["operation"]["error"]["step"] == "answered"
        assert _REFUSED in answer.json()["detail"], url
    assert guarded.models.requests() == []
