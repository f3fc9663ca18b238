"""Quotas: read from `owner.yaml` on `main`, and changed by a commit like everything else."""

from __future__ import annotations

from typing import Literal

from fastapi import Request

from agent_runtime.spec.owner import Quota
from control_api.bots import problems
from control_api.bots.submission import Submission
from control_api.caller import Caller
from control_api.kit.problems import BadRequestError, NotFoundError
from control_api.kit.tokens import new_id
from control_api.kit.write_headers import WriteHeaders
from control_api.models import now
from control_api.operations.service import OperationService
from control_api.platform import Platform
from control_api.quotas.schemas import OwnerQuota, Used, WrittenQuota
from control_api.users import repository as users
from gitops.errors import FleetError
from gitops.intent import QuotaChange

OwnerKind = Literal["user", "team"]


class QuotaService:
    """The calls on quotas."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def get(self, caller: Caller, kind: OwnerKind, name: str) -> OwnerQuota:
        await self._check_visible(caller, kind, name)
        return await self.of(name)

    async def of(self, owner: str) -> OwnerQuota:
        """The owner's quota, whoever asks."""
        try:
            settings, used = await self._platform.fleet.usage(owner)
        except FleetError as error:
            raise problems.of_fleet(error, "") from None
        # Counted in whole thousandths, bytes and millionths.
        shown = Used(
            bots=used.bots,
            secrets=used.secrets,
            cpu=used.cpu / 1000,
            memory=used.memory,
            usd_per_day=used.usd_per_day / 1_000_000,
            tokens_per_day=used.tokens_per_day,
        )
        return OwnerQuota(owner=owner, quota=settings.quota, used=shown)

    async def set(
        self,
        caller: Caller,
        kind: OwnerKind,
        name: str,
        quota: Quota,
        headers: WriteHeaders,
        request: Request,
    ) -> WrittenQuota:
        """Another quota, whole. One below what is there already is taken, and stops growth."""
        await self._check_visible(caller, kind, name)
        caller.check_operator()
        if headers.versions is not None or headers.any_version:
            raise BadRequestError("If-Match is of one bot; leave it out of a quota.")
        submission = Submission(self._platform, caller, headers, request)
        earlier = await submission.earlier()
        if earlier is None:
            limits = quota.model_dump(exclude_none=True)
            change = QuotaChange(new_id("op"), name, caller.author, now(), limits)
            try:
                changed = await self._platform.fleet.changes_quota(change)
            except FleetError as error:
                raise problems.of_fleet(error, "") from None
            earlier = await submission.store(change, changed=changed)
        operation = await OperationService(self._platform).outcome(earlier.operation, headers.wait)
        return WrittenQuota(quota=await self.of(name), operation=operation)

    async def _check_visible(self, caller: Caller, kind: OwnerKind, name: str) -> None:
        """Another's name is as if there were none, except for operators."""
        async with self._platform.database.reading() as session:
            row = await users.owner(session, name)
        if row is None or row.kind != kind or not caller.may_read(name):
            raise NotFoundError(kind)
