"""The launcher with fake bots."""

from __future__ import annotations

from agent_runtime.hive.launcher import main
from tests.agent_runtime.hive.fake_bot import FakeBot

if __name__ == "__main__":
    main(FakeBot)
