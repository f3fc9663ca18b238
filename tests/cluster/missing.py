"""What a machine must have before a cluster can start on it: root, a few programs of the system, Go.

Programs are installed by apt where there is one. What is missing then is an error that names it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

# Program → Debian's package.
_PROGRAMS = {
    "containerd": "containerd",
    "ctr": "containerd",
    "runc": "runc",
    "podman": "podman",
    "ip": "iproute2",
    "nft": "nftables",
    "conntrack": "conntrack",
    "/usr/lib/cni/bridge": "containernetworking-plugins",
}


class MissingPartError(Exception):
    """A part is missing that the cluster can't do without; the message names it and what to do."""


def install() -> None:
    """Install the programs that are missing. Raises MissingPartError."""
    if sys.platform != "linux":
        raise MissingPartError("the cluster tests need Linux: run them in a virtual machine or in CI")
    if os.geteuid() != 0:
        raise MissingPartError(
            "the cluster tests need root, for namespaces and containers: run `sudo make test-cluster`"
        )
    packages = sorted({package for program, package in _PROGRAMS.items() if not _there(program)})
    if not packages:
        return
    command = ("apt-get", "install", "--yes", "--no-install-recommends", *packages)
    if shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for each in (("apt-get", "update"), command):
            subprocess.run(each, env=environment, stdout=sys.stderr, check=False)
    missing = [program for program in _PROGRAMS if not _there(program)]
    if missing:
        raise MissingPartError(
            f"{', '.join(missing)} missing: install it, on Debian by `{' '.join(command)}`"
        )


def _there(program: str) -> bool:
    return Path(program).exists() if "/" in program else shutil.which(program) is not None
