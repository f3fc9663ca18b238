"""A bot's history and differences, read from Git."""

from __future__ import annotations

from agent_runtime.spec import BotId
from control_api.bots.schemas import Diff, History
from control_api.bots.service import BotService
from control_api.caller import Caller
from control_api.history.views import diff, entry
from control_api.kit.paging import Paging, encode
from control_api.kit.problems import FieldProblem, InvalidError, NotFoundError, UnavailableError
from control_api.platform import Platform
from gitops import history
from gitops.errors import FleetError, MissingBotError


class HistoryService:
    """The calls on a bot's history."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._objects = platform.fleet.objects

    async def history(self, caller: Caller, bot_id: str, paging: Paging) -> History:
        bot = await self._bot(caller, bot_id)
        await self._platform.fleet.catch_up()
        try:
            found, cursor = await history.history(self._objects, bot, paging.limit, paging.after)
        except FleetError as error:
            raise _problem(error) from error
        return History(items=[entry(each) for each in found], next_cursor=encode(cursor) if cursor else None)

    async def diff(self, caller: Caller, bot_id: str, older: str, newer: str | None) -> Diff:
        bot = await self._bot(caller, bot_id)
        fleet = self._platform.fleet
        ends = []
        for name, commit in (("from", older), ("to", newer)):
            full = await fleet.tip() if commit is None else await fleet.commit(commit)
            if full is None:
                detail = "is no commit on main; the bot's history lists its own"
                raise InvalidError(
                    f"{name} {detail}", errors=[FieldProblem(pointer=f"query:{name}", detail=detail)]
                )
            ends.append(full)
        try:
            return diff(await history.diff(self._objects, bot, ends[0], ends[1]))
        except FleetError as error:
            raise _problem(error) from error

    async def _bot(self, caller: Caller, bot_id: str) -> BotId:
        return BotId.parse((await BotService(self._platform).get(caller, bot_id)).id)


def _problem(error: FleetError) -> Exception:
    if isinstance(error, MissingBotError):
        return NotFoundError("bot")
    if error.status == InvalidError.status:
        return InvalidError(str(error))
    return UnavailableError(error.title)
