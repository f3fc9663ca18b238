"""The test server itself: what is committed survives its crashes, and nothing is left of it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.journeys.processes import eventually
from tests.postgres import Postgres


def test_it_is_taken_away_and_comes_back_with_what_was_committed() -> None:
    with Postgres() as server:
        url = server.create()
        server.connect(url).execute("CREATE TABLE kept (n INTEGER)").connection.close()
        for n, away in enumerate((server.stop, server.kill)):
            connection = server.connect(url)
            connection.execute("INSERT INTO kept VALUES (%s)", (n,))
            away()
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")
            with pytest.raises(psycopg.OperationalError):
                server.connect(url)
            server.start()
        with server.connect(url) as connection:
            assert connection.execute("SELECT n FROM kept ORDER BY n").fetchall() == [(0,), (1,)]
        server.freeze()
        with pytest.raises(psycopg.OperationalError, match="timeout"):
            server.connect(url, seconds=2)
        server.thaw()
        server.connect(url).close()
    assert not server.folder.exists()


def test_fresh_databases_are_copies_of_what_was_prepared_once(postgres: Postgres) -> None:
    times = []

    def prepare(url: str) -> None:
        times.append(url)
        with postgres.connect(url) as connection:
            connection.execute("CREATE TABLE prepared ()")

    urls = {postgres.create(prepare) for _ in range(3)}
    for url in urls:
        with postgres.connect(url) as connection:
            connection.execute("SELECT FROM prepared")
    assert len(urls) == 3
    assert len(times) == 1


def test_it_ends_with_a_test_process_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys, tests.postgres as p; s = p.Postgres().__enter__(); "
        "print(s.folder, s._guard.pid, flush=True); sys.stdin.read()"
    )
    killed = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert killed.stdout is not None
    folder, guard = killed.stdout.readline().split()
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    eventually("its folder is gone", lambda: not Path(folder).exists())
    eventually("its guard is gone", lambda: not Path(f"/proc/{guard}").exists())
