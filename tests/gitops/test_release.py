"""The release file: its whole text, and that nothing else is read as one."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from agent_runtime.spec import BotId, parse_spec, templates
from gitops.errors import RefusedError
from gitops.release import read_release, render
from tests.gitops.fleet import SUPPORT, specification

DIGEST = "sha256:" + "0a" * 32
WHOLE = f"""\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: "support"
  namespace: "user-alice"
  labels:
    "botyard.dev/bot": "alice.support"
spec:
  interval: 1h
  serviceAccountName: deployer
  chartRef:
    kind: HelmChart
    name: bot-1-0-0
    namespace: botyard
  install:
    disableWait: true
    disableOpenAPIValidation: true
    strategy:
      name: RetryOnFailure
  upgrade:
    disableWait: true
    disableOpenAPIValidation: true
    strategy:
      name: RetryOnFailure
  driftDetection:
    mode: enabled
    ignore:
    - paths:
      - /spec/replicas
  values:
    bot:
      version: 1
      name: "support"
      instructions: |
        You are kind.
        Never {{{{ .Values.x }}}} or ${{VAR}}.
      environment:
        STORE: "1e3"
    secrets:
      TELEGRAM_TOKEN: "{DIGEST}"
"""
DATA = specification(
    instructions="You are kind.\nNever {{ .Values.x }} or ${VAR}.\n",
    cluster=None,
    environment={"STORE": "1e3"},
)


def test_a_release_file_whole() -> None:
    rendered = render(SUPPORT, DATA, {"TELEGRAM_TOKEN": DIGEST}, "1.0.0")
    assert rendered.decode() == WHOLE
    read = read_release(rendered, SUPPORT)
    assert read.bot == {key: value for key, value in DATA.items() if value is not None}
    assert read.secrets == {"TELEGRAM_TOKEN": DIGEST}
    assert read.chart == "bot-1-0-0"


def test_what_is_empty_is_left_out() -> None:
    """A cluster makes null of a mapping that has become empty. Earlier files held empty ones."""
    data = {**DATA, "environment": {}, "channels": {"web": {}}, "access": {"allow": []}}
    rendered = render(SUPPORT, data, {}, "1.0.0")
    assert yaml.safe_load(rendered)["spec"]["values"].keys() == {"bot"}
    read = read_release(rendered, SUPPORT)
    assert read.bot.keys() == {"version", "name", "instructions", "access"}
    assert parse_spec(read.bot) == parse_spec({**data, "cluster": None})
    assert read.secrets == {}
    assert read_release(rendered + b"    secrets: {}\n", SUPPORT) == read


@pytest.mark.parametrize("template", templates(), ids=lambda template: template.id)
def test_every_template_is_rendered_and_read(template: Any) -> None:
    bot = BotId("alice", template.spec["name"])
    assert read_release(render(bot, template.spec, {}, "2.10.3"), bot).bot == template.spec


def _put(path: str, value: Any) -> bytes:
    document = yaml.safe_load(WHOLE)
    *folders, last = path.split("/")
    place = document
    for name in folders:
        place = place.setdefault(name, {})
    place[last] = value
    return yaml.safe_dump(document, sort_keys=False).encode()


ALTERED = {
    "metadata/namespace": "kube-system",
    "metadata/name": "other",
    "metadata/annotations": {"a": "b"},
    "metadata/labels/x": "y",
    "metadata/finalizers": [],
    "kind": "Secret",
    "spec/serviceAccountName": "cluster-admin",
    "spec/targetNamespace": "kube-system",
    "spec/storageNamespace": "kube-system",
    "spec/releaseName": "other",
    "spec/kubeConfig": {"secretRef": {"name": "x"}},
    "spec/chart": {"spec": {"chart": "evil"}},
    "spec/chartRef/name": "evil",
    "spec/chartRef/namespace": "user-alice",
    "spec/valuesFrom": [{"kind": "Secret", "name": "x"}],
    "spec/postRenderers": [],
    "spec/suspend": True,
    "spec/install/disableWait": 1,
    "spec/install/createNamespace": True,
    "spec/upgrade/force": True,
    "spec/driftDetection/mode": "disabled",
    "spec/values/image": "evil",
    "spec/values/hostPath": "/",
    "spec/values/securityContext": {"privileged": True},
    "spec/values/bot/name": "other",
    "spec/values/bot/image": "evil",
    "spec/values/bot/instructions": 5,
    "spec/values/secrets/lower": DIGEST,
    "spec/values/secrets/TELEGRAM_TOKEN": "clear",
    "status": {},
}


@pytest.mark.parametrize("path", ALTERED)
def test_any_other_field_or_value_is_refused(path: str) -> None:
    with pytest.raises(RefusedError) as refused:
        read_release(_put(path, ALTERED[path]), SUPPORT)
    assert refused.value.problems


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"a: 1", b"spec: 5", b"\xff", WHOLE.encode() + b"---\na: 1\n"]
)
def test_what_is_no_release_file_is_refused(content: bytes) -> None:
    with pytest.raises(RefusedError):
        read_release(content, SUPPORT)


def test_the_longest_id_has_no_label_that_kubernetes_would_refuse() -> None:
    bot = BotId("a" * 32, "b" * 32)
    rendered = render(bot, specification(bot.name), {}, "1.0.0")
    assert b"labels" not in rendered
    assert read_release(rendered, bot).bot_id == bot
