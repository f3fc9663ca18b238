"""`python -m tests.simulators.telegram --port 0`."""

from __future__ import annotations

from tests.simulators.serving import main
from tests.simulators.telegram.app import TelegramSimulator

if __name__ == "__main__":
    main(TelegramSimulator().app)
