"""How much is measured: the whole for figures, the least for a test that every line still runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Counts and seconds of every subject."""

    ack_bots: int = 300
    ack_turns: int = 20
    ack_seconds: float = 1.0
    gateway_seconds: float = 20.0
    gateway_warm_up: float = 3.0
    gateway_rate: float = 2000.0
    routed_bots: int = 10_000
    routed_turns: int = 10
    routed_seconds: float = 2.0
    deploys: int = 20
    wakes: int = 100
    replies: int = 200
    workers: int = 50
    idle_bots: int = 10_000
    bulk_bots: int = 1000
    polled_first: int = 100
    polled_bots: int = 1000
    connected_first: int = 20
    connected_bots: int = 220
    turn_bots: int = 16
    turn_turns: int = 10
    turn_seconds: float = 4.0
    page_turns: int = 20
    listed_bots: int = 10_000
    scrolled_frames: int = 1800
    durability_seeds: int = 100
    large_owners: int = 10_000
    single_commits: int = 5000
    measured_commits: int = 200


FULL = Scale()
TINY = Scale(
    ack_bots=2,
    ack_turns=1,
    ack_seconds=0.05,
    gateway_seconds=0.1,
    gateway_warm_up=0.1,
    gateway_rate=100.0,
    routed_bots=20,
    routed_turns=1,
    routed_seconds=0.05,
    deploys=1,
    wakes=1,
    replies=2,
    workers=1,
    idle_bots=2,
    bulk_bots=2,
    polled_first=1,
    polled_bots=3,
    connected_first=1,
    connected_bots=3,
    turn_bots=2,
    turn_turns=1,
    turn_seconds=0.5,
    page_turns=1,
    listed_bots=300,
    scrolled_frames=60,
    durability_seeds=1,
    large_owners=12,
    single_commits=3,
    measured_commits=2,
)
