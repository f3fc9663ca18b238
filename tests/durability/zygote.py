"""A process that has every part imported and forks them: a part is back in moments and not in seconds.

`python -m tests.durability.zygote DESCRIPTOR` serves requests from the socket: a line of JSON, and with it
the files that the part is to have. The part's code, its files and its death are the real ones; only what an
interpreter needs to import everything is saved. It has one thread and no event loop.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import random
import runpy
import selectors
import signal
import socket
import sys
import traceback
from typing import Any

from agent_runtime.supervisor import die_with_parent

# Run as `__main__` in the child, so they are imported here for what they import, and then forgotten.
PROGRAMS = (
    "control_api.__main__",
    "gitops.local.__main__",
    "agent_runtime.dispatcher.__main__",
    "agent_runtime.receiver.__main__",
    "agent_runtime.listeners.__main__",
    "agent_runtime.hive.keeper",
    "agent_runtime.hive.launcher",
    "tests.durability.dispatcher",
)
LIBRARIES = ("agent_runtime.bot", "alembic.command", "aiosqlite", "sqlalchemy.dialects.sqlite.aiosqlite")


class Zygote:
    """Serves one driver until its socket closes."""

    def __init__(self, driver: socket.socket) -> None:
        self._driver = driver
        self._selector = selectors.DefaultSelector()
        self._buffer = b""
        self._passed: list[int] = []

    def run(self) -> None:
        died, wake = socket.socketpair()
        died.setblocking(False)
        wake.setblocking(False)
        signal.set_wakeup_fd(wake.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._selector.register(self._driver, selectors.EVENT_READ)
        self._selector.register(died, selectors.EVENT_READ)
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is died:
                    with contextlib.suppress(BlockingIOError):
                        died.recv(4096)
                    self._reap()
                elif not self._read():
                    return

    def _read(self) -> bool:
        data, descriptors, _, _ = socket.recv_fds(self._driver, 1 << 20, 64)
        self._passed += descriptors
        self._buffer += data
        while (end := self._buffer.find(b"\n")) >= 0:
            request = json.loads(self._buffer[:end])
            self._buffer = self._buffer[end + 1 :]
            count = len(request["files"])
            files, self._passed = self._passed[:count], self._passed[count:]
            pid = os.fork()
            if pid == 0:
                _be(request, files, self._driver)
            for descriptor in files:
                os.close(descriptor)
            self._tell({"number": request["number"], "pid": pid})
        return bool(data)

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                self._tell({"pid": pid, "status": os.waitstatus_to_exitcode(status)})

    def _tell(self, said: dict[str, int]) -> None:
        with contextlib.suppress(OSError):
            self._driver.sendall(json.dumps(said).encode() + b"\n")


def _be(request: dict[str, Any], files: list[int], driver: socket.socket) -> None:
    """Become the part. `files` are its log and then what its environment names, in order."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        die_with_parent(None)
        driver.close()
        os.dup2(files[0], 1)
        os.dup2(files[0], 2)
        os.environ.clear()
        os.environ.update(request["environment"])
        os.environ.update(
            {name: str(descriptor) for name, descriptor in zip(request["files"][1:], files[1:], strict=True)}
        )
        random.seed()
        sys.argv = [request["module"], *request["arguments"]]
        runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def main() -> None:
    die_with_parent(None)
    for name in (*PROGRAMS, *LIBRARIES):
        importlib.import_module(name)
    for name in PROGRAMS:
        del sys.modules[name]
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as driver:
        driver.sendall(b'{"ready": 1}\n')
        Zygote(driver).run()


if __name__ == "__main__":
    main()
