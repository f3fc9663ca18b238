"""Git commands that speak to the fleet's remote: the operator's credentials, a time limit, plain words.

Everything else that Git does here runs with a scrubbed environment (`git.py`). These commands also read the
operator's own Git configuration, where credential helpers, proxies and ssh commands are set.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import tempfile
from collections.abc import Sequence
from pathlib import Path

from gitops import git
from gitops.errors import RemoteError, RewrittenError
from gitops.remote_url import scheme

# How long a remote may take: to say where its branches are, and to give or take commits.
ASKED_WITHIN = 20.0
MOVED_WITHIN = 120.0
_LONGEST_REASON = 300

# By these Git finds the operator's credentials, proxies and certificates.
OPERATORS_OWN = (
    *(
        "HOME",
        "USER",
        "LOGNAME",
        "XDG_CONFIG_HOME",
        "XDG_RUNTIME_DIR",
        "DBUS_SESSION_BUS_ADDRESS",
        "GNUPGHOME",
    ),
    *("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"),
    *("SSH_AUTH_SOCK", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_ASKPASS", "SSH_ASKPASS"),
    *("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"),
    *("GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "SSL_CERT_FILE", "SSL_CERT_DIR"),
)
# A connection that has stalled is given up before the time is over.
_SETTINGS = ("-c", "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=20")
_FETCH = ("fetch", "--atomic", "--no-tags", "--no-prune", "--no-write-fetch-head", "--no-auto-maintenance")
_PUSH = ("push", "--quiet", "--atomic", "--no-verify", "--no-signed", "--no-follow-tags")
_NO_SUBMODULES = "--recurse-submodules=no"


class Transport:
    """One remote, spoken to from one repository."""

    def __init__(self, repository: Path, url: str) -> None:
        self.repository = repository
        self._url = url
        self._scheme = scheme(url)

    async def tips(self) -> dict[str, str]:
        """Where the remote's branches are, by full name; RemoteError if it does not say."""
        out = await self._run(ASKED_WITHIN, "ls-remote", "--quiet", "--refs", "--", self._url, "refs/heads/*")
        lines = (line.split("\t", 1) for line in out.decode("utf-8", "replace").splitlines())
        return {name: oid for oid, name in lines}

    async def fetch(self, refspecs: Sequence[str], seconds: float = MOVED_WITHIN) -> None:
        """Takes branches over, all of them or none; RewrittenError where one has dropped commits."""
        await self._run(seconds, *_FETCH, _NO_SUBMODULES, "--", self._url, *map(_plain, refspecs))

    async def push(self, refspecs: Sequence[str], seconds: float = MOVED_WITHIN) -> None:
        """Gives branches away, all of them or none, never by force."""
        await self._run(seconds, *_PUSH, _NO_SUBMODULES, "--", self._url, *map(_plain, refspecs))

    async def _run(self, seconds: float, *arguments: str) -> bytes:
        # Not a pipe: ssh may leave a process behind for the next connection, which would hold it open.
        with tempfile.TemporaryFile() as said:
            process = await asyncio.create_subprocess_exec(
                *git.command(*_SETTINGS, *arguments),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=said,
                env=self._environment(),
                cwd="/",
                # Without a terminal nobody can be asked for a password.
                start_new_session=True,
            )
            try:
                async with asyncio.timeout(seconds):
                    out, _ = await process.communicate()
            except TimeoutError:
                raise RemoteError(f"the fleet's remote did not answer within {seconds:.0f} s") from None
            finally:
                await _end(process)
            if process.returncode != 0:
                said.seek(0)
                raise self._failure(said.read().decode(errors="replace"))
        return out

    def _environment(self) -> dict[str, str]:
        environment = git.environment(self.repository)
        for ours in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"):
            del environment[ours]
        environment |= {name: os.environ[name] for name in OPERATORS_OWN if name in os.environ}
        return environment | {"GIT_ALLOW_PROTOCOL": self._scheme}

    def _failure(self, said: str) -> RemoteError:
        """Git's words without addresses' credentials, on one line."""
        if "(non-fast-forward)" in said and "[remote rejected]" not in said:
            return RewrittenError("a branch of the fleet's remote does not continue what is here")
        clear = re.sub(r"//[^/@\s]+@", "//", said.replace(self._url, "the remote"))
        lines = [line.removeprefix("remote: ").strip() for line in clear.splitlines()]
        reason = "; ".join(line for line in lines if line and not line.startswith("hint:"))
        return RemoteError(
            f"the fleet's remote can't be used: {reason[:_LONGEST_REASON] or 'Git gives no reason'}"
        )


def _plain(refspec: str) -> str:
    """The refspec, if it forces nothing and deletes nothing."""
    if not re.fullmatch(r"(?:[0-9a-f]{40}|refs/[a-z0-9/*-]+):refs/[a-z0-9/*-]+", refspec):
        raise ValueError("a refspec that Botyard would not write was given to Git")
    return refspec


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ends Git with what it started, if it has not ended by itself."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
