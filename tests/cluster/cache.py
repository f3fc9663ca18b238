"""Where what is slow to build is kept between runs: outside the checkout, keyed by what it was built from."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path


def folder() -> Path:
    """The cache folder of the cluster tests, made when it is missing."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    path = Path(base) / "botyard" / "cluster"
    path.mkdir(parents=True, exist_ok=True)
    return path


def digest(files: Iterable[Path], *more: str) -> str:
    """A short digest of these files' names and contents, and of whatever else a build depends on."""
    found = hashlib.sha256("\0".join(more).encode())
    for path in sorted(files):
        found.update(b"\0" + path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:16]


def kept(name: str, build: Callable[[Path], None]) -> Path:
    """The folder `name`, which `build` fills when it is not there yet.

    It appears whole or not at all, and several runs at once build it once. `name` ends in `-<digest>`.
    """
    path = folder() / name
    kind = name.rpartition("-")[0]
    with (folder() / f"{kind}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            making = Path(tempfile.mkdtemp(prefix=".making-", dir=folder()))
            try:
                build(making)
                making.rename(path)
            finally:
                shutil.rmtree(making, ignore_errors=True)
    return path
