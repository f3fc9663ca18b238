"""The fleet repository as the control API uses it: checks ahead of a commit, sealing, and the committer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

from agent_runtime.spec import BotId, SpecError
from control_api.operations.proof_owed import needs_proof
from control_api.settings import ControlSettings
from gitops import ahead, bot_file, layout, render, repository
from gitops.change import Changed
from gitops.committer import Committer
from gitops.errors import GitError, RefusedError, RemoteError
from gitops.fleet_file import Fleet as FleetSettings
from gitops.intent import Intent, QuotaChange
from gitops.keys import make_keys
from gitops.objects import Objects
from gitops.operations import Operations, Unchanged
from gitops.owner_file import OwnerSettings, settings_of
from gitops.plan import plan_one, plan_quota
from gitops.planned import Planned
from gitops.quota import Usage, used_by
from gitops.remote import Remote
from gitops.seal import Sealer
from gitops.tree import CommitTree


class Fleet:
    """One fleet repository. Reads need no lock; the committer alone writes."""

    def __init__(
        self, settings: ControlSettings, operations: Operations, leads: Callable[[], bool] = lambda: True
    ) -> None:
        home = settings.places
        self.path = home.fleet
        self.objects = Objects(self.path)
        self.sealer = Sealer(home.age_recipient.read_text(encoding="ascii").strip())
        self.remote = (
            Remote(self.path, settings.fleet_remote, settings.fleet_poll_seconds, remote_record(settings))
            if settings.fleet_remote
            else None
        )
        self.committer = Committer(self.path, operations, branches=self.remote)
        self._operations = operations
        self._leads = leads
        self._catching_up = asyncio.Lock()

    async def catch_up(self, *commits: str | None) -> None:
        """Fetches what the leader has pushed, where another leads: these commits, and what the index shows.

        A remote that is away is no reason to refuse: what is here serves, and the committer decides.
        """
        if self.remote is None or self._leads():
            return
        shown = await self._operations.index_tip()
        named = [f"{each}^{{commit}}" for each in commits if each is not None]
        async with self._catching_up:
            here = shown is None or await self.objects.contains(layout.MAIN, shown)
            if not here or not all(await self.objects.info(named)):
                with contextlib.suppress(RemoteError):
                    await self.remote.look()

    async def plan(self, intent: Intent) -> Planned | Unchanged:
        """What the committer would make of the intent now; FleetError where it would refuse."""
        tip = await self.tip()
        tree = CommitTree(self.objects, tip)
        return await plan_one(self.objects, tree, await render.fleet_of(tree), tip, intent)

    async def check(self, intent: Intent) -> Changed | None:
        """The change that the intent would make now, None for none; FleetError where it would be refused.

        Sealed files are not looked into, so that an intent can be checked before its secrets are sealed.
        """
        tree = CommitTree(self.objects, await self.tip())
        restored = None
        if intent.commit is not None:
            restored = await self.objects.read(intent.commit, layout.bot_path(intent.bot))
        changed = await ahead.check(tree, intent, restored)
        if changed is not None:
            await ahead.check_quota(tree, {intent.bot: changed})
        return changed

    async def settings_of(self, owner: str) -> OwnerSettings:
        """What holds for the owner's bots; FleetError for a file that is not valid."""
        return await self._settings(CommitTree(self.objects, await self.tip()), owner)

    async def usage(self, owner: str) -> tuple[OwnerSettings, Usage]:
        """What holds for the owner's bots, and what they have together; FleetError as above."""
        tree = CommitTree(self.objects, await self.tip())
        settings = await self._settings(tree, owner)
        return settings, await used_by(tree, owner, settings.defaults)

    async def changes_quota(self, change: QuotaChange) -> bool:
        """Whether the change changes anything now; FleetError where it would be refused."""
        tree = CommitTree(self.objects, await self.tip())
        return not isinstance(await plan_quota(tree, await render.fleet_of(tree), change), Unchanged)

    async def _settings(self, tree: CommitTree, owner: str) -> OwnerSettings:
        try:
            return await settings_of(tree, owner)
        except SpecError as error:
            raise RefusedError(f"{layout.owner_path(owner)} is not valid", error.problems) from error

    async def tip(self) -> str:
        """The newest commit on `main`."""
        await self.catch_up()
        found = await self.objects.resolve(layout.MAIN)
        if found is None:
            raise GitError("the fleet repository has no main branch")
        return found

    async def commit(self, short: str) -> str | None:
        """The full id of a commit on `main`, from the first digits of it."""
        found = await self.objects.resolve(f"{short}^{{commit}}")
        if found is None or not await self.objects.contains(await self.tip(), found):
            return None
        return found

    async def needs_proof(self, bot: BotId, commit: str) -> bool:
        """Whether the commit changed what the bot says: its instructions, its model, or the model's key."""
        parent = await self.objects.resolve(f"{commit}^")
        return await needs_proof(self.objects, bot, parent, commit)

    async def is_paused(self, bot: BotId, commit: str) -> bool:
        """Whether the bot is paused as the commit has it."""
        content = await self.objects.read(commit, layout.bot_path(bot))
        return content is not None and bool(bot_file.read(content).get("paused"))

    async def has_moved_on(self, bot: BotId, commit: str) -> bool:
        """Whether the newest commit on `main` has another specification of the bot than this one, or none."""
        path = layout.bot_path(bot)
        newest, ours = [await self.objects.entry(each, path) for each in (await self.tip(), commit)]
        return newest != ours

    async def aclose(self) -> None:
        await self.objects.aclose()


def remote_record(settings: ControlSettings) -> Path:
    """Where it is written down how it stands with the remote, for `botyard doctor`."""
    return settings.places.run / "remote.json"


async def prepare(settings: ControlSettings) -> None:
    """Makes the age keys and the fleet repository of a fresh home; leaves what is there alone."""
    home = settings.places
    home.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    recipient = make_keys(home)
    fresh = FleetSettings(clusters=(settings.cluster,))
    await repository.initialise(home.fleet, recipient, fresh, remote=settings.fleet_remote)
