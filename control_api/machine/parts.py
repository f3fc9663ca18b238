"""The parts of one machine and what each is given."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import replace

from pydantic import SecretStr

from agent_runtime.hive.parts import parts as hive_parts
from agent_runtime.home import Home
from agent_runtime.settings import RuntimeSettings
from agent_runtime.supervisor import Part
from control_api.gateway import gateway_part
from control_api.settings import ControlSettings

# What no part gets but by name: most run beside bots, or are bots.
_CONTROL_ALONE = (
    *("BOTYARD_BOOTSTRAP_TOKEN", "BOTYARD_DATABASE_URL", "BOTYARD_TOKEN", "BOTYARD_FLEET_REMOTE"),
    "BOTYARD_TELEGRAM_MANAGER_TOKEN",
    # By these Git signs in to the fleet's remote.
    *("SSH_AUTH_SOCK", "SSH_ASKPASS", "GIT_ASKPASS", "GIT_SSH", "GIT_SSH_COMMAND"),
)
# For glibc alone, harmless elsewhere. It gives each new thread a heap of its own, up to eight a core, and
# what bulk writes of a thousand bots take for a moment stays in all of them. With one heap, whose end is
# given back beyond 128 KiB, a control API with a stub for its engine has 118 MiB after three
# thousand bots, not 137.
_ONE_HEAP = {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "131072"}


def parts(settings: ControlSettings, kept_back: Mapping[str, str]) -> list[Part]:
    """Every part, in the order in which a planned restart replaces them; `kept_back` goes to the control API
    alone, but for the database, which the hive shares.

    Raises GatewayError, and ValidationError for a setting of the runtime.
    """
    home = settings.places
    url = kept_back.get("BOTYARD_DATABASE_URL")
    runtime = RuntimeSettings(database_url=SecretStr(url) if url else None)
    where = {
        "BOTYARD_HOME": str(home.root),
        "BOTYARD_HOST": settings.host,
        "BOTYARD_PORT": str(settings.port),
    }
    return [
        Part(
            "control",
            _module("control_api"),
            environment={**where, **_ONE_HEAP, **kept_back},
            sockets=("control",),
            stop_within=10,
            hand_over=True,
            spare=True,
        ),
        *(replace(part, environment={**part.environment, **where}) for part in hive_parts(runtime)),
        Part(
            "engine",
            _module("gitops.local"),
            environment=where,
            sockets=("engine",),
            stop_within=5,
            hand_over=True,
        ),
        Part("brain", _brain(home), environment=where, sockets=("brain",), stop_within=5, hand_over=True),
        gateway_part(home, settings.host, settings.port),
    ]


def keep_back() -> dict[str, str]:
    """Take what is for the control API alone out of this process's environment, which the parts inherit."""
    return {name: value for name in _CONTROL_ALONE if (value := os.environ.pop(name, None))}


def _brain(home: Home) -> list[str]:
    return [*_module("agent_runtime.brains.embedded"), "--home", str(home.root)]


def _module(name: str) -> list[str]:
    return [sys.executable, "-m", name]
