"""`python -m tests.simulators.slack --port 0`."""

from __future__ import annotations

from tests.simulators.serving import main
from tests.simulators.slack.app import SlackSimulator

if __name__ == "__main__":
    main(SlackSimulator().app)
