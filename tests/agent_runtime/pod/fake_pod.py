"""A pod whose bot does as its mail says: `python -m tests.agent_runtime.pod.fake_pod`."""

from __future__ import annotations

import sys

from agent_runtime.pod.__main__ import main
from tests.agent_runtime.hive.fake_bot import FakeBot

if __name__ == "__main__":
    sys.exit(main(FakeBot))
