"""A person's clone of the fleet repository."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_HELPER = "!f() { echo username=anybody; echo password=$BOTYARD_CLONE_TOKEN; }; f"


class Clone:
    """`git clone` of `/git/fleet.git`, the token given by a credential helper as a careful person does."""

    def __init__(self, url: str, token: str, folder: Path) -> None:
        self.folder = folder
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "BOTYARD_"))
        }
        self.environment = {
            **kept,
            "BOTYARD_CLONE_TOKEN": token,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "credential.helper",
            "GIT_CONFIG_VALUE_0": _HELPER,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_AUTHOR_NAME": "Ann Author",
            "GIT_AUTHOR_EMAIL": "ann@example.org",
            "GIT_COMMITTER_NAME": "Ann Author",
            "GIT_COMMITTER_EMAIL": "ann@example.org",
            "LC_ALL": "C.UTF-8",
        }
        self.remote = f"{url}/git/fleet.git"
        folder.mkdir(parents=True)
        self.git("clone", "-q", self.remote, ".")

    def tries(self, *arguments: str, text: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
        """A Git command that may fail."""
        return subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env=self.environment,
            input=text,
            capture_output=True,
            timeout=60,
            check=False,
        )

    def git(self, *arguments: str, text: bytes | None = None) -> str:
        """A Git command that must succeed; what it printed."""
        done = self.tries(*arguments, text=text)
        assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr.decode()}"
        return done.stdout.decode()

    def commit(self, message: str) -> str:
        """Commit all that changed in the folder; the commit's id."""
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD").strip()

    def refs(self) -> str:
        """All refs of the remote, with what they point to."""
        return self.git("ls-remote", "origin")

    def fresh(self) -> None:
        """As the remote is now, whatever was tried here before."""
        self.git("fetch", "-q", "origin")
        self.git("reset", "-q", "--hard", "origin/main")
        self.git("clean", "-qfdx")
