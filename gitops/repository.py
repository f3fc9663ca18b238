"""Makes the bare repository that one machine hosts: its settings, its first commit, its hooks."""

from __future__ import annotations

import shlex
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from agent_runtime.files import write_whole
from gitops import git, join, layout, text
from gitops.fleet_file import Fleet
from gitops.seal import ENCRYPTED
from gitops.write import BOTYARD, Batch, Move, NewCommit, move

LARGEST_PUSH = 64 * 1024 * 1024

_SETTINGS = {
    # Every object, pack and ref is on the disk before the next step relies on it.
    "core.fsync": "all",
    "core.logAllRefUpdates": "false",
    "receive.denyDeletes": "true",
    "receive.denyNonFastForwards": "true",
    "receive.fsckObjects": "true",
    "fetch.fsckObjects": "true",
    "receive.maxInputSize": str(LARGEST_PUSH),
    # Upkeep is ours, at a time of our choosing; a push waits for nothing else.
    "receive.autoGC": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "transfer.unpackLimit": "1",
    "transfer.hideRefs": "refs/botyard",
    "uploadpack.allowFilter": "true",
    "http.receivepack": "true",
    "http.getanyfile": "false",
}

_README = """\
# The fleet

Every bot of this Botyard, as people decided it. A commit on `main` is what makes a bot start, change or stop.

- `users/<first two letters>/<owner>/<bot>/bot.yaml`: one bot. Edit it, commit, push `main`.
- `users/<first two letters>/<owner>/owner.yaml`: what the owner's bots may have together, and their defaults.
- `users/…/secrets/<NAME>.sops.yaml`: its sealed secrets, written by Botyard; set one with the page.
- `fleet.yaml`: what holds for the whole fleet.
- Branches `deploy/…` hold what bots run from; Botyard renders them from `main`, and nobody else writes there.

A push that breaks a rule is refused with the file, the line and the reason.
"""
_CODEOWNERS = "# Who reviews what, for code hosts that read this file.\n"


async def initialise(path: Path, recipient: str, fleet: Fleet | None = None, *, remote: str = "") -> None:
    """Makes the repository with its first commit; refreshes settings and hooks of one that is there.

    `recipient` is the age public key that secrets are sealed for. With a remote the repository is a mirror of
    it; RemoteError if it is not one yet and the remote can't be reached. A half-made repository never shows
    at `path`.
    """
    path = path.absolute()
    first = _first_files(recipient, fleet or Fleet())
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
        try:
            await make_bare(making)
            if remote:
                await join.join(making, remote, recipient, first)
            else:
                await _first_commit(making, first)
            making.rename(path)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    else:
        await _configure(path)
        if remote:
            await join.join(path, remote, recipient, first)
        else:
            await join.leave(path)
    _write_hook(path, "pre-receive", "gitops.pre_receive")
    # What it did before, the hook above does now.
    (path / "hooks" / "update").unlink(missing_ok=True)


async def make_bare(repository: Path) -> None:
    """An empty repository in an empty folder, with the settings of a fleet."""
    await git.run(repository, "init", "--bare", "--quiet", "--template=", "--initial-branch=main")
    with (repository / "config").open("a", encoding="utf-8") as file:
        for key, value in _SETTINGS.items():
            section, name = key.split(".")
            file.write(f"[{section}]\n\t{name} = {value}\n")


async def _configure(repository: Path) -> None:
    """Sets what is not as it should be; asking for all at once starts Git once and not for each of them."""
    listed = (await git.run(repository, "config", "--list", "-z")).decode("utf-8", "replace")
    found = dict(entry.partition("\n")[::2] for entry in listed.split("\0"))
    for key, value in _SETTINGS.items():
        # Git lists names in small letters.
        if found.get(key.lower()) != value:
            await git.run(repository, "config", key, value)


def _first_files(recipient: str, fleet: Fleet) -> dict[str, bytes]:
    return {
        layout.README: _README.encode(),
        layout.SOPS_CONFIG: _sops_config(recipient),
        layout.CODEOWNERS: _CODEOWNERS.encode(),
        layout.FLEET: fleet.write(),
    }


async def _first_commit(repository: Path, files: dict[str, bytes]) -> None:
    now = datetime.now(UTC)
    async with Batch(repository, now) as batch:
        [commit] = await batch.add([NewCommit("main", None, BOTYARD, now, "Start the fleet\n", files)])
    await move(repository, [Move(layout.MAIN, None, commit), Move(layout.RENDERED, None, commit)])


def _sops_config(recipient: str) -> bytes:
    rule = {"path_regex": r"/secrets/.*\.sops\.yaml$", "encrypted_regex": ENCRYPTED, "age": recipient}
    return text.dump({"creation_rules": [rule]})


def _write_hook(repository: Path, name: str, module: str) -> None:
    """The hook starts this very Python, wherever it lies today."""
    hook = repository / "hooks" / name
    hook.parent.mkdir(exist_ok=True)
    write_whole(hook, f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -I -m {module} "$@"\n', mode=0o755)
