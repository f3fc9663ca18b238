"""What a deploy branch wants of one bot, read strictly: only what the renderer would have written counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from agent_runtime.spec import BotId, runtime_file
from gitops.errors import RefusedError
from gitops.layout import ReleasedSecret, ReleaseFile, release_folder, release_path, release_place
from gitops.objects import FILE, Change, Entry, Objects
from gitops.release import read_release
from gitops.seal import digest

# A bot.yaml has at most 256 KiB and a sealed secret some 30; more than this was not written by Botyard.
_LARGEST_FILE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Desired:
    """One bot at one commit.

    `revision` None: the branch does not hold it. `refusal`: why it can't be applied.
    """

    bot: BotId
    revision: str | None
    bot_file: bytes = b""
    secrets: dict[str, bytes] = field(default_factory=dict)
    refusal: str | None = None


def touched(changes: Iterable[Change]) -> list[BotId]:
    """The bots whose files differ. Tenants and paths that are not ours concern no bot."""
    bots: dict[BotId, None] = {}
    for change in changes:
        match release_place(change.path):
            case ReleaseFile(bot) | ReleasedSecret(bot):
                bots[bot] = None
    return list(bots)


async def read_desired(objects: Objects, commit: str, bot: BotId) -> Desired:
    """What the commit wants of the bot. Raises GitError only when the repository can't be read."""
    release = await objects.entry(commit, release_path(bot))
    if release is None:
        return Desired(bot, None)
    try:
        content = await _file(objects, release)
        said = read_release(content, bot)
        secrets = await _secrets(objects, commit, bot, said.secrets)
        return Desired(bot, release.oid, runtime_file(said.bot), secrets)
    except RefusedError as error:
        return Desired(bot, release.oid, refusal=str(error))


async def _secrets(objects: Objects, commit: str, bot: BotId, digests: dict[str, str]) -> dict[str, bytes]:
    present = await objects.entries(commit, f"{release_folder(bot)}/secrets") if digests else []
    by_name = {place.name: entry for entry in present if (place := _secret(entry)) is not None}
    sealed = {}
    for name, expected in digests.items():
        if name not in by_name:
            raise RefusedError(f"the release names the secret {name}, and its sealed file is not there")
        sealed[name] = await _file(objects, by_name[name])
        if digest(sealed[name]) != expected:
            raise RefusedError(f"the sealed file of the secret {name} is not the one that the release names")
    return sealed


def _secret(entry: Entry) -> ReleasedSecret | None:
    place = release_place(entry.path)
    return place if isinstance(place, ReleasedSecret) else None


async def _file(objects: Objects, entry: Entry) -> bytes:
    if entry.mode != FILE:
        raise RefusedError(f"{entry.path} is no plain file (mode {entry.mode})")
    [info] = await objects.info([entry.oid])
    if info is None or info.type != "blob" or info.size > _LARGEST_FILE:
        raise RefusedError(f"{entry.path} is larger than any file that Botyard writes")
    return await objects.blob(entry.oid)
