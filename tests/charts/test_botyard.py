"""The chart of the platform: what it installs, and what it refuses to."""

from __future__ import annotations

import os
import subprocess
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent_runtime.spec import read_spec
from tests.charts import helm, lint

CHART = helm.CHECKOUT / "charts" / "botyard"
SMALLEST = lint.SMALLEST
Objects = dict[tuple[str, str], dict[str, Any]]


def template(values: dict[str, Any], namespace: str = "botyard") -> tuple[int, str, str]:
    """What Helm answers: its exit code, the objects and its complaints."""
    arguments = ("template", "botyard", str(CHART), "-n", namespace, "-f", "-")
    done = helm.run(*arguments, values=helm.written(values), check=False)
    return done.returncode, done.stdout, done.stderr


def render(values: dict[str, Any]) -> Objects:
    code, said, complaints = template(values)
    assert code == 0, complaints
    return {(each["kind"], each["metadata"]["name"]): each for each in yaml.safe_load_all(said) if each}


def environment(objects: Objects, kind: str = "StatefulSet", name: str = "control") -> dict[str, Any]:
    [container] = objects[kind, name]["spec"]["template"]["spec"]["containers"]
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in container["env"]}


def test_the_smallest_installation() -> None:
    objects = render(SMALLEST)
    istio = [yaml.safe_load(path.read_bytes()) for path in (helm.CHECKOUT / "istio").glob("*.yaml")]
    gateway = {(each["kind"], each["metadata"]["name"]) for each in istio}
    assert len(gateway) == len(istio) == 8
    assert {key: objects[key] for key in gateway} == {
        (each["kind"], each["metadata"]["name"]): each for each in istio
    }
    assert objects.keys() - gateway == {
        ("ClusterRole", "botyard-control"),
        ("ClusterRoleBinding", "botyard-control"),
        ("ConfigMap", "drafts"),
        ("ConfigMap", "fleet"),
        ("Deployment", "drafts"),
        ("GitRepository", "platform"),
        ("Job", "migrations"),
        ("Kustomization", "platform"),
        ("NetworkPolicy", "control"),
        ("NetworkPolicy", "drafts"),
        ("PodDisruptionBudget", "control"),
        ("Role", "control"),
        ("RoleBinding", "control"),
        ("Service", "control"),
        ("Service", "drafts"),
        ("ServiceAccount", "control"),
        ("StatefulSet", "control"),
    }
    assert environment(objects) == {
        "BOTYARD_ENGINE": "kubernetes",
        "BOTYARD_CLUSTER": "main",
        "BOTYARD_HOME": "/var/lib/botyard",
        "BOTYARD_HOST": "0.0.0.0",
        "BOTYARD_PORT": "8080",
        "BOTYARD_PUBLIC_URL": "https://bots.example.com",
        "BOTYARD_DATABASE_URL": {"secretKeyRef": {"name": "botyard-database", "key": "url"}},
        "BOTYARD_DRAFTS_URL": "http://drafts.botyard.svc.cluster.local:8080",
    }


def test_flux_follows_the_platforms_branch() -> None:
    objects = render(SMALLEST)
    url = "http://control.botyard.svc.cluster.local:8080/git/fleet.git"
    assert objects["GitRepository", "platform"]["spec"] == {
        "interval": "1m",
        "url": url,
        "ref": {"branch": "deploy/main/platform"},
        "secretRef": {"name": "fleet-git"},
    }
    applied = objects["Kustomization", "platform"]["spec"]
    assert (applied["path"], applied["prune"]) == ("./apply", True)
    assert applied["postBuild"] == {"substituteFrom": [{"kind": "ConfigMap", "name": "fleet"}]}
    recipient = f"{SMALLEST['fleet']['recipient']}\n"
    assert objects["ConfigMap", "fleet"]["data"] == {"FLEET_URL": url, "recipient": recipient}


def test_a_whole_installation() -> None:
    objects = render(lint.INSTALLATION)
    assert objects["ConfigMap", "fleet"]["data"]["FLEET_URL"] == "https://git.example.com/fleet.git"
    assert objects["StatefulSet", "control"]["spec"]["replicas"] == 2
    assert environment(objects)["BOTYARD_FLEET_REMOTE"] == "https://git.example.com/fleet.git"
    assert environment(objects)["BOTYARD_FLEET_POLL_SECONDS"] == "30"
    assert environment(objects)["GIT_CONFIG_GLOBAL"] == "/etc/botyard/gitconfig"
    operator = {"secretKeyRef": {"name": "first-operator", "key": "token"}}
    assert environment(objects)["BOTYARD_BOOTSTRAP_TOKEN"] == operator
    certificate = objects["Certificate", "botyard"]["spec"]
    assert (certificate["secretName"], certificate["dnsNames"]) == ("botyard-tls", ["bots.example.com"])
    assert ("ServiceMonitor", "botyard") in objects
    alerts = objects["PrometheusRule", "botyard"]["spec"]["groups"][0]["rules"]
    assert all(each["annotations"]["summary"] and each["annotations"]["description"] for each in alerts)
    assert "{{ $value }} bots" in alerts[2]["annotations"]["summary"]


def asked(objects: Objects, folder: Path, url: str) -> dict[str, str]:
    """What Git, by the gitconfig of the control API, would say to a remote; the Secret is in `folder`."""
    config = folder / "gitconfig"
    config.write_text(
        objects["ConfigMap", "fleet"]["data"]["gitconfig"].replace("/run/secrets/fleet", str(folder))
    )
    own = {"GIT_CONFIG_GLOBAL": str(config), "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
    done = subprocess.run(
        ["git", "credential", "fill"],
        input=f"url={url}\n\n",
        env={"PATH": os.environ["PATH"], **own},
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        timeout=30,
    )
    return dict(line.split("=", 1) for line in done.stdout.splitlines())


def test_the_remote_gets_the_password_as_it_is_and_no_other_host_does(tmp_path: Path) -> None:
    password = r"two  spaces * and \n back\slash"
    (tmp_path / "username").write_text("flux\n")
    (tmp_path / "password").write_text(f"{password}\n")
    installation = deepcopy(lint.INSTALLATION)
    installation["fleet"]["remote"] = "https://git.example.com:8443/ops/fleet.git"
    objects = render(installation)
    told = asked(objects, tmp_path, "https://git.example.com:8443/ops/fleet.git")
    assert (told["username"], told["password"]) == ("flux", password)
    for other in ("https://git.example.com/fleet.git", "https://elsewhere.example.com:8443/ops/fleet.git"):
        assert asked(objects, tmp_path, other) == {}
    installation["fleet"]["remote"] = "git@git.example.com:ops/fleet.git"
    assert asked(render(installation), tmp_path, "https://git.example.com/ops/fleet.git") == {}


def test_drafts_are_tried_in_the_runtime_of_bots() -> None:
    charts = (CHART, helm.CHART)
    mine, bots = [yaml.safe_load((each / "Chart.yaml").read_text())["annotations"] for each in charts]
    assert mine["botyard.dev/runtime-image"] == bots["botyard.dev/image"]
    objects = render(SMALLEST)
    told = objects["ConfigMap", "drafts"]["data"]["bot.yaml"]
    assert read_spec(told.encode())[0].name == "drafts"
    without = render({**SMALLEST, "drafts": {"enabled": False}})
    assert "BOTYARD_DRAFTS_URL" not in environment(without)
    assert ("Deployment", "drafts") not in without


def test_drafts_get_the_settings_of_the_runtime_alone() -> None:
    own = {
        "BOTYARD_TELEGRAM_API_URL": "https://telegram.example.com",
        "BOTYARD_ALLOW_PRIVATE_URLS": "true",
        "BOTYARD_TURN_SECONDS": "60",
    }
    secret = {
        "BOTYARD_TELEGRAM_MANAGER_TOKEN": "a-token",
        "BOTYARD_BOOTSTRAP_TOKEN": "a-token",
        "BOTYARD_DATABASE_URL": "postgresql+psycopg://botyard:a-token@postgres.example.com/botyard",
    }
    objects = render({**SMALLEST, "settings": {**own, **secret}})
    env = environment(objects, "Deployment", "drafts")
    assert env == {"BOTYARD_BOT": "botyard.drafts", "BOTYARD_HOME": "/var/lib/botyard", **own}
    assert environment(objects)["BOTYARD_TELEGRAM_MANAGER_TOKEN"] == "a-token"


PODS = [("StatefulSet", "control"), ("Job", "migrations"), ("Deployment", "drafts")]


@pytest.mark.parametrize(("kind", "name"), PODS)
def test_pods_are_confined_and_bring_no_secret_value(kind: str, name: str) -> None:
    pod = render(lint.INSTALLATION)[kind, name]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is (kind == "StatefulSet")
    [container] = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    secret = {"BOTYARD_BOOTSTRAP_TOKEN", "BOTYARD_DATABASE_URL"}
    assert all("valueFrom" in each for each in container["env"] if each["name"] in secret)


REFUSED: list[tuple[tuple[str, ...], Any, str]] = [
    (("publicUrl",), "http://bots.example.com", "does not match pattern"),
    (("publicUrl",), "", "does not match pattern"),
    (("fleet", "recipient"), "", "does not match pattern"),
    (("fleet", "recipient"), "AGE-SECRET-KEY-1", "does not match pattern"),
    (("fleet", "cluster"), "local", "'not' failed"),
    (("fleet", "cluster"), "EU", "does not match pattern"),
    (("image",), "mine", "additional properties 'image' not allowed"),
    (("settings",), {"PATH": "/x"}, "invalid propertyName"),
    (("settings",), {"BOTYARD_PORT": 1}, "got number, want string"),
    (("replicas",), 2, "replicas above 1 need fleet.remote"),
]


@pytest.mark.parametrize(("path", "value", "reason"), REFUSED)
def test_bad_values_are_refused(path: tuple[str, ...], value: Any, reason: str) -> None:
    values = deepcopy(SMALLEST)
    inner = values
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    code, _, complaints = template(values)
    assert code != 0
    assert reason in complaints


def test_another_namespace_is_refused() -> None:
    code, _, complaints = template(SMALLEST, "default")
    assert code != 0
    assert "Botyard lives in the namespace botyard" in complaints


def test_the_images_are_of_one_version() -> None:
    charts = [yaml.safe_load(Path(each, "Chart.yaml").read_bytes()) for each in (CHART, helm.CHART)]
    versions = {each["annotations"]["botyard.dev/image"].rpartition(":")[2] for each in charts}
    assert versions == {each["appVersion"] for each in charts}
    assert len(versions) == 1


def test_lint(capsys: pytest.CaptureFixture[str]) -> None:
    assert lint.main([str(CHART)]) == 0, capsys.readouterr().out


def test_the_embedded_brain_is_there_when_it_is_wanted() -> None:
    without, objects = render(SMALLEST), render({**SMALLEST, "brain": {"enabled": True}})
    made = {("Deployment", "brain"), ("Service", "brain"), ("NetworkPolicy", "brain")}
    assert objects.keys() - without.keys() == made
    url = "http://brain.botyard.svc.cluster.local:8080"
    assert environment(objects)["BOTYARD_BRAIN_URL"] == url
    selector = objects["Service", "brain"]["spec"]["selector"]
    pod = objects["Deployment", "brain"]["spec"]["template"]["metadata"]["labels"]
    assert selector.items() <= pod.items()
    # The Service of the control API is not it as well.
    assert not objects["Service", "control"]["spec"]["selector"].items() <= pod.items()
