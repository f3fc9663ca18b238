"""`python -m tests.cluster COMMAND…`: run a command where a cluster can be started and leaves no trace.

What is missing is installed and built first. The command's processes, network, mounts and control groups are
their own (Linux namespaces), and all of them end with the command, however it ends.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.cluster import programs
from tests.cluster.enclosure import FOLDER, OUTSIDE, control_groups
from tests.cluster.missing import MissingPartError, install
from tests.journeys.processes import eventually

_NAMESPACES = ("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")


def main(command: list[str]) -> int:
    """The command's exit code; 1 when something is missing that could not be installed or built."""
    try:
        install()
        for module in programs.BUILDS:
            programs.built(module)
    except MissingPartError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    with _surroundings() as folder:
        # Ctrl-C is for the command: it ends, and then we clear up.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        ways_out = [os.open(f"/proc/self/ns/{kind}", os.O_RDONLY) for kind in OUTSIDE]
        environment = {**os.environ, FOLDER: str(folder)}
        environment |= dict(zip(OUTSIDE.values(), map(str, ways_out), strict=True))
        inside = [sys.executable, "-m", "tests.cluster.enclosure", *command]
        with subprocess.Popen([*_NAMESPACES, *inside], env=environment, pass_fds=ways_out) as enclosed:
            signal.signal(signal.SIGTERM, lambda *_: enclosed.kill())
            return enclosed.wait()


@contextlib.contextmanager
def _surroundings() -> Iterator[Path]:
    """A folder for all that a cluster writes, and control groups named after it."""
    folder = Path(tempfile.mkdtemp(prefix="botyard-cluster-"))
    groups = control_groups(folder)
    try:
        for group in groups:
            group.mkdir()
        yield folder
    finally:
        for group in groups:
            eventually(f"nothing runs in {group} any more", partial(_removed, group))
        shutil.rmtree(folder)


def _removed(group: Path) -> bool:
    for path, _, _ in os.walk(group, topdown=False):
        try:
            Path(path).rmdir()
        except OSError:
            return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
