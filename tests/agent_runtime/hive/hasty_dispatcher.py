"""The dispatcher with waits short enough to be waited for."""

from __future__ import annotations

import sys

from agent_runtime.dispatcher.__main__ import main
from agent_runtime.dispatcher.backoff import Backoff
from agent_runtime.dispatcher.services import Limits
from agent_runtime.settings import RuntimeSettings

if __name__ == "__main__":
    backoff = Backoff(forgiven=(0.0, 0.02), first=0.1, longest=0.4, temporary=0.05)
    sys.exit(main(RuntimeSettings(), Limits(backoff=backoff, ready_within=10.0, longest_idle=1.0)))
