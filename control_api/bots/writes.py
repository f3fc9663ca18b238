"""Writes to bots: checked at once, secrets sealed, then stored as an operation for the committer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import Request

from agent_runtime.spec import BotId, SpecError, parse_spec
from control_api import models
from control_api.bots import dry_run, problems, repository
from control_api.bots.ahead import TO_BE_SEALED, check_ahead
from control_api.bots.answers import Accepted
from control_api.bots.schemas import Change, Deploy, DryRun, Replace
from control_api.bots.submission import Submission
from control_api.caller import Caller
from control_api.kit.names import bot_id as parse
from control_api.kit.names import check_name
from control_api.kit.problems import ConflictError, FieldProblem, InvalidError, NotFoundError
from control_api.kit.tokens import new_id
from control_api.kit.write_headers import WriteHeaders
from control_api.models import now
from control_api.operations import plan
from control_api.operations import repository as operations
from control_api.platform import Platform
from control_api.users import repository as users
from gitops.errors import FleetError
from gitops.intent import Intent, Kind


class BotWrites:
    """The writes of one request, or of what another part does in somebody's name (`request` None)."""

    def __init__(
        self, platform: Platform, caller: Caller, headers: WriteHeaders, request: Request | None
    ) -> None:
        self._platform = platform
        self._caller = caller
        self._headers = headers
        self._submission = Submission(platform, caller, headers, request)

    async def deploy(self, body: Deploy) -> Accepted | DryRun:
        """A new bot."""
        bot = self._named(body)
        if not body.dry_run and (earlier := await self._submission.earlier()):
            return earlier
        try:
            await self._check_name_free(bot)
        except ConflictError:
            # The same request, sent twice at once, may have taken the name a moment ago.
            if not body.dry_run and (earlier := await self._submission.earlier()):
                return earlier
            raise
        intent = self._intent("deploy", bot, spec=body.spec, secrets=body.secrets)
        return await self._submit(intent, body.secrets, dry=body.dry_run, pending=False)

    async def promise(self, body: Deploy, secret: str) -> Intent:
        """A new bot that still lacks `secret`: checked as by `deploy`, the others sealed, and not stored."""
        bot = self._named(body)
        await self._check_name_free(bot)
        intent = self._intent("deploy", bot, spec=body.spec, secrets={**body.secrets, secret: ""})
        await self._check(intent)
        return await self._sealed(replace(intent, sealed={}), body.secrets)

    async def preview(self, body: Deploy, secret: str) -> DryRun:
        """What would be committed; a value that goes nowhere is sealed in place of the one that it lacks."""
        promised = await self.promise(body, secret)
        return await dry_run.run(self._platform, await self._sealed(promised, {secret: "lacking"}))

    async def keep(self, promised: Intent, secrets: Mapping[str, str]) -> Accepted:
        """Deploys what was promised, with the secrets that it lacked, as of now."""
        self._caller.check_writable(promised.bot.owner, "owner")
        await self._check_name_free(promised.bot)
        lacking = dict.fromkeys(secrets, TO_BE_SEALED)
        intent = replace(promised, at=now(), sealed={**promised.sealed, **lacking})
        await self._check(intent)
        return await self._submission.store(await self._sealed(intent, secrets), changed=True)

    async def replace(self, bot_id: str, body: Replace) -> Accepted | DryRun:
        """The whole specification of a bot, anew."""
        bot = await self._existing(bot_id)
        if not body.dry_run and (earlier := await self._submission.earlier()):
            return earlier
        intent = self._intent("change", bot, spec=body.spec, secrets=body.secrets)
        return await self._change(intent, body.secrets, dry=body.dry_run)

    async def change(self, bot_id: str, body: Change) -> Accepted | DryRun:
        """A merge patch, new secrets, or both."""
        bot = await self._existing(bot_id)
        if not body.dry_run and (earlier := await self._submission.earlier()):
            return earlier
        intent = self._intent("change", bot, patch=body.spec or None, secrets=body.secrets)
        return await self._change(intent, body.secrets, dry=body.dry_run)

    async def set_secret(self, bot_id: str, name: str, value: str) -> Accepted | DryRun:
        """One secret, set or set anew."""
        bot = await self._existing(bot_id)
        if earlier := await self._submission.earlier():
            return earlier
        return await self._change(self._intent("change", bot, secrets={name: value}), {name: value})

    async def delete_secret(self, bot_id: str, name: str) -> Accepted | DryRun:
        """One secret, removed. One that the specification names is refused."""
        bot = await self._existing(bot_id)
        if earlier := await self._submission.earlier():
            return earlier
        row, _ = await self._present(bot)
        if name not in row.secrets:
            raise NotFoundError("secret")
        intent = replace(self._intent("change", bot), sealed={name: None})
        return await self._change(intent, {})

    async def delete(self, bot_id: str) -> Accepted | DryRun:
        """The bot, removed. One that is off `main` already and was not seen to go is watched anew."""
        bot = await self._existing(bot_id)
        if earlier := await self._submission.earlier():
            return earlier
        async with self._platform.database.reading() as session:
            row = await repository.bot(session, str(bot))
            last = await operations.last_delete(session, str(bot)) if row is not None and row.gone else None
        if last is None:
            return await self._change(self._intent("delete", bot), {})
        if last.state not in plan.ENDED:
            return Accepted(str(bot), last.id)
        return await self._submission.watch_removal(last)

    async def simple(self, bot_id: str, kind: Kind) -> Accepted | DryRun:
        """Restart, pause or resume."""
        bot = await self._existing(bot_id)
        if earlier := await self._submission.earlier():
            return earlier
        return await self._change(self._intent(kind, bot), {})

    async def rollback(self, bot_id: str, commit: str) -> Accepted | DryRun:
        """Back to how `bot.yaml` was at a commit on `main`."""
        bot = await self._existing(bot_id)
        if earlier := await self._submission.earlier():
            return earlier
        full = await self._platform.fleet.commit(commit)
        if full is None:
            detail = "is no commit on main; `botyard history` lists those of this bot"
            raise InvalidError(f"commit {detail}", errors=[FieldProblem(pointer="/commit", detail=detail)])
        return await self._change(replace(self._intent("rollback", bot), commit=full), {})

    async def _change(
        self, intent: Intent, secrets: Mapping[str, str], *, dry: bool = False
    ) -> Accepted | DryRun:
        row, pending = await self._present(intent.bot)
        await self._platform.fleet.catch_up(row.commit)
        intent = replace(intent, base_version=self._headers.base(row.version))
        if pending:
            check_ahead(intent, row)
        return await self._submit(intent, secrets, dry=dry, pending=pending)

    async def _submit(
        self, intent: Intent, secrets: Mapping[str, str], *, dry: bool, pending: bool
    ) -> Accepted | DryRun:
        # Without other operations before it, what the committer will say is known now.
        changed = pending or await self._check(intent)
        intent = await self._sealed(intent, secrets)
        if dry:
            return await dry_run.run(self._platform, intent)
        return await self._submission.store(intent, changed=changed)

    async def _check(self, intent: Intent) -> bool:
        """Whether the intent would change anything on `main` as it is; refused as the committer would."""
        try:
            return await self._platform.fleet.check(intent) is not None
        except FleetError as error:
            raise problems.of_fleet(error, "/spec" if intent.spec or intent.patch else "") from None

    async def _sealed(self, intent: Intent, secrets: Mapping[str, str]) -> Intent:
        sealed: dict[str, bytes | None] = dict(intent.sealed)
        try:
            for name, value in secrets.items():
                sealed[name] = await self._platform.fleet.sealer.seal(intent.bot, name, value)
        except FleetError as error:
            raise problems.of_fleet(error, "") from None
        return replace(intent, sealed=sealed)

    def _named(self, body: Deploy) -> BotId:
        """The id of a new bot, of an owner that the caller may write to and with a valid specification."""
        owner = body.owner if body.owner is not None else self._caller.user
        check_name(owner, "/owner")
        self._caller.check_writable(owner, "owner")
        try:
            return BotId(owner, parse_spec(body.spec).name)
        except SpecError as error:
            raise problems.of_spec(error) from None

    async def _existing(self, bot_id: str) -> BotId:
        bot = parse(bot_id)
        self._caller.check_writable(bot.owner)
        return bot

    async def _present(self, bot: BotId) -> tuple[models.Bot, bool]:
        """The bot's row, and whether operations are on their way to `main`."""
        async with self._platform.database.reading() as session:
            row = await repository.bot(session, str(bot))
            pending = bool(await operations.unsettled(session, str(bot)))
        if row is None or row.gone:
            raise NotFoundError("bot")
        return row, pending

    async def _check_name_free(self, bot: BotId) -> None:
        async with self._platform.database.reading() as session:
            owner = await users.owner(session, bot.owner)
            row = await repository.bot(session, str(bot))
        if owner is None:
            raise NotFoundError("owner")
        if row is not None and not row.gone:
            raise taken(bot)

    def _intent(
        self,
        kind: Kind,
        bot: BotId,
        *,
        spec: Mapping[str, Any] | None = None,
        patch: Mapping[str, Any] | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> Intent:
        return Intent(
            operation=new_id("op"),
            kind=kind,
            bot=bot,
            author=self._caller.author,
            at=now(),
            spec=spec,
            patch=patch,
            sealed=dict.fromkeys(secrets or {}, TO_BE_SEALED),
        )


def taken(bot: BotId) -> ConflictError:
    """The answer to a deploy under a name that is in use."""
    detail = f"{bot} exists already; choose another name, or change that bot with PUT or PATCH"
    error = ConflictError(detail, errors=[FieldProblem(pointer="/spec/name", detail=detail)])
    error.title = "The name is taken"
    return error
