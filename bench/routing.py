"""What ten thousand bots cost a cluster's gateway: requests a second on its Envoy, beside one bot, in turns.

Both have the whole of `istio/`'s filters and routes, and pass requests on to a server that answers at once.
The larger one is asked for another bot with each request; its connections to all of them are open, and are
kept: to open one costs more than the rest of a request, and would hide what many bots cost.
"""

from __future__ import annotations

import itertools
import resource
import signal
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import uvloop

from bench.figures import Measured
from bench.load import Answers, closed_loop
from bench.machine import ROOT, UnfitError, cores, pin, pinned, workspace
from bench.progress import say
from bench.scale import Scale
from bench.updates import requests
from control_api.machine.guards import raise_limits
from tests.gateway import mesh
from tests.gateway.test_gateway import free_port
from tests.journeys.processes import eventually

_CONNECTIONS = 64
# Requests a second: more than any gateway here passes on, where its own limit is there to be reached.
_NO_LIMIT = 1_000_000


class _Front:
    """A gateway and the doors of its bots. `ask` goes on with the bot after the last one asked."""

    def __init__(self, pid: int, port: int, behind: int, bots: Sequence[str]) -> None:
        self._process, self._behind = psutil.Process(pid), behind
        self._where = f"127.0.0.1:{port}"
        load = requests([(f"/webhook/{bot}", "unread") for bot in bots])
        # Made before, so that the load takes as little as it can of what it has.
        self._load = itertools.cycle(list(itertools.islice(load, max(len(bots), 1000))))

    def ask(self, seconds: float) -> Answers:
        answers = uvloop.run(closed_loop(self._where, self._load, _CONNECTIONS, seconds))
        assert answers.refused == 0, f"not passed on: {answers.statuses}"
        return answers

    def warm(self, bots: int, seconds: float) -> None:
        """Opens a connection to each bot."""
        asked = 0
        while asked < bots:
            asked += self.ask(seconds).statuses[200]

    def lines(self) -> set[int]:
        """Its connections to the bots, by the port of their near end."""
        found = self._process.net_connections("tcp4")
        return {each.laddr.port for each in found if each.raddr and each.raddr.port == self._behind}


def run(scale: Scale) -> dict[str, Measured]:
    core, load_core = cores()
    many = scale.routed_bots
    with workspace() as folder, pinned(load_core), ExitStack() as stack:
        _check_files(many)
        behind = stack.enter_context(_behind())
        one, all_of_them = (
            _front(stack, _folder(folder, f"front-{bots}"), core, behind, bots) for bots in (1, many)
        )
        one.warm(1, scale.routed_seconds)
        all_of_them.warm(many, scale.routed_seconds)
        before = {front: front.lines() for front in (one, all_of_them)}
        pairs = list(_pairs(one, all_of_them, scale))
        for front, lines in before.items():
            assert lines <= front.lines(), "connections to bots were closed between two requests"
    ratio = statistics.median(large / small for small, large in pairs)
    beside = {
        "one_per_s": statistics.median(small for small, _ in pairs),
        "all_per_s": statistics.median(large for _, large in pairs),
    }
    return {"gateway_10k_over_1": Measured(ratio, ratio, beside)}


def _pairs(one: _Front, all_of_them: _Front, scale: Scale) -> Iterator[tuple[float, float]]:
    """Neighbouring turns, each first in every other pair: what disturbs one disturbs the other too."""
    for turn in range(scale.routed_turns):
        order = [one, all_of_them] if turn % 2 else [all_of_them, one]
        rates = {id(front): front.ask(scale.routed_seconds).rate for front in order}
        say(f"one bot {rates[id(one)]:,.0f}/s, all {rates[id(all_of_them)]:,.0f}/s")
        yield rates[id(one)], rates[id(all_of_them)]


def _front(stack: ExitStack, folder: Path, core: int, behind: int, many: int) -> _Front:
    port, bots = free_port(), [f"owner{number % 1000}.bot{number}" for number in range(many)]
    upstreams = {mesh.cluster_of(bot): ("127.0.0.1", behind) for bot in bots}
    upstreams["control"] = ("127.0.0.1", behind)
    config = mesh.configuration(port, folder / "admin", upstreams, limit=_NO_LIMIT)
    pid = stack.enter_context(mesh.running(folder, config))
    pin(pid, core)
    return _Front(pid, port, behind, bots)


def _check_files(connections: int) -> None:
    """Raises UnfitError where so many connections can't be open at a time."""
    raise_limits()
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files < (needed := connections + 1000):
        raise UnfitError(f"a process may open {files} files here; `ulimit -Hn {needed}` or more is needed")


@contextmanager
def _behind() -> Iterator[int]:
    """What answers for all bots; its port."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.servers", "bot", str(port)], cwd=ROOT)
    try:
        eventually("what is behind listens", lambda: _listens(process), within=30)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _listens(process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, f"what is behind ended with {process.returncode}"
    return any(each.status == psutil.CONN_LISTEN for each in psutil.Process(process.pid).net_connections())


def _folder(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir()
    return made
