"""The whole repository as one stream, a Git bundle: every ref as it was at one moment, and all it needs."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from gitops import git
from gitops.errors import GitError
from gitops.layout import MAIN
from gitops.repository import make_bare

_PIECE = 1 << 20


def refs(repository: Path) -> dict[str, str]:
    """Where every ref stands, by full name."""
    done = subprocess.run(
        git.command("for-each-ref", "--format=%(objectname) %(refname)"),
        env=git.environment(repository),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        raise GitError(git.failure("for-each-ref", done.returncode, done.stderr))
    lines = (line.split(" ", 1) for line in done.stdout.decode().splitlines())
    return {name: oid for oid, name in lines}


def write(repository: Path, tips: Mapping[str, str], into: Callable[[bytes], object]) -> None:
    """The bundle of these refs, wherever they stand by now.

    `git bundle create` looks refs up by itself, and leaves one out that moves meanwhile; so only its head
    (gitformat-bundle, version 2) is written here, around the pack that Git makes of the given commits.
    """
    head = "".join(f"{oid} {name}\n" for name, oid in tips.items())
    into(f"# v2 git bundle\n{head}\n".encode())
    process = subprocess.Popen(
        git.command("pack-objects", "--revs", "--stdout", "--delta-base-offset", "--quiet"),
        env=git.environment(repository),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            with process.stdin as wanted:
                wanted.write("".join(f"{oid}\n" for oid in sorted(set(tips.values()))).encode())
            while piece := process.stdout.read(_PIECE):
                into(piece)
            said = process.stderr.read()
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise GitError(git.failure("pack-objects", process.returncode, said))


def unpack(bundle: Path, repository: Path) -> None:
    """Makes a bare repository of a bundle, each object checked. Hooks come with the next `initialise`.

    Raises GitError where the bundle is not whole.
    """
    asyncio.run(_unpack(bundle.absolute(), repository.absolute()))


async def _unpack(bundle: Path, repository: Path) -> None:
    repository.parent.mkdir(parents=True, exist_ok=True)
    repository.mkdir(mode=0o700)
    await make_bare(repository)
    await git.run(repository, "fetch", "--quiet", "--no-auto-gc", os.fspath(bundle), "+refs/*:refs/*")
    if MAIN not in await asyncio.to_thread(refs, repository):
        raise GitError("the bundle has no main branch")
