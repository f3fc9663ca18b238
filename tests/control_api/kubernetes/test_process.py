"""The control API as charts/botyard starts it: a port, the public key alone, a fleet for the cluster."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import httpx2

from agent_runtime.home import Home
from gitops.fleet_file import read_fleet
from gitops.keys import make_keys
from tests.control_api.test_process import log_of, process
from tests.gateway.test_gateway import free_port

# A cluster whose API does not answer.
KUBECONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "away",
    "contexts": [{"name": "away", "context": {"cluster": "away", "user": "away"}}],
    "clusters": [{"name": "away", "cluster": {"server": "http://127.0.0.1:1"}}],
    "users": [{"name": "away", "user": {}}],
}


async def test_it_serves_a_port_and_begins_the_clusters_fleet(tmp_path: Path, postgres_url: str) -> None:
    home, port = Home.at(tmp_path / "home"), free_port()
    recipient = make_keys(Home.at(tmp_path / "elsewhere"))
    home.age_recipient.parent.mkdir(parents=True)
    home.age_recipient.write_text(f"{recipient}\n")
    (tmp_path / "kubeconfig").write_text(json.dumps(KUBECONFIG))
    settings = {
        "BOTYARD_ENGINE": "kubernetes",
        "BOTYARD_CLUSTER": "eu",
        "BOTYARD_KUBECONFIG": str(tmp_path / "kubeconfig"),
        "BOTYARD_DATABASE_URL": postgres_url,
        "BOTYARD_PORT": str(port),
    }
    url = f"http://127.0.0.1:{port}"
    async with (
        process(home.root, **settings) as running,
        httpx2.AsyncClient(base_url=url, trust_env=False) as client,
        asyncio.timeout(60),
    ):
        while not await _is_ready(client):
            assert running.returncode is None, log_of(home.root).read_text()
            await asyncio.sleep(0.05)
        for name, status in (("control.botyard.svc.cluster.local:8080", 401), ("evil.example", 400)):
            path = "/git/fleet.git/info/refs?service=git-upload-pack"
            assert (await client.get(path, headers={"Host": name})).status_code == status
        while "refs/heads/deploy/eu/platform" not in _git(home, "for-each-ref"):
            assert running.returncode is None, log_of(home.root).read_text()
            await asyncio.sleep(0.05)
    assert read_fleet(_git(home, "show", "main:fleet.yaml").encode()).clusters == ("eu",)
    assert recipient in _git(home, "show", "main:.sops.yaml")
    assert not home.age_key.exists()


def test_tables_are_made_ahead_of_a_start(tmp_path: Path, postgres_url: str) -> None:
    environment = {"BOTYARD_HOME": str(tmp_path), "BOTYARD_DATABASE_URL": postgres_url}
    for _ in range(2):
        command = [sys.executable, "-m", "control_api.migrating"]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr


async def _is_ready(client: httpx2.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz")).status_code == 200
    except httpx2.TransportError:
        return False


def _git(home: Home, *arguments: str) -> str:
    command = ["git", "--git-dir", str(home.fleet), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
