"""When a supervisor dies, even by kill -9, all that it started dies with it.

Two means, since neither is enough alone. On Linux the kernel kills each child of a dead parent. And a guard,
a shell of under 1 MiB in a session of its own, reads from a pipe which process groups live; the pipe ends
with the supervisor, and the guard then kills the groups, grandchildren included, on every Unix.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys

_PR_SET_PDEATHSIG = 1  # from linux/prctl.h
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

_GUARD = """
trap '' INT TERM HUP QUIT
groups=
while read -r sign group; do
  rest=
  for each in $groups; do [ "$each" = "$group" ] || rest="$rest $each"; done
  groups=$rest
  [ "$sign" = + ] && groups="$groups $group"
done
for each in $groups; do kill -s KILL -- "-$each"; done 2>/dev/null
"""


def die_with_parent(parent: int | None = None) -> None:
    """Have the kernel kill this process when its parent dies; call it in a child just forked by `parent`.

    Does nothing where the kernel has no such call: there the guard alone has to do it.
    """
    if _LIBC is None:
        return
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if parent is not None and os.getppid() != parent:
        os._exit(1)  # The parent died before we asked.


class Lifeline:
    """The guard of one supervisor and the pipe that keeps it waiting."""

    def __init__(self) -> None:
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )

    def add(self, group: int) -> None:
        """The process group is alive and dies with us."""
        self._tell(f"+ {group}\n")

    def remove(self, group: int) -> None:
        """The process group has ended; its number may come to mean another."""
        self._tell(f"- {group}\n")

    def close(self) -> None:
        """End the guard; it kills what is still registered."""
        with contextlib.suppress(BrokenPipeError):
            assert self._guard.stdin is not None
            self._guard.stdin.close()
        self._guard.wait()

    def _tell(self, line: str) -> None:
        # A guard that somebody killed must not take the parts down; on Linux the kernel still cares for them.
        with contextlib.suppress(BrokenPipeError, ValueError):
            assert self._guard.stdin is not None
            self._guard.stdin.write(line.encode())
            self._guard.stdin.flush()
