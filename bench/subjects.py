"""Which module takes which figures, in the order of a whole run: the quick ones first."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.figures import Measured
from bench.scale import Scale
from bench.world import BenchWorld, bench_world

Measure = Callable[[BenchWorld, Scale], dict[str, Measured]]


@dataclass(frozen=True, slots=True)
class Subject:
    """`bench.<module>` gives a value for each of the figures.

    By its `measure`, which gets a running world of its own, or by its `run`, which makes what it needs.
    """

    module: str
    figures: tuple[str, ...]
    scaled: bool = True

    def run(self, scale: Scale) -> dict[str, Measured]:
        module = importlib.import_module(f"bench.{self.module}")
        measure: Measure | None = getattr(module, "measure", None)
        if measure is None:
            found = _told(module.run(scale) if self.scaled else module.run(), self.figures)
        else:
            with bench_world() as world:
                found = measure(world, scale)
        missing = set(self.figures) - found.keys()
        assert not missing, f"bench.{self.module} gave no {', '.join(sorted(missing))}"
        return {name: found[name] for name in self.figures}


SUBJECTS = (
    Subject("acks", ("ack_over_starlette", "ack_over_ptb")),
    Subject("gateway", ("ack_p99_ms",)),
    Subject("routing", ("gateway_10k_over_1",)),
    Subject("replies", ("reply_overhead_ms",)),
    Subject("wakes", ("cold_wake_ms",)),
    Subject("promises", ("discord_ack_ms",)),
    Subject("deploys", ("deploy_to_answered_ms",)),
    Subject("memory", ("worker_pss_mib",)),
    Subject("commits", ("commit_100k_over_100", "commit_100k_ms", "commit_over_gitpython_index")),
    Subject(
        "pages",
        ("page_first_load_kb", "page_interactive_over_static", "list_10k_scroll_dropped_frames_pct"),
    ),
    Subject("bulks", ("bulk_1000_s", "idle_bot_kib")),
    Subject("polled", ("polled_bot_kib",)),
    Subject("connected", ("discord_bot_mib",)),
    Subject("turns", ("channel_turns_over_ptb",)),
    Subject("restarts", ("restart_refused", "restart_p99_ms"), scaled=False),
    Subject("crashes", ("crash_recovery_s",), scaled=False),
    Subject(
        "durability",
        (
            *("durability_lost", "durability_doubled"),
            *("channel_durability_lost", "channel_durability_doubled"),
        ),
    ),
)

# `make test-cluster` takes these, on a cluster that it starts; its table shows the gateway's beside them.
ON_A_CLUSTER = (
    "cluster_deploy_s",
    "pod_rss_mib",
    "cluster_1000_s",
    "cluster_commit_1000_s",
    "cluster_delete_1000_s",
)


def _told(found: Mapping[str, Measured | float], figures: Sequence[str]) -> dict[str, Measured]:
    """Plain numbers are values too; those that are no figure are shown beside."""
    beside = {
        name: float(value)
        for name, value in found.items()
        if name not in figures and not isinstance(value, Measured)
    }
    return {
        name: value if isinstance(value, Measured) else Measured(float(value), beside=beside)
        for name, value in found.items()
        if name in figures
    }


def chosen(names: Sequence[str]) -> list[Subject]:
    """Those that take these figures, or all. Raises ValueError for a name that is no figure."""
    known = [name for subject in SUBJECTS for name in subject.figures]
    if elsewhere := [name for name in names if name in ON_A_CLUSTER]:
        raise ValueError(f"{', '.join(elsewhere)}: taken by `make test-cluster`, on a cluster that it starts")
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"no figure is called {', '.join(unknown)}; there are {', '.join(known)}")
    return [each for each in SUBJECTS if not names or set(names) & set(each.figures)]
