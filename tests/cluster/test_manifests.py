"""Every object that is rendered, held to the real API server, with the schemas of Flux, Istio and others.

The server is asked what it would do, strictly: an unknown field, a wrong value and a warning each fail.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent_runtime.spec import BotId, templates
from agent_runtime.spec.owner import Quota
from gitops import release, tenant
from gitops.fleet_file import Fleet
from gitops.flux import render_platform
from tests.agent_runtime.spec.specifications import FULL, SMALLEST
from tests.charts import helm, lint
from tests.cluster.cluster import Cluster
from tests.cluster.kubectl import define, kubectl

pytestmark = pytest.mark.timeout(240)

DIGEST = "sha256:" + "0" * 64
NAMESPACES = ("botyard", "istio-ingress", "istio-system")
SEVERAL = {**SMALLEST, "scaling": {"max_replicas": 3}}
PLATFORM = helm.CHECKOUT / "charts" / "botyard"


@pytest.fixture(scope="module")
def understanding(cluster: Cluster) -> Cluster:
    """The cluster, with all that it would have to understand."""
    define(cluster)
    for name in NAMESPACES:
        cluster.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}])
    cluster.apply(tenant.render("judith", Quota()).decode())
    return cluster


def test_every_rendered_object_is_valid(understanding: Cluster) -> None:
    faults = {}
    for name, objects in _rendered():
        done = _ask(understanding, objects)
        if done.returncode or done.stderr:
            faults[name] = done.stderr
    assert faults == {}


def test_what_is_wrong_is_found(understanding: Cluster) -> None:
    """The check itself: a field that no schema knows, in an object of each origin."""
    rendered = yaml.safe_load_all(_template(PLATFORM, "botyard", "botyard", lint.INSTALLATION))
    kinds = {each["kind"]: each for each in rendered if each}
    for kind in ("StatefulSet", "Kustomization", "VirtualService", "Certificate", "ServiceMonitor"):
        wrong = {**kinds[kind], "spec": {**kinds[kind]["spec"], "nonsense": 1}}
        done = _ask(understanding, yaml.safe_dump(wrong))
        assert done.returncode != 0
        assert "nonsense" in done.stderr


def _rendered() -> Iterator[tuple[str, str]]:
    """All that there is to render, by what it is."""
    for each in (lint.SMALLEST, lint.INSTALLATION):
        yield f"botyard {sorted(each)}", _template(PLATFORM, "botyard", "botyard", each)
    for path, content in render_platform(Fleet(clusters=("eu",), shards=2), "eu").items():
        if path.startswith("apply/"):
            yield path, content.decode().replace("${FLEET_URL}", "https://git.example.com/fleet.git")
    yield "tenant.yaml", tenant.render("judith", Quota(bots=3, cpu="0.5", memory="1Gi")).decode()
    for each in (SMALLEST, FULL):
        bot = BotId("judith", each["name"])
        yield "release.yaml", release.render(bot, each, {"A_KEY": DIGEST}, "1.0.0").decode()
    for each in (*(template.spec for template in templates()), SMALLEST, FULL):
        yield f"bot {each['name']}", _bot(each)
    yield "bot of several copies", _bot(SEVERAL, "--skip-schema-validation")


def _bot(spec: dict[str, Any], *more: str) -> str:
    values = {"bot": spec, "secrets": {"A_KEY": DIGEST}}
    return _template(helm.CHART, spec["name"], "user-judith", values, *more)


def _template(chart: Path, name: str, namespace: str, values: dict[str, Any], *more: str) -> str:
    arguments = ("template", name, str(chart), "-n", namespace, "-f", "-", *more)
    return helm.run(*arguments, values=helm.written(values)).stdout


def _ask(cluster: Cluster, objects: str) -> subprocess.CompletedProcess[str]:
    strictly = ("--dry-run=server", "--validate=strict", "--force-conflicts")
    return kubectl(cluster, "apply", "--server-side", *strictly, "-f", "-", given=objects, check=False)
