"""`python -m tests.charts.lint CHART…`: Helm's own check of each chart, as a template's bot fills it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from agent_runtime.spec import templates
from tests.charts.helm import run, written

# An installation with all that can be switched on.
INSTALLATION: dict[str, Any] = {
    "publicUrl": "https://bots.example.com",
    "fleet": {"recipient": "age1" + "q" * 58, "remote": "https://git.example.com/fleet.git"},
    "replicas": 2,
    "storage": {"class": "fast"},
    "bootstrap": {"secret": "first-operator"},
    "tls": {"issuer": "letsencrypt"},
    "monitoring": {"enabled": True},
    "settings": {"BOTYARD_FLEET_POLL_SECONDS": "30"},
}


def main(charts: list[str]) -> int:
    """The exit code: 1 when a chart has a fault; what Helm says of it is shown."""
    faults = 0
    for chart in charts:
        if (Path(chart) / "Chart.yaml").is_file():
            done = run(
                "lint",
                "--strict",
                chart,
                "-n",
                chart,
                "-f",
                "-",
                values=_values(Path(chart).name),
                check=False,
            )
            faults += done.returncode
            if done.returncode:
                sys.stdout.write(done.stdout + done.stderr)
    return 1 if faults else 0


def _values(chart: str) -> str:
    if chart == "botyard":
        return written(INSTALLATION)
    return written({"bot": templates()[0].spec, "secrets": {}}) if chart == "bot" else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
