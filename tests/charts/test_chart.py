"""The chart's objects, whole, and what its closed values refuse."""

from __future__ import annotations

import hashlib
import json
from copy import deepcopy
from typing import Any

import pytest

from agent_runtime.spec import parse_spec, runtime_file
from tests.agent_runtime.spec.specifications import SMALLEST
from tests.charts import helm, lint

DIGEST = "sha256:" + "0" * 64
VALUES: dict[str, Any] = {
    "bot": {**SMALLEST, "channels": {"telegram": {"token": {"secret": "TELEGRAM_TOKEN"}}}},
    "secrets": {"TELEGRAM_TOKEN": DIGEST, "A_KEY": DIGEST},
}
SELECTOR = {"app.kubernetes.io/name": "bot", "app.kubernetes.io/instance": "support"}
LABELS = {
    **SELECTOR,
    "app.kubernetes.io/part-of": "botyard",
    "app.kubernetes.io/managed-by": "Helm",
    "helm.sh/chart": "bot-1.0.0",
}
METADATA = {"name": "support", "namespace": "user-alice", "labels": LABELS}


def sha256(data: object) -> str:
    compact = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(compact.encode()).hexdigest()}"


def pod(values: dict[str, Any]) -> dict[str, Any]:
    template: dict[str, Any] = helm.render(values)["Deployment"]["spec"]["template"]
    return template


def container() -> dict[str, Any]:
    probe = {"path": "/healthz", "port": "http"}
    return {
        "name": "bot",
        "image": "ghcr.io/botyard/agent-runtime:0.1.0",
        "imagePullPolicy": "IfNotPresent",
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "args": ["python", "-m", "agent_runtime.pod"],
        "envFrom": [{"secretRef": {"name": "support"}}],
        "env": [
            {"name": "BOTYARD_BOT", "value": "alice.support"},
            {"name": "BOTYARD_BOT_FILE", "value": "/etc/botyard/bot.yaml"},
            {"name": "BOTYARD_SECRETS", "value": "/run/secrets/botyard"},
            {"name": "BOTYARD_HOME", "value": "/var/lib/botyard"},
        ],
        "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
        "startupProbe": {"httpGet": probe, "periodSeconds": 1, "failureThreshold": 60},
        "livenessProbe": {"httpGet": probe, "periodSeconds": 10, "timeoutSeconds": 3},
        "readinessProbe": {
            "httpGet": {"path": "/readyz", "port": "http"},
            "periodSeconds": 1,
            "timeoutSeconds": 3,
        },
        "resources": {
            "requests": {"cpu": "100m", "memory": "128Mi"},
            "limits": {"cpu": "1", "memory": "128Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "specification", "mountPath": "/etc/botyard", "readOnly": True},
            {"name": "secrets", "mountPath": "/run/secrets/botyard", "readOnly": True},
            {"name": "state", "mountPath": "/var/lib/botyard"},
            {"name": "scratch", "mountPath": "/tmp"},
        ],
    }


def volumes() -> list[dict[str, Any]]:
    def secret(kubernetes_name: str, name: str) -> dict[str, Any]:
        items = [{"key": f"alice.support.{name}", "path": name}]
        return {"secret": {"name": kubernetes_name, "items": items}}

    sources = [secret("support.a-key", "A_KEY"), secret("support.telegram-token", "TELEGRAM_TOKEN")]
    return [
        {"name": "specification", "configMap": {"name": "support"}},
        {"name": "secrets", "projected": {"defaultMode": 0o440, "sources": sources}},
        {"name": "state", "emptyDir": {"sizeLimit": "512Mi"}},
        {"name": "scratch", "emptyDir": {"sizeLimit": "64Mi"}},
    ]


def tcp(*ports: int) -> list[dict[str, Any]]:
    return [{"protocol": "TCP", "port": port} for port in ports]


def in_namespace(name: str, **more: Any) -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}, **more}


def network(ports: list[int]) -> dict[str, Any]:
    """What the bot may reach and who may reach it, with these ports open on public addresses."""
    names = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["botyard", "istio-ingress"]}
    callers = [
        {"namespaceSelector": {"matchExpressions": [names]}},
        {"ipBlock": {"cidr": "169.254.7.127/32"}},
    ]
    resolvers = [in_namespace("kube-system"), {"ipBlock": {"cidr": "169.254.20.10/32"}}]
    brain = in_namespace("botyard", podSelector={"matchLabels": {"app.kubernetes.io/component": "brain"}})
    private = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.168.0.0/16",
    ]  # fmt: skip
    public = [
        {"ipBlock": {"cidr": "0.0.0.0/0", "except": private}},
        {"ipBlock": {"cidr": "::/0", "except": ["::1/128", "64:ff9b::/96", "fc00::/7", "fe80::/10"]}},
    ]
    return {
        "podSelector": {"matchLabels": SELECTOR},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": callers, "ports": tcp(8080, 15008)}],
        "egress": [
            {"to": resolvers, "ports": [{"protocol": "UDP", "port": 53}, *tcp(53)]},
            {"ports": tcp(5432)},
            {"to": [brain], "ports": tcp(8080, 15008)},
            *([{"to": public, "ports": tcp(*ports)}] if ports else []),
        ],
    }


def test_all_objects() -> None:
    security = {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "fsGroup": 10001,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    deployment = {
        "replicas": 1,
        "revisionHistoryLimit": 2,
        "strategy": {"type": "Recreate"},
        "selector": {"matchLabels": SELECTOR},
        "template": {
            "metadata": {
                "labels": LABELS,
                "annotations": {
                    "botyard.dev/specification": sha256(VALUES["bot"]),
                    "botyard.dev/secrets": sha256(VALUES["secrets"]),
                },
            },
            "spec": {
                "serviceAccountName": "support",
                "automountServiceAccountToken": False,
                "enableServiceLinks": False,
                "terminationGracePeriodSeconds": 60,
                "securityContext": security,
                "containers": [container()],
                "volumes": volumes(),
            },
        },
    }
    port = {"name": "http", "port": 8080, "targetPort": "http", "protocol": "TCP", "appProtocol": "http"}
    assert helm.render(VALUES) == {
        "ConfigMap": {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": METADATA,
            "data": {"bot.yaml": runtime_file(VALUES["bot"]).decode()},
        },
        "Service": {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": METADATA,
            "spec": {"type": "ClusterIP", "selector": SELECTOR, "ports": [port]},
        },
        "Deployment": {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": METADATA,
            "spec": deployment,
        },
        "ServiceAccount": {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": METADATA,
            "automountServiceAccountToken": False,
        },
        "PodDisruptionBudget": {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": METADATA,
            "spec": {"maxUnavailable": 1, "selector": {"matchLabels": SELECTOR}},
        },
        "NetworkPolicy": {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": METADATA,
            "spec": network([443]),
        },
    }


def test_a_bot_without_secrets_mounts_none() -> None:
    spec = pod({"bot": SMALLEST})["spec"]
    assert [each["name"] for each in spec["volumes"]] == ["specification", "state", "scratch"]
    assert "secrets" not in {each["name"] for each in spec["containers"][0]["volumeMounts"]}


@pytest.mark.parametrize(
    ("bot", "secrets"),
    [
        ({**VALUES["bot"], "instructions": "Be brief."}, VALUES["secrets"]),
        ({**VALUES["bot"], "restart": "2026-11-21T10:00:00Z"}, VALUES["secrets"]),
        (VALUES["bot"], {**VALUES["secrets"], "A_KEY": "sha256:" + "1" * 64}),
    ],
)
def test_a_change_starts_the_bot_anew(bot: dict[str, Any], secrets: dict[str, str]) -> None:
    before = pod(VALUES)["metadata"]["annotations"]
    assert pod(VALUES)["metadata"]["annotations"] == before
    assert pod({"bot": bot, "secrets": secrets})["metadata"]["annotations"] != before


def test_pause_and_resources() -> None:
    bot = {**SMALLEST, "paused": True, "resources": {"memory": "1Gi"}}
    deployment = helm.render({"bot": bot})["Deployment"]["spec"]
    assert deployment["replicas"] == 0
    resources = deployment["template"]["spec"]["containers"][0]["resources"]
    assert resources["requests"] == {"cpu": parse_spec(SMALLEST).resources.cpu, "memory": "1Gi"}


@pytest.mark.parametrize(
    ("asked", "most"), [("50m", "1"), ("999m", "1"), ("1000m", "1000m"), ("1", "1"), ("2", "2")]
)
def test_a_start_may_use_a_whole_processor(asked: str, most: str) -> None:
    """The share of an idle bot is a tenth of one, by which it would take eight seconds."""
    bot = {**SMALLEST, "resources": {"cpu": asked}}
    resources = pod({"bot": bot})["spec"]["containers"][0]["resources"]
    assert (resources["requests"]["cpu"], resources["limits"]["cpu"]) == (asked, most)


OPENAI = {"provider": "openai", "name": "gpt-4o-mini", "key": {"secret": "A"}}


def elsewhere(url: str) -> dict[str, Any]:
    return {"provider": "openai-compatible", "name": "m", "base_url": url}


@pytest.mark.parametrize(
    ("part", "ports"),
    [
        ({}, []),
        ({"channels": {"web": {"public": True}}}, []),
        ({"channels": {"discord": {"token": {"secret": "A"}}}}, [443]),
        ({"model": OPENAI}, [443]),
        ({"model": elsewhere("https://models.example.com:8443/v1")}, [8443]),
        ({"model": elsewhere("http://models.example.com/v1")}, [80]),
        ({"model": elsewhere("http://[2001:db8::1]/v1")}, [80]),
        ({"model": elsewhere("http://[2001:db8::1]:81/v1")}, [81]),
        ({"model": {"fallbacks": [OPENAI, elsewhere("https://m.example:8443")]}}, [443, 8443]),
        ({"transcription": {"key": {"secret": "A"}}}, [443]),
        ({"transcription": elsewhere("https://ears.example:444/v1")}, [444]),
    ],
)
def test_only_the_ports_that_the_specification_needs_are_open(part: dict[str, Any], ports: list[int]) -> None:
    data = {**SMALLEST, **part}
    parse_spec(data)
    assert helm.render({"bot": data})["NetworkPolicy"]["spec"] == network(ports)


def test_a_bot_of_several_copies() -> None:
    """The specification refuses more than one copy yet, and so do the chart's values."""
    bot = {**SMALLEST, "scaling": {"min_replicas": 2, "max_replicas": 5, "target_cpu_percent": 60}}
    objects = helm.render({"bot": bot}, "--skip-schema-validation")
    assert "replicas" not in objects["Deployment"]["spec"]
    assert objects["Deployment"]["spec"]["strategy"] == {"type": "RollingUpdate"}
    load = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}}
    assert objects["HorizontalPodAutoscaler"]["spec"] == {
        "minReplicas": 2,
        "maxReplicas": 5,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "support"},
        "metrics": [{"type": "Resource", "resource": load}],
    }
    paused = helm.render({"bot": {**bot, "paused": True}}, "--skip-schema-validation")
    assert paused["Deployment"]["spec"]["replicas"] == 0
    assert "HorizontalPodAutoscaler" not in paused


BAD_VALUES: list[tuple[tuple[str, ...], Any, str]] = [
    (("image",), {"repository": "evil"}, "additional properties 'image' not allowed"),
    (("securityContext",), {"privileged": True}, "additional properties 'securityContext' not allowed"),
    (("bot", "temprature"), 1, "additional properties 'temprature' not allowed"),
    (("bot", "channels", "matrix"), {}, "additional properties 'matrix' not allowed"),
    (("bot", "environment"), {"lower": "x"}, "additional properties 'lower' not allowed"),
    (("bot", "environment"), {"A": 1}, "got number, want string"),
    (("bot", "name"), "../x", "does not match pattern"),
    (("bot", "name"), 1, "got number, want string"),
    (("bot", "instructions"), " \n ", "does not match pattern"),
    (("bot", "version"), 2, "maximum: got 2, want 1"),
    (("bot", "tools"), [{"command": "sh"}], "maxItems: got 1, want 0"),
    (("bot", "channels", "telegram", "token"), "123:abc", "got string, want object"),
    (("bot", "model"), {"base_url": "https://u:p@m.example"}, "does not match pattern"),
    (("secrets", "x,image.repository=evil"), DIGEST, "invalid propertyName"),
    (("secrets", "TELEGRAM_TOKEN"), "123:abc", "does not match pattern"),
]


@pytest.mark.parametrize(("path", "value", "reason"), BAD_VALUES)
def test_values_are_closed(path: tuple[str, ...], value: Any, reason: str) -> None:
    values = deepcopy(VALUES)
    inner = values
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    done = helm.run(
        "template", "support", str(helm.CHART), "-f", "-", values=helm.written(values), check=False
    )
    assert done.returncode != 0
    assert reason in done.stderr


def test_a_bot_is_required() -> None:
    done = helm.run("template", "support", str(helm.CHART), check=False)
    assert "missing properties 'version', 'name', 'instructions'" in done.stderr


def test_lint(capsys: pytest.CaptureFixture[str]) -> None:
    assert lint.main([str(helm.CHART)]) == 0, capsys.readouterr().out
