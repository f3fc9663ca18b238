"""A control API beside the cluster, whose bots the cluster runs: real processes, the real Flux, real HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from agent_runtime.home import Home
from gitops.fleet_file import Fleet as Settings
from gitops.keys import make_keys
from gitops.repository import initialise
from tests.cluster.cluster import Cluster, Kustomization
from tests.cluster.platform import CLUSTER, SHARDS, install
from tests.journeys.api import Api
from tests.journeys.installation import ROOT
from tests.journeys.processes import eventually


class Botyard:
    """`api` is the operator's, with `token`. Its fleet is on the cluster `test`.

    Flux reads it from the Git remote at `remote`, or else over HTTP from the control API itself.
    """

    def __init__(
        self,
        cluster: Cluster,
        folder: Path,
        database: str,
        shards: int = SHARDS,
        remote: str = "",
        /,
        **settings: str,
    ) -> None:
        self.cluster = cluster
        self._fleet = Settings(clusters=(CLUSTER,), shards=shards)
        self.home = Home.at(folder / "home")
        self._remote = remote
        self._log = folder / "control-api.log"
        # It outlives the process, so that one that is killed refuses nobody.
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("BOTYARD_")},
            "BOTYARD_HOME": str(self.home.root),
            "BOTYARD_PORT": str(self.port),
            "BOTYARD_DATABASE_URL": database,
            "BOTYARD_ENGINE": "kubernetes",
            "BOTYARD_KUBECONFIG": str(cluster.kubeconfig),
            "BOTYARD_FLEET_REMOTE": remote,
            **settings,
        }
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(self._listening.close)
            self.token = self._begin()
            self.start()
            stack.callback(self.stop)
            self.api = stack.enter_context(Api(self.url, self.token))
            self._install()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _begin(self) -> str:
        """Make keys and the fleet; the operator's token."""
        recipient = make_keys(self.home)
        asyncio.run(initialise(self.home.fleet, recipient, self._fleet, remote=self._remote))
        return str(json.loads(self._run("control_api.machine.first_sign_in"))["token"])

    def _install(self) -> None:
        """Have Flux follow the fleet."""
        url = self._remote or f"{self.url}/git/fleet.git"
        install(self.cluster, url, self.token, self.home.age_key.read_text())
        self.cluster.await_ready(Kustomization, "platform", "botyard")

    def start(self) -> None:
        """Start the control API and wait until it accepts work."""
        descriptor = self._listening.fileno()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "control_api"],
                cwd=ROOT,
                env={**self._environment, "BOTYARD_SOCKET_CONTROL": str(descriptor)},
                pass_fds=[descriptor],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        eventually("the control API is ready", self._ready)

    def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        self._process.wait(10)

    def stop(self) -> None:
        """End it as a cluster would."""
        self._process.terminate()
        self._process.wait(30)

    def seconds(self) -> float:
        """Seconds of the processor that it has taken so far, with those that it started and that ended."""
        return float(sum(psutil.Process(self._process.pid).cpu_times()[:4]))

    def tail(self) -> str:
        """The end of its log."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-30:])

    def _ready(self) -> bool:
        assert self._process.poll() is None, self.tail()
        with Api(self.url, None) as anyone:
            return anyone.http.get(f"{self.url}/readyz").status_code == 200

    def _run(self, module: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", module],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def spec(name: str, **more: Any) -> dict[str, Any]:
    """A small specification without channels."""
    return {"version": 1, "name": name, "instructions": "You are kind.", **more}
