"""A worker in a fresh process, where forks are unsafe: `python -m agent_runtime.worker DESCRIPTOR`."""

from __future__ import annotations

import sys

from agent_runtime.bot import Bot, warm_up
from agent_runtime.log import set_up_log
from agent_runtime.settings import RuntimeSettings
from agent_runtime.worker import serve

if __name__ == "__main__":
    set_up_log(for_good=False)
    settings = RuntimeSettings()
    warm_up(settings)
    serve(settings, Bot, int(sys.argv[1]))
