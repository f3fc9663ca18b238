"""What was measured, kept in `bench/results.json` and shown as a table beside what is to be reached."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from bench.figures import FIGURES, Figure, Measured
from bench.machine import ROOT

FILE = ROOT / "bench" / "results.json"


@dataclass(slots=True)
class Results:
    """Of one run; `failed` says why a line has no value."""

    measured: dict[str, Measured] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def reached(self, name: str) -> bool:
        found = self.measured.get(name)
        return found is not None and FIGURES[name].reached(found.value) and not found.missed

    def write(self) -> None:
        """Into the file, beside what earlier runs of other lines left there; a line that failed goes."""
        kept = _read()
        for name in self.failed:
            kept.pop(name, None)
        kept |= {name: _entry(FIGURES[name], found) for name, found in self.measured.items()}
        FILE.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")

    def show(self, names: Sequence[str]) -> None:
        table = Table("figure", "value", "reach", "reached", "versus", "beside")
        for name in names:
            figure = FIGURES[name]
            reach = f"{'≤' if figure.compare == '<=' else '≥'} {figure.reach:g}"
            if (found := self.measured.get(name)) is None:
                table.add_row(name, "-", reach, "NO", figure.versus, f"failed: {self.failed[name]}")
                continue
            beside = ", ".join(f"{key} {value:.4g}" for key, value in found.beside.items())
            bounds = "".join(f"; {key} ≤ {bound:g}" for key, bound in found.most.items())
            reached = "yes" if self.reached(name) else "NO"
            value = f"{found.value:.4g} {figure.unit}"
            table.add_row(name, value, f"{reach}{bounds}", reached, figure.versus, beside)
        Console(width=200).print(table)


def _entry(figure: Figure, found: Measured) -> dict[str, object]:
    ratio = {"ratio": found.ratio} if found.ratio is not None else {}
    return {
        "value": found.value,
        "unit": figure.unit,
        "versus": figure.versus,
        **ratio,
        "commit": _commit(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "beside": dict(found.beside),
    }


def _read() -> dict[str, Mapping[str, object]]:
    try:
        return dict(json.loads(FILE.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return {}


def _commit() -> str:
    """What was measured; `+` where the checkout has changes that are in no commit."""
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    dirty = subprocess.run(["git", "diff", "--quiet", "HEAD"], cwd=ROOT, check=False).returncode
    return commit.stdout.strip() + ("+" if dirty else "")
