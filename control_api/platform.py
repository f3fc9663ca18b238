"""What every call works with: settings, database, fleet, engine, and what wakes waiting streams."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from control_api.database import Database
from control_api.engines.protocol import Engine
from control_api.fleet import Fleet
from control_api.git.pushes import Pushes
from control_api.kit.bells import Bells
from control_api.kit.fingerprints import Fingerprints
from control_api.leader.election import Election
from control_api.managed_bots.manager import Manager
from control_api.public_chat.turnstile import Turnstile
from control_api.settings import ControlSettings
from control_api.system.metrics import Metrics


@dataclass
class Platform:
    """One running control API."""

    settings: ControlSettings
    database: Database
    # The same for what the leader writes: refused while another control API leads.
    leaders_database: Database
    election: Election
    fleet: Fleet
    engine: Engine
    bells: Bells
    fingerprints: Fingerprints
    pushes: Pushes
    manager: Manager | None = None
    metrics: Metrics = field(default_factory=Metrics)
    turnstile: Turnstile = field(default_factory=Turnstile)
    ready: bool = False


def _platform(request: Request) -> Platform:
    platform: Platform = request.app.state.platform
    return platform


PlatformDep = Annotated[Platform, Depends(_platform)]
