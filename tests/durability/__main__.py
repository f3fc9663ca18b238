"""Plays seeds and reports: `python -m tests.durability --seeds 100 [--first 0] [--json FILE] [--minutes 20]`.

Five lanes run side by side: two machines whose Telegram is polled (even seeds), two that take webhooks (odd
seeds), and the committer's rig (all seeds). A machine waits more than it works, so that two cores are busy
with so many. The exit code is 1 where anything was lost, doubled or wrong, or where the time was over before
every seed was played.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from agent_runtime.failpoints import PLACES
from agent_runtime.supervisor import die_with_parent

ROOT = Path(__file__).resolve().parents[2]
HISTORY = ROOT / ".cache" / "durability" / "history.jsonl"
_SHOWN = 80  # lines of a broken seed's history


@dataclass
class Tally:
    """What all lanes have found so far. Times are in seconds."""

    history: Path
    outcomes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def add(self, lane: str, outcome: dict[str, Any]) -> None:
        with self.history.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"lane": lane, **outcome}) + "\n")
        del outcome["history"]
        self.outcomes.append((lane, outcome))
        kills = sum(what == "kill" for _, what in outcome["hits"])
        broken = outcome["violations"]
        said = f"{outcome['said']} messages, {outcome['writes']} writes, {kills} kills"
        told = f"{len(broken)} broken" if broken else "well"
        print(f"seed {outcome['seed']} {lane}: {said}, {outcome['seconds']:.0f} s: {told}", flush=True)
        for each in broken:
            print(f"  {each['kind']}: {each['what']}", flush=True)

    def report(self, seeds: int, wall: float) -> dict[str, Any]:
        """The figures."""
        hits = Counter(
            place for _, outcome in self.outcomes for place, what in outcome["hits"] if what == "kill"
        )
        kinds = Counter(each["kind"] for _, outcome in self.outcomes for each in outcome["violations"])
        took = sorted(each for _, outcome in self.outcomes for each in outcome["recoveries"])
        channels: Counter[str] = Counter()
        for _, outcome in self.outcomes:
            channels.update(outcome["channels"])
        return {
            "lost": kinds["lost"],
            "doubled": kinds["doubled"],
            "wrong": kinds["wrong"],
            "uncertain": sum(outcome["uncertain"] for _, outcome in self.outcomes),
            "messages": sum(outcome["said"] for _, outcome in self.outcomes),
            "channels": dict(channels),
            "writes": sum(outcome["writes"] for _, outcome in self.outcomes),
            "kills": hits.total(),
            "hits": {place: hits[place] for place in PLACES},
            "recovery_p50_s": _percentile(took, 0.50),
            "recovery_p99_s": _percentile(took, 0.99),
            "seeds": seeds,
            "wall_s": round(wall, 1),
        }

    def broken(self) -> list[tuple[str, dict[str, Any]]]:
        return [(lane, outcome) for lane, outcome in self.outcomes if outcome["violations"]]


def lanes_of(seeds: range) -> dict[str, tuple[list[str], list[int]]]:
    """Each lane's program with its arguments, and its seeds, by its name."""
    lanes = {
        f"{way}-{half}": (["lane", way], [seed for seed in seeds if seed % 4 == odd + 2 * half])
        for odd, way in enumerate(("polling", "webhook"))
        for half in range(2)
    }
    lanes["committer"] = (["rig"], list(seeds))
    return {name: lane for name, lane in lanes.items() if lane[1]}


async def play(seeds: range, folder: Path, minutes: float, history: Path) -> Tally:
    """Everything that the lanes found until they ended or the time was over."""
    tally = Tally(history)
    async with asyncio.TaskGroup() as group:
        for name, (command, own) in lanes_of(seeds).items():
            group.create_task(_lane(name, command, own, folder, minutes * 60, tally))
    return tally


async def _lane(
    name: str, command: list[str], seeds: list[int], folder: Path, seconds: float, tally: Tally
) -> None:
    program, arguments = command[0], [*command[1:], str(folder / name), *map(str, seeds)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("BOTYARD_")}
    with (folder / f"{name}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", f"tests.durability.{program}", *arguments),
            cwd=ROOT,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            limit=1 << 26,
            preexec_fn=partial(die_with_parent, os.getpid()),
        )
    assert process.stdout is not None
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                async for line in process.stdout:
                    tally.add(name, json.loads(line))
                await process.wait()
    finally:
        # What a lane has started ends with it, however it ends.
        if process.returncode is None:
            process.kill()
            await process.wait()


def _percentile(values: list[float], part: float) -> float | None:
    return round(values[min(len(values) - 1, int(part * len(values)))], 3) if values else None


def _explain(tally: Tally, folder: Path) -> None:
    for lane, outcome in tally.broken():
        seed = outcome["seed"]
        print(f"\nSeed {seed} ({lane}) again: python -m tests.durability --first {seed} --seeds 1")
        print(f"Its files and logs: {folder / lane}")
        for each in outcome["violations"][:5]:
            print(f"- {each['kind']}: {each['what']}")
            for line in each["history"][:_SHOWN]:
                print(f"    {line}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.durability")
    parser.add_argument("--seeds", type=int, default=100, help="how many seeds")
    parser.add_argument("--first", type=int, default=0, help="the first one")
    parser.add_argument("--minutes", type=float, default=20.0, help="after which no more is played")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    parser.add_argument("--history", type=Path, default=HISTORY, help="a file for all that was done and seen")
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="botyard-durability-"))
    began = time.monotonic()
    seeds = range(chosen.first, chosen.first + chosen.seeds)
    chosen.history.parent.mkdir(parents=True, exist_ok=True)
    chosen.history.write_bytes(b"")
    tally = asyncio.run(play(seeds, folder, chosen.minutes, chosen.history))
    played = Counter(outcome["seed"] for _, outcome in tally.outcomes)
    # Each seed is played on a machine and on the rig.
    whole = sum(played[seed] == 2 for seed in seeds)
    report = tally.report(whole, time.monotonic() - began)
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=2))
    print(f"Seeds {seeds.start} to {seeds.stop - 1}; what was done and seen is in {chosen.history}")
    _explain(tally, folder)
    if whole < chosen.seeds:
        print(f"{whole} of {chosen.seeds} seeds were played whole; the lanes' logs: {folder}")
    if tally.broken() or whole < chosen.seeds:
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
