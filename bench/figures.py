"""The figures: their names, their units, what is to be reached, and what is measured side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` must be at most, or at least, `reach`."""

    name: str
    unit: str
    compare: Literal["<=", ">="]
    reach: float
    versus: str = "nothing; absolute"

    def reached(self, value: float) -> bool:
        return value <= self.reach if self.compare == "<=" else value >= self.reach


@dataclass(frozen=True, slots=True)
class Measured:
    """A value in its figure's unit. `ratio` is to what `versus` names; `beside` is shown and not compared,
    but for `most`: a further bound on one of those beside, such as a p99."""

    value: float
    ratio: float | None = None
    beside: Mapping[str, float] = field(default_factory=dict)
    most: Mapping[str, float] = field(default_factory=dict)

    @property
    def missed(self) -> list[str]:
        return [name for name, bound in self.most.items() if not self.beside[name] <= bound]


FIGURES = {
    each.name: each
    for each in (
        Figure("deploy_to_answered_ms", "ms", "<=", 1000),
        Figure("commit_100k_over_100", "ratio", "<=", 1.5, "a fleet of 100 bots, same run"),
        Figure("commit_100k_ms", "ms", "<=", 100),
        Figure("commit_over_gitpython_index", "ratio", "<=", 0.02, "GitPython's index commit, same tree"),
        Figure("ack_over_starlette", "ratio", ">=", 0.4, "a bare Starlette echo on one core"),
        Figure("ack_over_ptb", "ratio", ">=", 1, "python-telegram-bot's webhook server on one core"),
        Figure("ack_p99_ms", "ms", "<=", 30, "2,000/s open loop, 64 connections, through Envoy"),
        Figure("gateway_10k_over_1", "ratio", ">=", 0.85, "one bot, same run"),
        Figure("cold_wake_ms", "ms", "<=", 50),
        Figure("discord_ack_ms", "ms", "<=", 1000),
        Figure("worker_pss_mib", "MiB", "<=", 15, "no worker"),
        Figure("idle_bot_kib", "KiB", "<=", 10, "no bot"),
        Figure("polled_bot_kib", "KiB", "<=", 120, "100 bots"),
        Figure("discord_bot_mib", "MiB", "<=", 2.5, "20 bots"),
        Figure("reply_overhead_ms", "ms", "<=", 15, "the same model call made directly"),
        Figure("bulk_1000_s", "s", "<=", 60),
        Figure("page_first_load_kb", "kB", "<=", 180),
        Figure("page_interactive_over_static", "ratio", "<=", 2, "a static React page that says hello"),
        Figure("list_10k_scroll_dropped_frames_pct", "%", "<=", 5),
        Figure(
            "channel_turns_over_ptb", "ratio", ">=", 1, "python-telegram-bot's application, a process a core"
        ),
        Figure("restart_refused", "requests", "<=", 0),
        Figure("restart_p99_ms", "ms", "<=", 1000),
        Figure("crash_recovery_s", "s", "<=", 5),
        Figure("durability_lost", "messages", "<=", 0, "the driver's model of what must be"),
        Figure("durability_doubled", "messages", "<=", 0, "the driver's model of what must be"),
        Figure("channel_durability_lost", "messages", "<=", 0, "the same, over all channels at once"),
        Figure("channel_durability_doubled", "messages", "<=", 0, "the same, over all channels at once"),
        Figure("cluster_deploy_s", "s", "<=", 6),
        Figure("cluster_1000_s", "s", "<=", 200),
        Figure("cluster_commit_1000_s", "s", "<=", 6),
        Figure("cluster_delete_1000_s", "s", "<=", 120),
        Figure("pod_rss_mib", "MiB", "<=", 90),
    )
}
