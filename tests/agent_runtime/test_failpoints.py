"""Failpoints: what an order does, who may give one, and that each place is where it is said to be."""

from __future__ import annotations

import ast
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from agent_runtime.failpoints import PLACES, VARIABLE

ROOT = Path(__file__).resolve().parents[2]
COMES_BY = "from agent_runtime.failpoints import failpoint; failpoint('outbox.sent'); print('went on')"


def _come_by(folder: Path | None, program: str = COMES_BY) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    if folder is not None:
        environment[VARIABLE] = str(folder)
    return subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    folder = tmp_path / "orders"
    folder.mkdir(mode=0o700)
    return folder


def test_an_order_is_carried_out_once(orders: Path) -> None:
    (orders / "outbox.sent~1").write_text("kill")
    (orders / "outbox.marked~1").write_text("kill")
    assert _come_by(orders).returncode == -signal.SIGKILL
    [taken] = orders.glob("*.taken")
    assert re.fullmatch(r"outbox\.sent~1\.\d+\.taken", taken.name)
    assert _come_by(orders).stdout == "went on\n"
    assert (orders / "outbox.marked~1").exists(), "nobody came to that place"


def test_a_process_is_held_up_or_told_that_the_disk_is_full(orders: Path) -> None:
    (orders / "outbox.sent~1").write_text("delay 0.05")
    (orders / "outbox.sent~2").write_text("full")
    timed = f"import time; began = time.monotonic(); {COMES_BY}; assert time.monotonic() - began > 0.05"
    assert _come_by(orders, timed).stdout == "went on\n"
    full = _come_by(orders)
    assert full.returncode == 1
    assert "No space left on device (ordered at outbox.sent)" in full.stderr


def test_only_a_private_folder_of_ones_own_gives_orders(orders: Path, tmp_path: Path) -> None:
    assert _come_by(None).stdout == "went on\n"
    orders.chmod(0o770)
    for folder in (orders, tmp_path / "missing", Path("relative")):
        refused = _come_by(folder)
        assert refused.returncode == 1
        assert refused.stderr.startswith(f"{VARIABLE} is for tests")


def test_nothing_arms_a_process_that_runs(orders: Path) -> None:
    (orders / "outbox.sent~1").write_text("kill")
    late = (
        f"import os, agent_runtime.failpoints as f; os.environ[{VARIABLE!r}] = {str(orders)!r}; "
        "f.failpoint('outbox.sent'); print('went on')"
    )
    assert _come_by(None, late).stdout == "went on\n"


def test_each_place_is_used_once_and_explained() -> None:
    used = Counter(
        node.args[0].value
        for package in ("agent_runtime", "gitops", "control_api")
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "failpoint"
        and isinstance(node.args[0], ast.Constant)
    )
    assert used == dict.fromkeys(PLACES, 1)
    assert all(text.endswith(".") for text in PLACES.values())
