"""`compose.yaml`: what its service is told, in the image that it builds, with a Postgres beside it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from tests.cluster.images import ROOT, image, name
from tests.cluster.unpacked import unpacked
from tests.journeys.installation import free_port
from tests.journeys.processes import eventually
from tests.postgres import Postgres

pytestmark = [pytest.mark.cluster, pytest.mark.long, pytest.mark.timeout(900)]

_COMPOSE = ROOT / "compose.yaml"
_SOCKETS = "/var/run/postgresql"
_LINK = re.compile(r"Sign in, once, .*: http://127\.0\.0\.1:\d+/\S*#\S+")


def test_nothing_is_open_but_one_port_of_this_machine() -> None:
    services = yaml.safe_load(_COMPOSE.read_text())["services"]
    assert {name: service.get("ports", []) for name, service in services.items()} == {
        "postgres": [],
        "botyard": ["127.0.0.1:${BOTYARD_PORT:-8080}:${BOTYARD_PORT:-8080}"],
    }
    assert services["postgres"]["command"] == ["postgres", "-c", "listen_addresses="]
    assert re.search(r"@sha256:[0-9a-f]{64}$", services["postgres"]["image"])
    botyard = services["botyard"]
    assert botyard["image"] == name("machine")
    assert (botyard["read_only"], botyard["cap_drop"]) == (True, ["ALL"])
    assert botyard["security_opt"] == ["no-new-privileges:true"]


def test_it_comes_up_prints_a_link_and_deploys_the_demo(tmp_path: Path) -> None:
    service = yaml.safe_load(_COMPOSE.read_text())["services"]["botyard"]
    machine, log, port = unpacked(image("machine"), tmp_path / "machine"), tmp_path / "up.log", free_port()
    told = {name: _filled(str(value), port) for name, value in service["environment"].items()}
    command = [each.replace("$$", "$") for each in service["command"]]
    with _postgres(machine.folder), machine.running(command, log, **told) as running:

        def said(what: re.Pattern[str]) -> bool:
            assert running.poll() is None, log.read_text()
            return what.search(log.read_text()) is not None

        eventually("it prints a link", lambda: said(_LINK), within=120)
        page = httpx2.get(f"http://127.0.0.1:{port}/", trust_env=False)
        assert '<div id="root">' in page.text
        anyone = httpx2.get(f"http://127.0.0.1:{port}/api/v1/bots", trust_env=False)
        assert anyone.status_code == 401, "there is an operator, and it is nobody else"
        eventually(
            "the demo has answered",
            lambda: said(re.compile(r"Talk to it: botyard chat demo\.hello")),
            within=120,
        )


def _filled(text: str, port: int) -> str:
    """As Compose fills in variables: https://docs.docker.com/reference/compose-file/interpolation/."""
    known: Mapping[str, Any] = {"BOTYARD_PORT": port}
    return re.sub(r"\$\{(\w+):-(.*?)\}", lambda found: str(known.get(found[1], found[2])), text)


@contextmanager
def _postgres(root: Path) -> Iterator[None]:
    """A server whose socket is where the services share it, set up as the image of Postgres is told to."""
    shared = root / _SOCKETS.removeprefix("/")
    shared.mkdir(parents=True)
    with Postgres() as server:
        with server.connect() as connection:
            connection.execute("CREATE ROLE botyard SUPERUSER LOGIN")
            connection.execute("CREATE DATABASE botyard OWNER botyard")
            rules = server.folder / "data" / "pg_hba.conf"
            rules.write_text(f"local all botyard trust\n{rules.read_text()}")
            connection.execute("SELECT pg_reload_conf()")
        server.folder.chmod(0o755)
        subprocess.run(["mount", "--bind", server.folder, shared], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", "--lazy", shared], check=True)
