"""`python -m tests.simulators.discord --port 0`."""

from __future__ import annotations

from tests.simulators.discord.app import DiscordSimulator
from tests.simulators.serving import main

if __name__ == "__main__":
    main(DiscordSimulator().app, websockets=True)
