"""The fleet repository behind a real HTTP server, and a person's clone of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn

from gitops.serve import http_backend
from tests.gitops.fleet import Fleet


@contextlib.asynccontextmanager
async def serving(fleet: Fleet, largest_body: int = 8 << 20, seconds: float = 60) -> AsyncIterator[str]:
    """The URL to clone from."""
    app = http_backend(
        fleet.repository, after_push=fleet.committer.nudge, largest_body=largest_body, seconds=seconds
    )
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="warning", lifespan="off", timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        listening.close()


class Clone:
    """A person's work tree."""

    def __init__(self, folder: Path, url: str, name: str = "Bob") -> None:
        self.folder = folder
        self.url = url
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder.parent),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": name,
            "GIT_AUTHOR_EMAIL": f"{name.lower()}@example.org",
            "GIT_COMMITTER_NAME": name,
            "GIT_COMMITTER_EMAIL": f"{name.lower()}@example.org",
            "GIT_TERMINAL_PROMPT": "0",
        }

    @classmethod
    async def of(cls, url: str, folder: Path, *arguments: str, name: str = "Bob") -> Clone:
        clone = cls(folder, url, name)
        code, said = await clone._run("clone", "-q", *arguments, url, str(folder), cwd=folder.parent)
        assert code == 0, said
        return clone

    async def git(self, *arguments: str) -> str:
        code, said = await self._run(*arguments, cwd=self.folder)
        assert code == 0, said
        return said

    async def commit(self, path: str, content: str | bytes | None, message: str = "Edit") -> str:
        """Commits one file, removed where the content is None; the commit's id."""
        self.write(path, content)
        return await self.commit_all(message)

    def write(self, path: str, content: str | bytes | None) -> None:
        """One file of the work tree, removed where the content is None."""
        file = self.folder / path
        if content is None:
            file.unlink()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)

    async def commit_all(self, message: str = "Edit") -> str:
        await self.git("add", "-A")
        await self.git("commit", "-q", "-m", message)
        return (await self.git("rev-parse", "HEAD")).strip()

    async def push(self, *arguments: str) -> tuple[bool, str]:
        """Whether the push was taken, and what was said."""
        code, said = await self._run("push", *(arguments or ("origin", "HEAD:main")), cwd=self.folder)
        return code == 0, said

    async def _run(self, *arguments: str, cwd: Path) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            "git",
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=self._environment,
            cwd=cwd,
        )
        out, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode()
