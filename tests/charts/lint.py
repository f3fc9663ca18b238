"""`python -m tests.charts.lint CHART…`: Helm's own check of each chart, as a template's bot fills it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from agent_runtime.spec import templates
from tests.charts.helm import run, written

_RECIPIENT = "age1" + "q" * 58
# The least that an installation says, and one with all that can be switched on.
SMALLEST: dict[str, Any] = {"publicUrl": "https://bots.example.com", "fleet": {"recipient": _RECIPIENT}}
INSTALLATION: dict[str, Any] = {
    "publicUrl": "https://bots.example.com",
    "fleet": {
        "recipient": _RECIPIENT,
        "remote": "https://git.example.com/fleet.git",
        "authority": True,
    },
    "replicas": 2,
    "storage": {"class": "fast"},
    "bootstrap": {"secret": "first-operator"},
    "tls": {"issuer": "letsencrypt"},
    "monitoring": {"enabled": True},
    "settings": {"BOTYARD_FLEET_POLL_SECONDS": "30"},
}


def main(charts: list[str]) -> int:
    """The exit code: 1 when a chart has a fault or a warning; what Helm says of it is shown."""
    faults = 0
    for chart in map(Path, charts):
        if (chart / "Chart.yaml").is_file():
            faults += sum(_lint(chart, values) for values in _values(chart.name))
    return 1 if faults else 0


def _lint(chart: Path, values: dict[str, Any]) -> int:
    command = ("lint", "--strict", str(chart), "-n", chart.name, "-f", "-")
    done = run(*command, values=written(values), check=False)
    if done.returncode:
        sys.stdout.write(done.stdout + done.stderr)
    return done.returncode


def _values(chart: str) -> list[dict[str, Any]]:
    """What the chart is filled with in turn."""
    if chart == "botyard":
        return [SMALLEST, INSTALLATION]
    return [{"bot": each.spec, "secrets": {}} for each in templates()] if chart == "bot" else [{}]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
