"""One bot as `main` has it: its `bot.yaml` and its sealed secrets."""

from __future__ import annotations

from dataclasses import dataclass

from agent_runtime.spec.names import BotId
from gitops import layout, seal
from gitops.objects import FILE, TREE
from gitops.tree import Tree, blob_id


@dataclass(frozen=True, slots=True)
class BotFolder:
    """`content` is the `bot.yaml`; `secrets` maps each secret's name to its sealed file."""

    bot: BotId
    content: bytes
    secrets: dict[str, bytes]

    @property
    def version(self) -> str:
        """The bot's version: the blob id of its `bot.yaml`."""
        return blob_id(self.content)

    @property
    def digests(self) -> dict[str, str]:
        return {name: seal.digest(sealed) for name, sealed in self.secrets.items()}

    def files(self) -> dict[str, bytes]:
        """The folder's files by path on `main`."""
        sealed = {layout.secret_path(self.bot, name): content for name, content in self.secrets.items()}
        return {layout.bot_path(self.bot): self.content} | sealed


async def read_folder(tree: Tree, bot: BotId) -> BotFolder | None:
    """The bot; None if the tree has none of this name."""
    content = await tree.read(layout.bot_path(bot))
    if content is None:
        return None
    secrets = {}
    for name in await secret_names(tree, bot):
        sealed = await tree.read(layout.secret_path(bot, name))
        if sealed is not None:
            secrets[name] = sealed
    return BotFolder(bot, content, secrets)


async def secret_names(tree: Tree, bot: BotId) -> list[str]:
    """The names of the bot's stored secrets, sorted."""
    names = []
    for entry in await tree.entries(layout.secrets_folder(bot)):
        place = layout.place(entry.path)
        if isinstance(place, layout.SecretFile) and entry.mode == FILE:
            names.append(place.name)
    return sorted(names)


async def bots_of(tree: Tree, owner: str) -> list[BotId]:
    """The bots of an owner, by their folders."""
    found = []
    for entry in await tree.entries(layout.owner_folder(owner)):
        place = layout.place(f"{entry.path}/bot.yaml") if entry.mode == TREE else None
        if isinstance(place, layout.BotFile) and await tree.entry(layout.bot_path(place.bot)):
            found.append(place.bot)
    return found
