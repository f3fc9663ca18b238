"""The benchmarks still run: every figure has its line, and lines give values at the smallest size."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import commits, connected, deploys, gateway, pages, polled, replies, results, routing, turns
from bench.figures import FIGURES, Measured
from bench.results import Results
from bench.scale import TINY
from bench.subjects import ON_A_CLUSTER, SUBJECTS, Subject, chosen
from bench.world import bench_world


def test_every_figure_has_a_line() -> None:
    taken = [name for subject in SUBJECTS for name in subject.figures]
    assert sorted([*taken, *ON_A_CLUSTER]) == sorted(FIGURES)
    assert [each.module for each in chosen(["ack_over_ptb", "cold_wake_ms"])] == ["acks", "wakes"]
    with pytest.raises(ValueError, match="no figure is called nothing"):
        chosen(["nothing"])
    with pytest.raises(ValueError, match="make test-cluster"):
        chosen(["cluster_deploy_s"])


def test_a_missed_reach_and_a_missed_bound_beside_are_not_reached() -> None:
    found = Results({"ack_over_ptb": Measured(0.9), "bulk_1000_s": Measured(60)})
    assert not found.reached("ack_over_ptb")
    assert found.reached("bulk_1000_s")
    assert not found.reached("deploy_to_answered_ms")
    found.measured["cold_wake_ms"] = Measured(40, beside={"p99": 121}, most={"p99": 120})
    assert not found.reached("cold_wake_ms")


def test_results_say_what_was_measured_and_keep_other_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "results.json"
    monkeypatch.setattr(results, "FILE", file)
    file.write_text(json.dumps({"bulk_1000_s": {"value": 1}, "ack_p99_ms": {"value": 2}}))
    found = Results({"ack_over_ptb": Measured(2.5, 2.5, {"ours_per_s": 3000})}, {"ack_p99_ms": "no Envoy"})
    found.write()
    kept = json.loads(file.read_text())
    assert kept.keys() == {"bulk_1000_s", "ack_over_ptb"}
    entry = kept["ack_over_ptb"]
    assert (entry["value"], entry["unit"], entry["ratio"]) == (2.5, "ratio", 2.5)
    assert entry.keys() >= {"versus", "commit", "at"}
    found.show(["ack_over_ptb", "ack_p99_ms"])
    said = capsys.readouterr().out
    assert "yes" in said
    assert "failed: no Envoy" in said


@pytest.mark.long
def test_commits_acknowledgements_and_routes_are_taken() -> None:
    assert set(commits.run(TINY)) == {
        "commit_100k_over_100",
        "commit_100k_ms",
        "commit_over_gitpython_index",
    }
    taken = Subject("acks", ("ack_over_starlette", "ack_over_ptb")).run(TINY)
    assert all(each.value > 0 for each in taken.values())
    assert routing.run(TINY)["gateway_10k_over_1"].value > 0


@pytest.mark.long
def test_lines_that_need_a_whole_botyard_are_taken() -> None:
    with bench_world() as world:
        assert replies.measure(world, TINY)["reply_overhead_ms"].value > 0
        assert deploys.measure(world, TINY)["deploy_to_answered_ms"].value > 0
        assert gateway.measure(world, TINY)["ack_p99_ms"].value > 0
        page = pages.measure(world, TINY)
        assert page["page_first_load_kb"].value > 50
        assert page["page_interactive_over_static"].value > 0
        assert 0 <= page["list_10k_scroll_dropped_frames_pct"].value <= 100


@pytest.mark.long
def test_lines_of_bots_that_are_polled_or_connected_are_taken() -> None:
    assert "polled_bot_kib" in polled.run(TINY)
    assert "discord_bot_mib" in connected.run(TINY)
    assert turns.run(TINY)["channel_turns_over_ptb"].value > 0
