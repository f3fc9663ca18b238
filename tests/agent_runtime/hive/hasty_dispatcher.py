"""The dispatcher with waits short enough to be waited for."""

from __future__ import annotations

import sys

from agent_runtime.dispatcher.__main__ import serve
from agent_runtime.dispatcher.backoff import Backoff
from agent_runtime.dispatcher.services import Limits
from agent_runtime.hive.process import run
from agent_runtime.settings import RuntimeSettings
from agent_runtime.supervisor import my_turn

if __name__ == "__main__":
    my_turn()
    backoff = Backoff(forgiven=(0.0, 0.02), first=0.1, longest=0.4, temporary=0.05)
    sys.exit(run(serve(RuntimeSettings(), Limits(backoff=backoff, ready_within=10.0, longest_idle=1.0))))
