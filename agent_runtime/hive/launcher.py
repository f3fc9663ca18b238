"""The launcher: a process with everything imported that forks a worker when it is asked to.

It has one thread and no event loop, since neither survives a fork. Requests are lines of JSON, each with the
worker's end of a socket pair; answers are `{number, pid}`, and `{pid, status}` when a worker has ended.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
from collections.abc import Callable
from functools import partial

import structlog

from agent_runtime.hive.spawn import fork_worker, spawn_worker
from agent_runtime.log import set_up_log
from agent_runtime.settings import RuntimeSettings
from agent_runtime.store.open import warm
from agent_runtime.supervisor import inherited, listen, ready
from agent_runtime.version import version
from agent_runtime.worker import MakeBot, serve

log = structlog.get_logger()

Start = Callable[[int, str], int]


class Launcher:
    """Serves dispatchers; there is one at a time, and a moment of two while one takes the other's place."""

    def __init__(self, listening: socket.socket, start: Start) -> None:
        self._listening = listening
        self._start = start
        self._selector = selectors.DefaultSelector()
        self._clients: dict[socket.socket, tuple[bytearray, list[int]]] = {}
        self._told = False
        self._wake, self._woken = socket.socketpair()
        for end in (self._wake, self._woken):
            end.setblocking(False)

    def run(self) -> None:
        """Serve until SIGTERM. Workers live on; they end with their dispatcher."""
        signal.set_wakeup_fd(self._woken.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(signal.SIGINT, self._end)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._selector.register(self._listening, selectors.EVENT_READ, self._accept)
        self._selector.register(self._wake, selectors.EVENT_READ, self._reap)
        ready()
        while not self._told:
            for key, _ in self._selector.select():
                key.data()
        self._finish()

    def _end(self, *_: object) -> None:
        self._told = True

    def _finish(self) -> None:
        """Do what was asked before the end; who asks later finds the socket closed, and asks the next one."""
        for client in list(self._clients):
            client.setblocking(False)
            while client in self._clients:
                self._read(client)
        signal.set_wakeup_fd(-1)
        for each in (self._selector, self._wake, self._woken):
            each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # Another launcher on the same socket may have been faster.
            client, _ = self._listening.accept()
            client.setblocking(True)
            self._clients[client] = (bytearray(), [])
            self._selector.register(client, selectors.EVENT_READ, partial(self._read, client))

    def _read(self, client: socket.socket) -> None:
        if client not in self._clients:  # It was dropped by what was done before, with news of it under way.
            return
        buffer, passed = self._clients[client]
        try:
            data, descriptors, _, _ = socket.recv_fds(client, 65536, 64)
        except OSError:
            data, descriptors = b"", []
        passed.extend(descriptors)
        if not data:
            self._drop(client)
            return
        buffer += data
        while client in self._clients and (end := buffer.find(b"\n")) >= 0:
            line = bytes(buffer[:end])
            del buffer[: end + 1]
            self._launch(client, json.loads(line), passed.pop(0))

    def _launch(self, client: socket.socket, request: dict[str, str], descriptor: int) -> None:
        try:
            pid = self._start(descriptor, request["bot"])
        except OSError as error:
            log.error("worker_not_started", bot=request["bot"], reason=str(error))
        else:
            self._tell(client, {"number": request["number"], "pid": pid})
        finally:
            os.close(descriptor)

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._wake.recv(4096)
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for client in list(self._clients):
                self._tell(client, {"pid": pid, "status": os.waitstatus_to_exitcode(status)})

    def _tell(self, client: socket.socket, answer: dict[str, int | str]) -> None:
        try:
            client.sendall(json.dumps(answer).encode() + b"\n")
        except OSError:
            self._drop(client)

    def _drop(self, client: socket.socket) -> None:
        if client in self._clients:
            _, passed = self._clients.pop(client)
            for descriptor in passed:
                os.close(descriptor)
            self._selector.unregister(client)
            client.close()


def main(make_bot: MakeBot | None = None) -> None:
    """Import, warm up, freeze, serve."""
    set_up_log(for_good=False)
    settings = RuntimeSettings()
    listening = inherited("launcher") or listen(settings.paths.socket("launcher"))
    if make_bot is None:
        bots = importlib.import_module("agent_runtime.bot")
        bots.warm_up(settings)
        make_bot = bots.Bot
    warm(settings)
    start: Start = partial(fork_worker, partial(serve, settings, make_bot))
    if sys.platform == "darwin":  # A forked process there may not use much of the system's libraries.
        start = spawn_worker
    version()
    gc.collect()
    # What exists now is never looked at again by a collection, so that children go on sharing its memory.
    gc.freeze()
    Launcher(listening, start).run()


if __name__ == "__main__":
    main()
