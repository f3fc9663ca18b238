"""Stores a write as an operation, once: with its audit entry, its idempotency key, the promised bot."""

from __future__ import annotations

from datetime import timedelta

from fastapi import Request as HttpRequest
from sqlalchemy.exc import IntegrityError
from sqlmodel.ext.asyncio.session import AsyncSession

from agent_runtime.failpoints import failpoint
from control_api.audit.repository import record
from control_api.bots import index
from control_api.bots.answers import Accepted
from control_api.caller import Caller
from control_api.kit.problems import ConflictError, FieldProblem, InvalidError
from control_api.kit.write_headers import WriteHeaders
from control_api.models import IdempotencyKey, Operation, now
from control_api.operations import bulk, intents, journal, plan
from control_api.operations import repository as operations
from control_api.platform import Platform
from gitops.intent import Bulk, Intent, QuotaChange, Request

KEY_LIVES = timedelta(hours=24)


class Submission:
    """The storing side of one write."""

    def __init__(
        self, platform: Platform, caller: Caller, headers: WriteHeaders, request: HttpRequest | None
    ) -> None:
        self._platform = platform
        self._caller = caller
        self._key = headers.idempotency_key
        self._request = request

    async def earlier(self) -> Accepted | None:
        """What the same request made before; 422 if the key was used for another."""
        if self._key is None:
            return None
        async with self._platform.database.reading() as session:
            return await self._found(session, await self._fingerprint())

    async def store(self, request: Request, *, changed: bool) -> Accepted:
        """The operation, and the committer told. One that changes nothing ends at once, without a commit."""
        fingerprint = await self._fingerprint()
        try:
            async with self._platform.database.writing() as session:
                if self._key is not None and (found := await self._found(session, fingerprint)):
                    return found
                row = await self._begin(session, request)
                await self._remember(session, row.id, fingerprint)
                if not changed:
                    await journal.succeed(session, row, "Nothing to change, so there is no commit.")
        except IntegrityError:
            # Another process was first with the same key or the same name.
            if self._key is not None and (earlier := await self.earlier()):
                return earlier
            raise ConflictError("Another write was first; read the bot and try again.") from None
        failpoint("api.accepted")
        bot = str(request.bot) if isinstance(request, Intent) else ""
        self._platform.bells.ring("operations", "bots", f"bot:{bot}")
        self._platform.fleet.committer.nudge()
        return Accepted(bot, request.operation)

    async def watch_removal(self, last: Operation) -> Accepted:
        """A further operation on a bot that `last` has taken off `main`: it takes the steps after that."""
        fingerprint = await self._fingerprint()
        async with self._platform.database.writing() as session:
            row = await journal.begin(session, kind="delete", bot=last.bot, actor=self._caller.user)
            row.commit, row.deploy_commit, row.branch = last.commit, last.deploy_commit, last.branch
            row.settled, row.state = True, "running"
            detail = f"Commit {(last.commit or '')[:12]}, made before"
            await journal.move(session, row, plan.COMMITTED, "succeeded", detail)
            record(session, self._caller, "bot.delete", bot=last.bot, operation=row.id, outcome="accepted")
            await self._remember(session, row.id, fingerprint)
        self._platform.bells.ring("operations", "bots", f"bot:{last.bot}")
        return Accepted(row.bot, row.id)

    async def _begin(self, session: AsyncSession, request: Request) -> Operation:
        if isinstance(request, Intent):
            return await self._begin_one(session, request)
        if isinstance(request, QuotaChange):
            return await self._begin_quota(session, request)
        return await self._begin_bulk(session, request)

    async def _begin_quota(self, session: AsyncSession, request: QuotaChange) -> Operation:
        row = await journal.begin(
            session,
            kind=plan.QUOTA,
            bot="",
            owner=request.owner,
            actor=self._caller.user,
            operation_id=request.operation,
            intent=intents.write(request),
        )
        limits = ", ".join(f"{name} {limit}" for name, limit in request.quota.items()) or "no limits"
        about = {"owner": request.owner, "operation": row.id, "detail": limits}
        record(session, self._caller, "owner.quota", outcome="accepted", **about)
        return row

    async def _begin_bulk(self, session: AsyncSession, request: Bulk) -> Operation:
        known = await index.rows_of(session, [str(each.bot) for each in request.intents])
        for number, each in enumerate(request.intents):
            bot = str(each.bot)
            if each.kind == "deploy" and not index.place(session, bot, each.spec or {}, known.get(bot)):
                raise _taken(bot, f"/{number}/id")
        owners = {each.bot.owner for each in request.intents}
        row = await journal.begin(
            session,
            kind=plan.BULK,
            bot="",
            # Seen by its owner's people; one of many owners by who asked for it and by operators.
            owner=owners.pop() if len(owners) == 1 else self._caller.user,
            actor=self._caller.user,
            operation_id=request.operation,
            intent=intents.write(request),
        )
        bulk.begin(session, row.id, request.intents)
        detail = bulk.summary(request.intents)
        record(
            session,
            self._caller,
            "bot.bulk",
            owner=row.owner,
            operation=row.id,
            outcome="accepted",
            detail=detail,
        )
        return row

    async def _begin_one(self, session: AsyncSession, intent: Intent) -> Operation:
        if intent.kind == "deploy" and not await index.promise(session, str(intent.bot), intent.spec or {}):
            raise _taken(str(intent.bot), "/spec/name")
        row = await journal.begin(
            session,
            kind=intent.kind,
            bot=str(intent.bot),
            actor=self._caller.user,
            operation_id=intent.operation,
            intent=intents.write(intent),
        )
        record(
            session,
            self._caller,
            f"bot.{intent.kind}",
            bot=str(intent.bot),
            operation=row.id,
            outcome="accepted",
            detail=_named(intent),
        )
        return row

    async def _remember(self, session: AsyncSession, operation: str, fingerprint: str) -> None:
        if self._key is None:
            return
        old = await session.get(IdempotencyKey, (self._caller.user, self._key))
        if old is not None:
            await session.delete(old)
            await session.flush()
        session.add(
            IdempotencyKey(user=self._caller.user, key=self._key, request=fingerprint, operation=operation)
        )
        await session.flush()

    async def _found(self, session: AsyncSession, fingerprint: str) -> Accepted | None:
        row = await session.get(IdempotencyKey, (self._caller.user, self._key))
        if row is None or now() - row.created_at > KEY_LIVES:
            return None
        if row.request != fingerprint:
            raise InvalidError("This Idempotency-Key was used for another request; make a new one for each.")
        operation = await operations.operation(session, row.operation)
        return Accepted(operation.bot, operation.id) if operation is not None else None

    async def _fingerprint(self) -> str:
        request = self._request
        if request is None:
            return ""
        body = await request.body()
        return self._platform.fingerprints.of(request.method.encode(), request.url.path.encode(), body)


def _taken(bot: str, pointer: str) -> ConflictError:
    detail = f"{bot} exists already; choose another name, or change that bot"
    return ConflictError(detail, errors=[FieldProblem(pointer=pointer, detail=detail)])


def _named(intent: Intent) -> str | None:
    """Which secrets a write set or removed, by name."""
    parts = [f"{name} {'removed' if sealed is None else 'set'}" for name, sealed in intent.sealed.items()]
    return "secrets: " + ", ".join(parts) if parts else None
