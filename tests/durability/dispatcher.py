"""The dispatcher with short waits and many attempts: here a worker that dies is no fault of its message."""

from __future__ import annotations

import sys

from agent_runtime.dispatcher.__main__ import serve
from agent_runtime.dispatcher.backoff import Backoff
from agent_runtime.dispatcher.services import Limits
from agent_runtime.hive.process import run
from agent_runtime.settings import RuntimeSettings

if __name__ == "__main__":
    backoff = Backoff(forgiven=(0.0,) * 50, first=0.5, longest=1.0, temporary=0.05)
    sys.exit(run(serve(RuntimeSettings(), Limits(attempts=50, backoff=backoff))))
