"""The durability driver of the tests, as many seeds as figures ask for: what it found lost or doubled."""

from __future__ import annotations

import json
import subprocess
import sys

from bench.figures import Measured
from bench.machine import ROOT, workspace
from bench.scale import Scale
from tests.durability.channels import MODULES

_MINUTES = 20
_HITS = 100
_BESIDE = ("uncertain", "seeds", "messages", "kills", "wall_s")


def run(scale: Scale) -> dict[str, Measured]:
    with workspace() as folder:
        found = folder / "durability.json"
        command = ["-m", "tests.durability", "--seeds", str(scale.durability_seeds), "--json", str(found)]
        command += ["--minutes", str(_MINUTES)]
        # Where something was lost or doubled it exits 1 and says what; the numbers are in the file then too.
        done = subprocess.run([sys.executable, *command], cwd=ROOT, timeout=(_MINUTES + 2) * 60, check=False)
        assert found.exists(), f"the driver ended with {done.returncode} and no result"
        result = json.loads(found.read_text(encoding="utf-8"))
    hits: dict[str, int] = result["hits"]
    least = min(hits, key=lambda place: hits[place])
    wanted = min(scale.durability_seeds, _HITS)
    assert hits[least] >= wanted, f"the failpoint {least} was hit {hits[least]} times of {wanted}"
    assert result["wrong"] == 0, f"{result['wrong']} other things were wrong; the driver said what"
    channels: dict[str, int] = result["channels"]
    assert set(channels) == set(MODULES), f"only {', '.join(channels)} were written on"
    beside = {**{key: float(result[key]) for key in _BESIDE}, "least_hits": float(hits[least])}
    beside_channels = {**beside, **{f"{name}_messages": float(many) for name, many in channels.items()}}
    return {
        f"{prefix}durability_{kind}": Measured(float(result[kind]), beside=shown)
        for prefix, shown in (("", beside), ("channel_", beside_channels))
        for kind in ("lost", "doubled")
    }
