"""`python -m tests.charts.lint CHART…`: Helm's own check of each chart; anything it says is a failure."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.charts.helm import run


def main(charts: list[str]) -> int:
    """The exit code: 1 when a chart has a fault."""
    faults = 0
    for chart in charts:
        if (Path(chart) / "Chart.yaml").is_file():
            done = run("lint", "--strict", chart, check=False)
            faults += done.returncode
            if done.returncode:
                sys.stdout.write(done.stdout + done.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
