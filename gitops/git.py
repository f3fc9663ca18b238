"""Starting Git: an environment that nothing outside can bend, and errors that say which command failed."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from gitops.errors import GitError

ZERO = "0" * 40

# Our own writes run no hooks, and nothing but the repository's own configuration file bends Git.
_NO_HOOKS = ("-c", "core.hooksPath=/dev/null")
_LONGEST_MESSAGE = 500
_LAST_SECOND = int(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp())


def environment(repository: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of every Git process of ours: only the search path and temp folder are inherited."""
    scrubbed = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": "/nonexistent",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "GIT_DIR": str(repository),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
    }
    if "TMPDIR" in os.environ:
        scrubbed["TMPDIR"] = os.environ["TMPDIR"]
    return scrubbed | dict(extra or {})


def command(*arguments: str) -> list[str]:
    return ["git", *_NO_HOOKS, *arguments]


async def start(
    repository: Path, *arguments: str, extra: Mapping[str, str] | None = None
) -> asyncio.subprocess.Process:
    """A Git process with all three streams piped."""
    return await asyncio.create_subprocess_exec(
        *command(*arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(repository, extra),
        cwd="/",
    )


async def finish(process: asyncio.subprocess.Process, stdin: bytes = b"") -> tuple[int, bytes, bytes]:
    """Feeds the process and waits: (exit code, stdout, stderr). A cancelled wait ends it."""
    try:
        out, err = await process.communicate(stdin if process.stdin is not None else None)
    except BaseException:
        await kill(process)
        raise
    assert process.returncode is not None
    return process.returncode, out or b"", err or b""


async def run(
    repository: Path, *arguments: str, stdin: bytes = b"", extra: Mapping[str, str] | None = None
) -> bytes:
    """Stdout of one Git command; GitError if it fails."""
    code, out, err = await finish(await start(repository, *arguments, extra=extra), stdin)
    if code != 0:
        raise GitError(failure(arguments[0], code, err))
    return out


def moment(seconds: str) -> datetime:
    """The time that `%at` gives, in UTC, moved into the years that a datetime knows.

    Anyone can date a commit past the year 9999 or in a zone that is none, and Git keeps it so.
    """
    known = seconds.isascii() and seconds.isdecimal()
    # More digits than this are past the end in any case, and slow to read.
    return datetime.fromtimestamp(min(int(seconds[:20]), _LAST_SECOND) if known else 0, UTC)


def failure(name: str, code: int, stderr: bytes) -> str:
    said = stderr.decode(errors="replace").strip()[-_LONGEST_MESSAGE:]
    return f"git {name} ended with {code}: {said}"


async def kill(process: asyncio.subprocess.Process) -> None:
    """Ends a process that is no longer wanted, and waits for it."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    await process.wait()
