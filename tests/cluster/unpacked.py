"""An image that is unpacked and run without a container around it: only what is in it is there."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

USER = "10001:10001"


@dataclass(frozen=True)
class Unpacked:
    """An image's files, and how it says that it is run."""

    folder: Path
    config: dict[str, Any]
    packed: int

    @contextmanager
    def running(
        self, command: Sequence[str], log: Path, **environment: str
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A process of it without rights, that sees nothing of the machine but the network."""
        inside = ["chroot", f"--userspec={USER}", str(self.folder), "/usr/bin/env", "-i"]
        variables = [*self.config["Env"], *(f"{name}={value}" for name, value in environment.items())]
        with log.open("wb") as lines:
            process = subprocess.Popen([*inside, *variables, *command], stdout=lines, stderr=lines)
            try:
                yield process
            finally:
                process.terminate()
                process.wait(30)

    def done(self, command: Sequence[str], log: Path, **environment: str) -> str:
        """What a command that must succeed writes."""
        with self.running(command, log, **environment) as process:
            assert process.wait(60) == 0, log.read_text()
        return log.read_text()


def unpacked(packed: Path, folder: Path) -> Unpacked:
    """The image of a tar file in the OCI layout, unpacked into the folder."""
    with tarfile.open(packed) as archive:
        (found,) = _read(archive, "index.json")["manifests"]
        manifest = _read(archive, _blob(found))
        for layer in manifest["layers"]:
            with tarfile.open(fileobj=archive.extractfile(_blob(layer))) as files:
                files.extractall(folder, filter="tar")
        config = _read(archive, _blob(manifest["config"]))["config"]
    (folder / "dev" / "shm").mkdir(parents=True, exist_ok=True)
    (folder / "dev" / "shm").chmod(0o1777)
    # As containers have them: https://www.kernel.org/doc/Documentation/admin-guide/devices.txt
    for name, number in {"null": 3, "urandom": 9}.items():
        os.mknod(folder / "dev" / name, stat.S_IFCHR, os.makedev(1, number))
        (folder / "dev" / name).chmod(0o666)
    for above in (folder, *folder.parents):
        above.chmod(above.stat().st_mode | 0o111)
    home = folder / "var" / "lib" / "botyard"
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o777)
    return Unpacked(folder, config, packed.stat().st_size)


def _blob(named: dict[str, Any]) -> str:
    return "blobs/" + str(named["digest"]).replace(":", "/")


def _read(archive: tarfile.TarFile, name: str) -> dict[str, Any]:
    file = archive.extractfile(name)
    assert file is not None, name
    read: dict[str, Any] = json.load(file)
    return read
