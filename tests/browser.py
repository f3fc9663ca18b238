"""The Chromium that the page's tests drive: found, else installed, else an error that names the command.

`python -m tests.browser` does so before the tests begin.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_INSTALL = ("apt-get", "install", "--yes", "--no-install-recommends", "chromium")


class NoBrowserError(Exception):
    """There is no Chromium and none could be installed; the message names the command to run."""


def chromium() -> str:
    """The path of an installed Chromium. Raises NoBrowserError."""
    for name in _NAMES:
        if path := shutil.which(name):
            return path
    raise NoBrowserError(
        f"the page's tests need Chromium: run `sudo {' '.join(_INSTALL)}`, "
        "or put a `chromium` or `google-chrome` on the PATH"
    )


def ensure() -> str:
    """The path of Chromium, installed by apt when this is root and it is missing. Raises NoBrowserError."""
    try:
        return chromium()
    except NoBrowserError:
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            raise
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (("apt-get", "update"), _INSTALL):
        subprocess.run(command, env=environment, check=False)
    return chromium()


if __name__ == "__main__":
    try:
        ensure()
    except NoBrowserError as error:
        sys.exit(f"Error: {error}")
