"""What a write would commit, shown and not done."""

from __future__ import annotations

from typing import Any

from control_api import models
from control_api.bots import problems
from control_api.bots.schemas import DryRun
from control_api.bots.service import BotService
from control_api.bots.views import view
from control_api.history.views import diff
from control_api.platform import Platform
from gitops import bot_file
from gitops.errors import FleetError
from gitops.intent import Intent
from gitops.preview import preview


async def run(platform: Platform, intent: Intent) -> DryRun:
    """The bot as it would be, and the difference."""
    await platform.fleet.catch_up()
    try:
        difference = await preview(platform.fleet.objects, intent)
        planned = await platform.fleet.check(intent)
    except FleetError as error:
        raise problems.of_fleet(error, "/spec") from None
    found = await BotService(platform).find(str(intent.bot))
    if found is None:
        row = models.Bot(id=str(intent.bot), owner=intent.bot.owner, name=intent.bot.name)
        found = view(row, None, None, platform.settings.public_url)
    spec: dict[str, Any] = found.spec
    if planned is not None and planned.after is not None:
        spec = bot_file.read(planned.after.content)
    return DryRun(bot=found.model_copy(update={"spec": spec}), diff=diff(difference))
