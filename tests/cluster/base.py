"""A base for images out of this machine's own files: its Python, a shell, Git, and what they need."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

_PROGRAMS = ("sh", "cp", "mkdir", "chown", "rm", "cat", "env", "ls", "install")
# Of Debian, what llama.cpp runs its threads by.
_THREADS = "libgomp.so.1"
_GIT = (Path("/usr/lib/git-core"), Path("/usr/share/git-core/templates"))
_PREFIX = Path("usr/local")
_LEFT_OUT = frozenset({"test", "tests", "idlelib", "tkinter", "turtledemo", "site-packages", "__pycache__"})
# Wheels expect them of every Linux: https://github.com/pypa/manylinux
_EXPECTED = tuple(
    f"lib{name}"
    for name in ("stdc++.so.6", "gcc_s.so.1", "z.so.1", "rt.so.1", "dl.so.2", "pthread.so.0", "resolv.so.2")
)
_FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n",
    "etc/group": "root:x:0:\nbotyard:x:10001:\n",
    "etc/nsswitch.conf": "hosts: files dns\n",
}


def write_base(target: Path, *, whole: bool) -> None:
    """Write the base's file system as a tar file; as a `whole` it has what more than a bot's pod needs."""
    home = Path(sys.base_prefix)
    library = home / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    python = (home / "bin" / library.name).resolve()
    names = (*_PROGRAMS, "git") if whole else _PROGRAMS
    programs = [Path(found).resolve() for name in names if (found := shutil.which(name))]
    loaded = [python, *programs, *library.glob("lib-dynload/*.so")]
    if whole:
        loaded += [_GIT[0] / name for name in ("git-http-backend", "git-remote-http")]
    with tarfile.open(target, "w") as archive:
        for name in ("bin", "lib", "lib64"):
            _link(archive, Path(name), f"usr/{name}")
        for name in ("tmp", "var/tmp"):
            _folder(archive, Path(name), 0o1777)
        for name, text in _FILES.items():
            _text(archive, Path(name), text)
        archive.add(python, _PREFIX / "bin" / library.name)
        _link(archive, _PREFIX / "bin/python3", library.name)
        archive.add(library, _PREFIX / "lib" / library.name, filter=_wanted)
        _folder(archive, _PREFIX / "lib" / library.name / "site-packages", 0o755)
        for folder in _GIT if whole else ():
            archive.add(folder, folder.relative_to("/"))
        for name in names:
            if found := shutil.which(name):
                archive.add(Path(found).resolve(), f"usr/bin/{name}")
        for needed in sorted(set(_libraries(loaded, (*_EXPECTED, _THREADS) if whole else _EXPECTED))):
            archive.add(needed.resolve(), _place(needed))
        archive.add(Path("/etc/ssl/certs/ca-certificates.crt"), "etc/ssl/certs/ca-certificates.crt")


def _libraries(programs: Iterable[Path], expected: Iterable[str]) -> Iterator[Path]:
    """What the loader finds for them, and for what is expected besides."""
    asked = [str(path) for path in programs]
    done = subprocess.run(["ldd", *asked], capture_output=True, text=True, check=False)
    for found in re.finditer(r"^\s+(?:\S+ => )?(/\S+) \(0x", done.stdout, re.MULTILINE):
        yield Path(found[1])
    cached = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    for name in expected:
        if (known := re.search(rf"^\s*{re.escape(name)} .*=> (\S+)$", cached, re.MULTILINE)) is not None:
            yield Path(known[1])


def _place(library: Path) -> str:
    """Where its loader looks for it there: the system's at their places, Python's own among them."""
    if library.name.startswith("ld-linux"):
        return f"usr/lib64/{library.name}"
    return f"usr/lib/{library.name}"


def _wanted(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if _LEFT_OUT & set(Path(entry.name).parts) else entry


def _link(archive: tarfile.TarFile, path: Path, target: str) -> None:
    entry = tarfile.TarInfo(str(path))
    entry.type, entry.linkname = tarfile.SYMTYPE, target
    archive.addfile(entry)


def _folder(archive: tarfile.TarFile, path: Path, mode: int) -> None:
    entry = tarfile.TarInfo(str(path))
    entry.type, entry.mode = tarfile.DIRTYPE, mode
    archive.addfile(entry)


def _text(archive: tarfile.TarFile, path: Path, text: str) -> None:
    entry = tarfile.TarInfo(str(path))
    entry.size, entry.mode = len(text), 0o644
    archive.addfile(entry, io.BytesIO(text.encode()))
