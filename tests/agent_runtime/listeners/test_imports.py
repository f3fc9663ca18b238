"""What only bots on Discord need is not imported where there are none."""

from __future__ import annotations

import subprocess
import sys

_PARTS = ("listeners.__main__", "receiver.__main__", "dispatcher.__main__", "hive.launcher")
_FOR_DISCORD = ("websockets", "cryptography", "discord", "aiohttp")


def test_libraries_for_discord_are_brought_by_its_bots_alone() -> None:
    modules = ", ".join(f"agent_runtime.{part}" for part in _PARTS)
    program = f"import sys, {modules}; print([each for each in {_FOR_DISCORD} if each in sys.modules])"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"
