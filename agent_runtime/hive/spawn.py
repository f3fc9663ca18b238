"""Two ways of making a worker's process: a fork of this one, or a fresh one where forks are unsafe."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path


def fork_worker(serve: Callable[[int], None], descriptor: int, bot: str) -> int:
    """Fork; the child serves its socket and never returns. The child's id."""
    pid = os.fork()
    if pid != 0:
        return pid
    code = 1
    try:
        descriptor = _alone_with(descriptor)
        _name(bot)
        serve(descriptor)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        # Neither this process's buffers nor its exit handlers are the child's to run.
        os._exit(code)


def spawn_worker(descriptor: int, bot: str) -> int:
    """A fresh process of the same worker; it costs the imports."""
    command = [sys.executable, "-m", "agent_runtime.worker", str(descriptor)]
    child = subprocess.Popen(command, pass_fds=[descriptor], start_new_session=True)
    # It is reaped with all others by its id, not by this object.
    child.returncode = 0
    return child.pid


def _alone_with(descriptor: int) -> int:
    """Become a process of its own: default signals, a session, no file of the parent's but the one socket."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    os.setsid()
    os.dup2(descriptor, 3)
    os.closerange(4, 1 << 20)
    return 3


def _name(bot: str) -> None:
    """What `ps` shows; Linux keeps fifteen bytes."""
    with contextlib.suppress(OSError):
        Path("/proc/self/comm").write_text(f"bot {bot}"[:15])
