"""An engine on a fleet of the test, and what it has done."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncIterator, Mapping
from typing import Any

from agent_runtime.spec import BotId
from gitops import layout
from gitops.local.engine import Engine
from gitops.local.feed import Event
from gitops.local.settings import EngineSettings
from tests.gitops.fleet import SUPPORT, Fleet
from tests.gitops.local.remembering_hive import RememberingHive

BOB = BotId("bob", "helper")


@contextlib.asynccontextmanager
async def started(fleet: Fleet, hive: RememberingHive, **settings: Any) -> AsyncIterator[Engine]:
    engine = Engine(EngineSettings(home=fleet.home.root, **settings), hive)
    try:
        yield engine
    finally:
        await engine.aclose()


async def told(engine: Engine) -> list[Event]:
    """What a listener that comes now is told at once."""
    events: list[Event] = []
    listening = engine.feed.listen()
    with contextlib.suppress(TimeoutError):
        while True:
            events.append(await asyncio.wait_for(anext(listening), 0.05))
    return events


def branch_of(bot: BotId) -> str:
    return layout.deploy_branch("local", layout.shard(bot.owner, 64))


def push(
    fleet: Fleet, bot: BotId, files: Mapping[str, bytes | tuple[str, bytes]], branch: str | None = None
) -> str:
    """Write files on a deploy branch past the committer, as somebody with the disk could; the commit."""
    branch = branch or branch_of(bot)
    script = [f"commit {branch}\ncommitter Mallory <m@example.org> 1700000000 +0000\ndata 0\n".encode()]
    tip = subprocess.run(
        ["git", "--git-dir", fleet.repository, "rev-parse", "--quiet", "--verify", branch],
        capture_output=True, text=True, check=False,
    ).stdout.strip()  # fmt: skip
    if tip:
        script.append(f"from {tip}\n".encode())
    for path, content in files.items():
        mode, data = content if isinstance(content, tuple) else ("100644", content)
        script.append(f"M {mode} inline {path}\ndata {len(data)}\n".encode() + data + b"\n")
    subprocess.run(
        ["git", "--git-dir", fleet.repository, "fast-import", "--quiet", "--force"],
        input=b"".join(script) + b"done\n", check=True,
    )  # fmt: skip
    return fleet.git("rev-parse", branch).strip()


def revisions(fleet: Fleet, bot: BotId = SUPPORT) -> list[str]:
    folder = fleet.home.bot(str(bot)) / "revisions"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []
