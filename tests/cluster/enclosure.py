"""Inside the namespaces: the first process makes the place ready, runs the command and buries the dead.

When it ends, the kernel ends every process that is left here, and the network and the mounts go with them.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.cluster.missing import MissingPartError

# Where a cluster's files go, told from outside; nothing else tells that a process is enclosed.
FOLDER = "BOTYARD_TEST_CLUSTER"
# Namespaces of the machine, and the variables that tell by which descriptors a process gets back there.
OUTSIDE = {"net": "BOTYARD_TEST_NET", "mnt": "BOTYARD_TEST_MOUNTS"}
ADDRESS = "172.31.255.1"
_BRIDGE = "node0"
# What containerd, its shims and the kubelet write at fixed places is kept from the machine by these mounts.
_HIDDEN = ("/run", "/var/log", "/var/lib/cni")
_GROUPS = Path("/sys/fs/cgroup")


def folder() -> Path:
    """The enclosure's folder. Raises MissingPartError outside of one."""
    if FOLDER not in os.environ:
        raise MissingPartError(
            "a cluster starts in namespaces of its own only: run `make test-cluster`, "
            "or `python -m tests.cluster pytest tests/cluster/…`"
        )
    return Path(os.environ[FOLDER])


def outside(command: list[str]) -> None:
    """Run a command where the registries are, in the machine's own network; also if we are there already.

    Raises CalledProcessError, which holds what it wrote.
    """
    descriptors = [int(found) for name in OUTSIDE.values() if (found := os.environ.get(name))]
    if descriptors:
        net, mounts = descriptors
        command = ["nsenter", f"--net=/proc/self/fd/{net}", f"--mount=/proc/self/fd/{mounts}", *command]
    subprocess.run(command, pass_fds=descriptors, capture_output=True, text=True, check=True)


def control_groups(enclosed: Path) -> list[Path]:
    """The control groups of an enclosure: one a controller in the older version, one in all in the newer."""
    if (_GROUPS / "cgroup.controllers").exists():
        return [_GROUPS / enclosed.name]
    return [each / enclosed.name for each in _GROUPS.iterdir() if each.is_dir() and not each.is_symlink()]


def main(command: list[str]) -> int:
    """Make the place ready and run the command; its exit code."""
    prepare()
    child = subprocess.Popen(command, close_fds=False).pid
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        pid, status = os.wait()
        if pid == child:
            return os.waitstatus_to_exitcode(status) & 0xFF


def prepare() -> None:
    """Give this network an address for the node, and hide what the machine's own /run and the like hold."""
    _run("mount", "--make-rshared", "/")
    for place in _HIDDEN:
        Path(place).mkdir(exist_ok=True)
        _run("mount", "-t", "tmpfs", "botyard", place)
    # Names of the cluster resolve for tests as they do in pods; no other name does.
    resolver = folder() / "resolv.conf"
    resolver.write_text(f"nameserver {ADDRESS}\nsearch svc.cluster.local\n")
    _run("mount", "--bind", str(resolver), "/etc/resolv.conf")
    _run("ip", "link", "set", "lo", "up")
    # A bridge, because every kernel has one; nothing is plugged into it.
    _run("ip", "link", "add", _BRIDGE, "type", "bridge")
    _run("ip", "address", "add", f"{ADDRESS}/24", "dev", _BRIDGE)
    _run("ip", "link", "set", _BRIDGE, "up")
    # A way out that leads nowhere: without one, programs that ask for their own address fail.
    _run("ip", "route", "add", "default", "dev", _BRIDGE)
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
