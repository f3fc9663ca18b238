"""Listening sockets that outlive the process that serves them, and the sign of being ready.

The supervisor binds them and passes each part the ones it serves as inherited file descriptors, so that
clients of a part that restarts wait in the socket's queue and none is refused.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path

SOCKET_PREFIX = "BOTYARD_SOCKET_"
READY_VARIABLE = "BOTYARD_READY_FD"
TURN_VARIABLE = "BOTYARD_TURN_FD"
_QUEUE = 4096  # the kernel cuts it down to net.core.somaxconn


def variable(name: str) -> str:
    """The environment variable that tells a part the descriptor of its socket `name`."""
    return SOCKET_PREFIX + name.upper().replace("-", "_")


def listen(path: Path) -> socket.socket:
    """Listen at `path`, readable by its owner only, in place of whatever socket file lies there.

    The caller has made sure (by `HomeLock`) that nobody alive serves that path.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listening.bind(str(fresh))
        fresh.chmod(0o600)
        listening.listen(_QUEUE)
        fresh.replace(path)
    except OSError:
        listening.close()
        raise
    listening.setblocking(False)
    return listening


def inherited(name: str) -> socket.socket | None:
    """The listening socket `name` that the supervisor passed to this process, once; else None."""
    number = os.environ.pop(variable(name), None)
    if number is None:
        return None
    passed = socket.socket(fileno=int(number))
    passed.set_inheritable(False)
    passed.setblocking(False)
    return passed


def ready() -> None:
    """Tell the supervisor that this part serves now. Without a supervisor, and when called again, a no-op."""
    number = os.environ.pop(READY_VARIABLE, None)
    if number is None:
        return
    descriptor = int(number)
    try:
        os.write(descriptor, b"1")
    except BrokenPipeError:
        pass  # The supervisor no longer waits; it will say why.
    finally:
        os.close(descriptor)


def my_turn() -> None:
    """Wait, in a part that replaces a live one, until that one has ended; else return at once.

    Call it once everything is imported and before anything is opened that only one process may hold. It
    blocks, and ends the process when the supervisor no longer wants it.
    """
    number = os.environ.pop(TURN_VARIABLE, None)
    if number is None:
        return
    with socket.socket(fileno=int(number)) as turn:
        turn.setblocking(True)
        turn.send(b"w")
        if not turn.recv(1):
            raise SystemExit(0)


def without_ours(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without the descriptors that were meant for this process alone."""
    return {
        key: value
        for key, value in environment.items()
        if not key.startswith(SOCKET_PREFIX) and key not in (READY_VARIABLE, TURN_VARIABLE)
    }
