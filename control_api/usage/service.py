"""What bots used, by day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from control_api.caller import Caller
from control_api.kit.paging import Paging
from control_api.kit.problems import FieldProblem, InvalidError
from control_api.models import UsageEntry, now
from control_api.platform import Platform
from control_api.usage import repository
from control_api.usage.schemas import Usage, UsageDay

_USUAL_DAYS = 30
_MOST_DAYS = 366


class UsageService:
    """The calls on usage."""

    def __init__(self, platform: Platform) -> None:
        self._database = platform.database

    async def list(
        self, caller: Caller, paging: Paging, bot: str | None, since: date | None, until: date | None
    ) -> Usage:
        until = until or now().date()
        since = since or until - timedelta(days=_USUAL_DAYS - 1)
        if not 0 <= (until - since).days < _MOST_DAYS:
            detail = f"must be at most until, and at most {_MOST_DAYS} days before it"
            raise InvalidError(f"since {detail}", errors=[FieldProblem(pointer="query:since", detail=detail)])
        async with self._database.reading() as session:
            rows = await repository.entries(session, owners=caller.owners, bot=bot, since=since, until=until)
        days = sorted(_by_day(rows), key=lambda each: (-each.day.toordinal(), each.bot))
        start = paging.number() or 0
        kept, cursor = paging.page(days[start:], lambda _: start + paging.limit)
        return Usage(items=list(kept), next_cursor=cursor)


def _by_day(rows: Iterable[UsageEntry]) -> Iterable[UsageDay]:
    found: defaultdict[tuple[str, date], list[UsageEntry]] = defaultdict(list)
    for row in rows:
        found[row.bot, row.at.date()].append(row)
    for (bot, day), entries in found.items():
        yield UsageDay(
            bot=bot,
            day=day,
            turns=len(entries),
            tokens_in=sum(each.input_tokens for each in entries),
            tokens_out=sum(each.output_tokens for each in entries),
            usd=round(sum(each.usd for each in entries), 6),
        )
