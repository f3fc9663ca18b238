"""The parts of the hive, as a supervisor runs them, in the order in which a planned restart replaces them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial

from agent_runtime.settings import RuntimeSettings
from agent_runtime.supervisor import Part

HEIR = "--heir"  # the keeper that takes the place of another asks that one for what it has opened


def parts(settings: RuntimeSettings, modules: Mapping[str, str] | None = None) -> list[Part]:
    """All parts; `modules` names other modules to run for some of them.

    All start together: who asks one before it serves waits in its socket's queue. Those that can serve side
    by side do so at a planned restart; the dispatcher writes `mail.db` alone and a listener is alone with
    its tokens, so their successors wait, with everything imported, until they have let go.
    """
    others = modules or {}
    environment = {"BOTYARD_HOME": str(settings.home)}
    # For those alone that use it: who holds it can read all that is in the database.
    storing = {**environment, "BOTYARD_DATABASE_URL": settings.postgres or ""}

    def command(name: str, module: str, *arguments: str) -> list[str]:
        return [sys.executable, "-m", others.get(name, module), *arguments]

    keeper = command("keeper", "agent_runtime.hive.keeper")
    part = partial(Part, environment=environment)
    return [
        part(
            "keeper",
            lambda replaces: [*keeper, HEIR] if replaces else keeper,
            sockets=("keeper",),
            overlap=True,
        ),
        part(
            "launcher",
            command("launcher", "agent_runtime.hive.launcher"),
            environment=storing,
            sockets=("launcher",),
            overlap=True,
        ),
        part(
            "dispatcher",
            command("dispatcher", "agent_runtime.dispatcher"),
            environment=storing,
            sockets=("dispatcher",),
            hand_over=True,
        ),
        part(
            "receiver",
            command("receiver", "agent_runtime.receiver"),
            sockets=("webhook", "hive"),
            overlap=True,
        ),
        *(
            part(name, command(name, "agent_runtime.listeners", str(index)), hand_over=True)
            for index in range(settings.listeners)
            for name in (f"listeners-{index}",)
        ),
    ]
