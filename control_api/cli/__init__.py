"""The command line `botyard`, which speaks to the REST API.

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted. Results go to standard output, progress and
errors to standard error, so that `botyard show alice.support --json | jq` always reads clean JSON.

Modules of commands import nothing heavy at the top: `botyard --help` answers before a person notices.
"""

from __future__ import annotations

from control_api.cli.commands import app

__all__ = ["app"]
