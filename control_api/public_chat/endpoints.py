"""`/c/<id>`: the page, what it may know of the bot, the chat, and the script that puts it on another site.

No session and no token counts here, so that a visitor can do exactly this and nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from control_api.bots.schemas import Bot
from control_api.kit.page_policy import framed_by
from control_api.kit.problems import NotFoundError
from control_api.kit.requests import source
from control_api.kit.strict_json import StrictRoute
from control_api.kit.values import IdPath
from control_api.platform import PlatformDep
from control_api.public_chat.schemas import About, VisitorMessage
from control_api.public_chat.service import PublicChatService, origins_of
from control_api.public_chat.turnstile import visitor_of

router = APIRouter(prefix="/c/{id}", include_in_schema=False, route_class=StrictRoute)
LARGEST_BODY = 64 << 10


@router.get("")
async def read_page(platform: PlatformDep, bot_id: IdPath) -> HTMLResponse:
    """The page. Where there is no public chat it is the same page, which then says so."""
    page = platform.settings.frontend / "chat.html"
    if not page.is_file():
        raise NotFoundError("page")
    # The page lies one folder deeper here than where it was built for.
    html = page.read_text(encoding="utf-8").replace('="./', '="/')
    try:
        bot = await PublicChatService(platform).public(bot_id)
    except NotFoundError:
        return HTMLResponse(html, 404)
    sites = origins_of(bot)
    return HTMLResponse(html, headers={"Content-Security-Policy": framed_by(*sites)} if sites else None)


@router.get("/about")
async def read_about(platform: PlatformDep, bot_id: IdPath) -> About:
    """Whom one would talk to."""
    bot = await PublicChatService(platform).public(bot_id)
    return About.model_validate(
        {"id": bot.id, "name": bot.name, **{key: bot.spec.get(key) for key in ("description", "template")}}
    )


@router.get("/embed.js")
async def read_embed(platform: PlatformDep, bot_id: IdPath) -> Response:
    """The script for other sites, which may load it wherever they are."""
    await PublicChatService(platform).public(bot_id)
    headers = {"Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": "public, max-age=300"}
    return FileResponse(platform.settings.frontend / "embed.js", headers=headers)


@dataclass(frozen=True)
class Visit:
    """A visitor who has been let in."""

    bot: Bot
    visitor: str


async def _visit(platform: PlatformDep, request: Request, bot_id: IdPath) -> AsyncIterator[Visit]:
    bot = await PublicChatService(platform).public(bot_id)
    visitor = visitor_of(bot.id, source(request))
    with platform.turnstile.entered(bot.id, visitor):
        yield Visit(bot, visitor)


@router.post("/chat", response_class=EventSourceResponse)
async def chat(
    platform: PlatformDep, body: VisitorMessage, visit: Annotated[Visit, Depends(_visit)]
) -> AsyncIterator[ServerSentEvent]:
    """One message and its answer: `delta` …, then `done` or `error`."""
    async for event in PublicChatService(platform).chat(visit.bot, visit.visitor, body):
        yield event
