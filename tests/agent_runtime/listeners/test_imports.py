"""What only bots on Discord need is not imported where there are none."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("part", ["listeners", "receiver", "dispatcher", "hive.launcher"])
def test_libraries_for_discord_are_brought_by_its_bots_alone(part: str) -> None:
    module = f"agent_runtime.{part}" + ("" if "." in part else ".__main__")
    program = f"import sys, {module}; print([each for each in {WANTED!r} if each in sys.modules])"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"


WANTED = ("websockets", "cryptography", "discord", "aiohttp")
