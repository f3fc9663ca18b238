"""Where the fleet repository is served."""

from __future__ import annotations

PATH = "/git/fleet.git"
