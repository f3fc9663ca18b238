"""The launcher goes on whenever one of those who ask it goes away."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from agent_runtime.hive.launcher import Launcher
from agent_runtime.supervisor import listen

pytestmark = [pytest.mark.timeout(20), pytest.mark.usefixtures("signals")]


@pytest.fixture
def signals() -> Iterator[None]:
    """The launcher takes its process's signals; they are given back."""
    taken = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
    before = {number: signal.getsignal(number) for number in taken}
    wakes = signal.set_wakeup_fd(-1)
    yield
    signal.set_wakeup_fd(wakes)
    for number, handler in before.items():
        signal.signal(number, handler)


def _client(path: Path) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.connect(str(path))
    return client


def _ask(client: socket.socket, *bots: str) -> None:
    """Ask for workers, with the end of a socket pair for each."""
    pairs = [socket.socketpair() for _ in bots]
    lines = [json.dumps({"bot": bot, "number": number}) + "\n" for number, bot in enumerate(bots, start=1)]
    socket.send_fds(client, ["".join(lines).encode()], [theirs.fileno() for _, theirs in pairs])
    for end in (end for pair in pairs for end in pair):
        end.close()


def _worker_that_ended() -> int:
    """A process that has ended, and that nobody has asked after yet."""
    true = shutil.which("true") or "true"
    pid = os.posix_spawn(true, [true], {})
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    return pid


def _run(listening: socket.socket, start: Callable[[str], int]) -> list[str]:
    """Serve until somebody asks for the bot `al.last`; all the bots that were asked for."""
    started: list[str] = []

    def starts(_: int, bot: str) -> int:
        started.append(bot)
        if bot == "al.last":
            signal.raise_signal(signal.SIGTERM)
            return os.getpid()
        return start(bot)

    Launcher(listening, starts).run()
    return started


def test_who_leaves_as_a_worker_ends_is_forgotten(tmp_path: Path) -> None:
    """The launcher finds out by telling it of the worker, and then comes to the news that it left."""
    with closing(listen(tmp_path / "socket")) as listening:
        leaving, staying = _client(tmp_path / "socket"), _client(tmp_path / "socket")

        def start(_: str) -> int:
            pid = _worker_that_ended()
            leaving.close()
            _ask(staying, "al.last")
            return pid

        _ask(staying, "al.first")
        assert _run(listening, start) == ["al.first", "al.last"]
    with closing(staying):
        told = [json.loads(line) for line in staying.makefile()]
    assert [sorted(each) for each in told] == [["number", "pid"], ["number", "pid"], ["pid", "status"]]


def test_who_leaves_with_questions_open_gets_no_more_workers(tmp_path: Path) -> None:
    with closing(listen(tmp_path / "socket")) as listening:
        leaving = _client(tmp_path / "socket")

        def start(_: str) -> int:
            leaving.close()
            with closing(_client(tmp_path / "socket")) as last:
                _ask(last, "al.last")
            return os.getpid()

        _ask(leaving, "al.first", "al.second")
        assert _run(listening, start) == ["al.first", "al.last"]
