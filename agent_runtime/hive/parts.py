"""The parts of the hive, as the supervisor runs them."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from agent_runtime.settings import RuntimeSettings
from agent_runtime.supervisor import Part


def parts(settings: RuntimeSettings, modules: Mapping[str, str] | None = None) -> list[Part]:
    """All parts; `modules` names other modules to run for some of them.

    Keeper, launcher and dispatcher start together: who asks one before it serves waits in its socket's queue.
    """
    others = modules or {}
    environment = {"BOTYARD_HOME": str(settings.home)}

    def part(
        name: str, module: str, *arguments: str, sockets: tuple[str, ...] = (), after: tuple[str, ...] = ()
    ) -> Part:
        command = [sys.executable, "-m", others.get(name, module), *arguments]
        return Part(name, command, environment=environment, sockets=sockets, after=after)

    return [
        part("keeper", "agent_runtime.hive.keeper", sockets=("keeper",)),
        part("launcher", "agent_runtime.hive.launcher", sockets=("launcher",)),
        part("dispatcher", "agent_runtime.dispatcher", sockets=("dispatcher",)),
        part("receiver", "agent_runtime.receiver", sockets=("webhook", "hive"), after=("dispatcher",)),
        *(
            part(f"listeners-{index}", "agent_runtime.listeners", str(index), after=("dispatcher",))
            for index in range(settings.listeners)
        ),
    ]
