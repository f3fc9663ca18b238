"""The model finds what is planted: a loss, a doubling, a wrong order, a reply to a stranger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.durability.check import uncertain, violations
from tests.durability.facts import Commit, Facts, Operation
from tests.durability.history import History, Said, Sent, Write
from tests.durability.orders import Hit, Orders

BOT, OTHER = "ann.help", "ben.help"
CHAT = "telegram:7"
KEYS = [(BOT, f"telegram:{number}") for number in range(3)]


def good() -> tuple[History, Facts]:
    """Three messages in one chat and a change, all as they should be."""
    history = History(seed=1, wanted={BOT: "one", OTHER: None})
    history.said = [Said(BOT, CHAT, f"m{n}", f"telegram:{n}", at=float(n)) for n in range(3)]
    history.sent = [Sent(BOT, CHAT, f"echo: m{n}", at=10.0 + n) for n in range(3)]
    history.writes = [Write(0.0, "change ann.help", (BOT,), 1, "op_1")]
    facts = Facts(
        commits=[Commit("c2", 1, None), Commit("c1", 1, "op_1"), Commit("c0", 0, None)],
        on_main={BOT: "v1"},
        descriptions={BOT: "one"},
        indexed={BOT: "v1"},
        released={BOT: "r1"},
        applied={BOT: "r1"},
        running={BOT: "r1"},
        operations={
            "op_1": Operation("op_1", "change", "succeeded", True, "c1", None),
            "op_2": Operation("op_2", "change", "running", True, "c2", None),
        },
        usage=Counter(KEYS),
    )
    return history, facts


def test_what_is_well_is_found_well() -> None:
    assert violations(*good()) == []


Plant = Callable[[History, Facts], object]
PLANTED: dict[str, tuple[str, str, Plant]] = {
    "a message is not answered": ("lost", "m1 in telegram:7", lambda h, f: h.sent.pop(1)),
    "a message is answered twice": (
        "doubled",
        "m1 was answered 2 times",
        lambda h, f: h.sent.append(Sent(BOT, CHAT, "echo: m1", 20.0)),
    ),
    "the order is lost": (
        "wrong",
        "the order is lost",
        lambda h, f: h.sent.append(Sent(BOT, CHAT, h.sent.pop(0).text, 20.0)),
    ),
    "a reply goes to another chat": (
        "wrong",
        "which nobody there had asked",
        lambda h, f: h.sent.append(Sent(OTHER, "telegram:8", "echo: m1", 20.0)),
    ),
    "more is in doubt than was killed": (
        "wrong",
        "1 sends in doubt after 0 kills",
        lambda h, f: f.uncertain.update([KEYS[0]]),
    ),
    "a report is counted twice": ("doubled", "counted 2 times", lambda h, f: f.reports.update(x=2)),
    "usage is not counted": ("lost", "usage of m0", lambda h, f: f.usage.pop(KEYS[0])),
    "an operation is forgotten": ("lost", "is not stored", lambda h, f: f.operations.pop("op_1")),
    "an operation is not settled": (
        "lost",
        "is not settled",
        lambda h, f: f.operations.update(op_1=Operation("op_1", "change", "running", False, None, None)),
    ),
    "an operation fails": (
        "wrong",
        "failed: why",
        lambda h, f: f.operations.update(op_1=Operation("op_1", "change", "failed", True, "c1", "why")),
    ),
    "an operation has no commit": ("lost", "without a commit", lambda h, f: f.commits.pop(1)),
    "an operation has two commits": (
        "doubled",
        "2 commits on main",
        lambda h, f: f.commits.insert(0, Commit("c3", 1, "op_1")),
    ),
    "a push is no operation": ("lost", "which was pushed", lambda h, f: f.operations.pop("op_2")),
    "main is not linear": (
        "wrong",
        "not linear",
        lambda h, f: f.commits.__setitem__(1, Commit("c1", 2, "op_1")),
    ),
    "a write is undone": ("lost", "was last written", lambda h, f: f.descriptions.update({BOT: "zero"})),
    "the index lags": ("wrong", "the index at v0", lambda h, f: f.indexed.update({BOT: "v0"})),
    "a deleted bot runs on": (
        "wrong",
        "the hive at r9",
        lambda h, f: setattr(f, "running", {BOT: "r1", OTHER: "r9"}),
    ),
    "an object is broken": ("wrong", "git fsck", lambda h, f: setattr(f, "fsck", "missing blob")),
    "a release is not what main says": (
        "wrong",
        "not what main renders to",
        lambda h, f: f.differences.append("deploy/local/0:ann/help/release.yaml"),
    ),
    "it does not come to rest": ("wrong", "not at rest", lambda h, f: h.faults.append("not at rest")),
}


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_is_found(name: str) -> None:
    kind, says, plant = PLANTED[name]
    history, facts = good()
    plant(history, facts)
    found = violations(history, facts)
    assert any(each.kind == kind and says in each.what for each in found), found


def test_a_send_in_doubt_excuses_one_repetition() -> None:
    history, facts = good()
    history.sent.append(Sent(BOT, CHAT, "echo: m2", 20.0))
    facts.uncertain[KEYS[2]] = 1
    history.hits = [Hit("outbox.sent", "kill", 4711, 12.5)]
    assert violations(history, facts) == []
    assert uncertain(history, facts) == 1
    history.sent.append(Sent(BOT, CHAT, "echo: m2", 21.0))
    assert [each.kind for each in violations(history, facts)] == ["doubled"]


def test_a_history_shows_what_belongs_to_a_word() -> None:
    history, _ = good()
    shown = history.around("m1")
    assert len(shown) == 2
    assert "said" in shown[0]
    assert "echo: m1" in shown[1]


def test_orders_are_given_taken_and_withdrawn(tmp_path: Path) -> None:
    orders = Orders(tmp_path / "orders")
    orders.give("outbox.sent")
    orders.give("outbox.sent", "delay 0.1")
    orders.give("worker.begun")
    first = min(orders.folder.glob("outbox.sent~*"))
    first.rename(first.with_name(f"{first.name}.4711.taken"))
    [hit] = orders.collect()
    assert (hit.place, hit.what, hit.pid) == ("outbox.sent", "kill", 4711)
    assert orders.collect() == []
    assert sorted(orders.withdraw()) == ["outbox.sent", "worker.begun"]
    assert orders.open() == []
