"""Bots as people have them: the product's own image in each pod, and the simulators around.

Stand-ins are enough where only Kubernetes and Flux matter (`botyard.Botyard` with the proof off). Here a pod
answers. What pods call is served on the node's address, and Telegram sends through the real Envoy.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.cluster.botyard import Botyard
from tests.cluster.cluster import Cluster
from tests.cluster.images import image
from tests.gateway import mesh
from tests.journeys.installation import free_port
from tests.journeys.simulated import ModelServer, TelegramServer
from tests.postgres import Postgres


class RealBotyard:
    """`botyard` is the control API, `api` the operator's, `models` and `telegram` the simulators.

    The gateway's own address is the public one: `bots` are the ids that it knows the way to.
    """

    def __init__(self, cluster: Cluster, folder: Path, *bots: str, **settings: str) -> None:
        self.cluster = cluster
        self._folder, self._bots, self._settings = folder, bots, settings
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.cluster.containers.add_image(image("runtime"))
        with ExitStack() as stack:
            host = self.cluster.address
            postgres = stack.enter_context(Postgres(host))
            self.models = stack.enter_context(ModelServer(host))
            self.telegram = stack.enter_context(TelegramServer(host=host))
            self.telegram.ask("POST", "/webhooks", {"loopback": True, "first_wait": 0.1})
            port = free_port()
            self.url = f"http://127.0.0.1:{port}"
            settings = {
                "BOTYARD_PUBLIC_URL": self.url,
                "BOTYARD_TELEGRAM_API_URL": self.telegram.url,
                "BOTYARD_ALLOW_PRIVATE_URLS": "true",
            }
            made = Botyard(self.cluster, self._folder, postgres.create(), **{**settings, **self._settings})
            self.botyard = stack.enter_context(made)
            self.api = self.botyard.api
            stack.enter_context(mesh.running(self._folder, self._gateway(port)))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def spec(self, name: str, model: str = "echo", **fields: Any) -> dict[str, Any]:
        """A small specification on a simulated model."""
        return self.models.spec(name, model, **fields)

    def _gateway(self, port: int) -> dict[str, Any]:
        control = {"control": ("127.0.0.1", self.botyard.port)}
        made = mesh.configuration(port, self._folder / "admin", control)
        made["static_resources"]["clusters"] += [mesh.resolved(bot) for bot in self._bots]
        return made
