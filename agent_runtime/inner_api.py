"""The inner API: what a runtime offers its platform, over a Unix socket (HTTP, JSON, server-sent events).

Errors are problem+json. What it does is the dispatcher's; here a request becomes a question to it.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agent_runtime.channels.web.inbound import identify
from agent_runtime.home import Home
from agent_runtime.logbook import read_log
from agent_runtime.receiver.events import KEEP_ALIVE, event, event_stream, relayed
from agent_runtime.receiver.problems import PROBLEM_HANDLERS, json_body
from agent_runtime.wire import Line, ProblemError

_LARGEST_BODY = 2 * 1024 * 1024
_LARGEST_MESSAGE = 256 * 1024
_LOOKS_PER_KEEP_ALIVE = 50


def inner_app(home: Home, dispatcher: Line) -> Starlette:
    api = InnerApi(home, dispatcher)
    bot = "/bots/{bot}"
    routes = [
        Route("/healthz", api.health),
        Route("/bots", api.bots),
        Route(bot, api.put_bot, methods=["PUT"]),
        Route(bot, api.delete_bot, methods=["DELETE"]),
        Route(f"{bot}/status", api.status),
        Route("/status", api.statuses),
        Route("/vitals", api.vitals),
        Route(f"{bot}/start", api.start, methods=["POST"]),
        Route(f"{bot}/probe", api.probe, methods=["POST"]),
        Route(f"{bot}/deliver", api.deliver, methods=["POST"]),
        Route(f"{bot}/chat", api.chat, methods=["POST"]),
        Route(f"{bot}/cancel", api.cancel, methods=["POST"]),
        Route("/try", api.draft, methods=["POST"]),
        Route(f"{bot}/logs", api.logs),
        Route("/reports", api.reports),
        Route("/reports/ack", api.acknowledge, methods=["POST"]),
    ]
    calls = (
        ("GET", "conversations", "conversations.list"),
        ("GET", "conversations/{conversation:path}", "conversations.read"),
        ("DELETE", "conversations/{conversation:path}", "conversations.erase"),
        ("GET", "access", "access.list"),
        ("POST", "access", "access.approve"),
        ("DELETE", "access", "access.revoke"),
        ("POST", "access/code", "access.pair"),
    )
    routes += [
        Route(f"{bot}/{path}", partial(api.call, called), methods=[method]) for method, path, called in calls
    ]
    return Starlette(routes=routes, exception_handlers=PROBLEM_HANDLERS)


class InnerApi:
    """One method a route."""

    def __init__(self, home: Home, dispatcher: Line) -> None:
        self._home = home
        self._dispatcher = dispatcher

    async def health(self, _: Request) -> Response:
        bots = await self._dispatcher.ask("bots", {}, again=True, patience=2.0)
        return JSONResponse({"ok": True, "bots": len(bots["bots"])})

    async def bots(self, _: Request) -> Response:
        return JSONResponse(await self._dispatcher.ask("bots", {}, again=True))

    async def put_bot(self, request: Request) -> Response:
        revision = (await json_body(request, _LARGEST_BODY)).get("revision")
        if not isinstance(revision, str):
            raise ProblemError(422, "not a registration", "give the revision, as text")
        return await self._asked("register", {"bot": _bot(request), "revision": revision}, again=True)

    async def delete_bot(self, request: Request) -> Response:
        await self._dispatcher.ask("remove", {"bot": _bot(request)}, again=True)
        return Response(status_code=204)

    async def status(self, request: Request) -> Response:
        return await self._asked("status", {"bot": _bot(request)}, again=True)

    async def statuses(self, _: Request) -> Response:
        ask = partial(self._dispatcher.ask, "watch", {})
        return event_stream(await relayed(ask, endless=True))

    async def vitals(self, _: Request) -> Response:
        return await self._asked("vitals", {}, again=True)

    async def start(self, request: Request) -> Response:
        return await self._asked("start", {"bot": _bot(request)}, again=True)

    async def probe(self, request: Request) -> Response:
        return await self._asked("probe", {"bot": _bot(request)}, again=True)

    async def deliver(self, request: Request) -> Response:
        data = await json_body(request, _LARGEST_MESSAGE)
        arrival = {name: data.get(name) for name in ("platform_id", "conversation", "sender")}
        channel, payload = data.get("channel"), data.get("payload")
        if not all(isinstance(value, str) for value in (channel, *arrival.values())):
            raise ProblemError(
                422, "not a message", "give channel, platform_id, conversation and sender, as text"
            )
        if not isinstance(payload, dict):
            raise ProblemError(422, "not a message", "payload must be an object")
        question = {
            "bot": _bot(request),
            "channel": channel,
            "arrivals": [{**arrival, "payload": json.dumps(payload)}],
        }
        answer = await self._dispatcher.ask("submit", question, again=True)
        return JSONResponse({"new": answer["new"][0]}, 202)

    async def chat(self, request: Request) -> Response:
        data = await json_body(request, _LARGEST_MESSAGE)
        text, sender, conversation = data.get("text"), data.get("sender"), data.get("conversation")
        if not isinstance(text, str) or not text.strip():
            raise ProblemError(422, "not a message", "text must not be empty")
        if not isinstance(sender, str) or not isinstance(conversation, str | None):
            raise ProblemError(422, "not a message", "sender and conversation are text")
        question = {"bot": _bot(request), "arrival": identify(text, sender, conversation).to_dict()}
        # The message keeps its id, so that it is one message however often a restart has it asked.
        return event_stream(await relayed(partial(self._dispatcher.ask, "chat", question, again=True)))

    async def cancel(self, request: Request) -> Response:
        conversation = (await json_body(request, _LARGEST_BODY)).get("conversation")
        if not isinstance(conversation, str):
            raise ProblemError(422, "not a conversation", "give the conversation, as text")
        await self._dispatcher.ask("cancel", {"bot": _bot(request), "conversation": conversation})
        return Response(status_code=204)

    async def draft(self, request: Request) -> Response:
        data = await json_body(request, _LARGEST_BODY)
        if not isinstance(data.get("spec"), dict) or not isinstance(data.get("messages"), list):
            raise ProblemError(422, "not a draft", "give spec, an object, and messages, a list")
        if not isinstance(data.get("secrets") or {}, dict):
            raise ProblemError(422, "not a draft", "secrets are an object of names and values")
        question = {key: data.get(key) for key in ("spec", "messages", "secrets", "bot")}
        return event_stream(await relayed(partial(self._dispatcher.ask, "draft", question)))

    async def call(self, method: str, request: Request) -> Response:
        params: dict[str, Any] = dict(request.query_params)
        params |= await json_body(request, _LARGEST_BODY)
        if "conversation" in request.path_params:
            params["conversation"] = request.path_params["conversation"]
        return await self._asked("call", {"bot": _bot(request), "method": method, "params": params})

    async def logs(self, request: Request) -> Response:
        await self._dispatcher.ask("status", {"bot": _bot(request)}, again=True)
        return event_stream(self._log_events(request))

    async def _log_events(self, request: Request) -> AsyncIterator[bytes]:
        query, looks = request.query_params, 0
        follow = query.get("follow", "") not in {"", "0", "false"}
        after = request.headers.get("last-event-id") or query.get("after")
        lines = read_log(self._home, _bot(request), after=after, level=query.get("level"), follow=follow)
        async with contextlib.aclosing(lines):
            async for line in lines:
                if line is not None:
                    yield event("log", line, line["id"])
                elif (looks := looks + 1) % _LOOKS_PER_KEEP_ALIVE == 1:
                    yield KEEP_ALIVE

    async def reports(self, request: Request) -> Response:
        question = {"after": _number(request, "after", 0), "limit": min(_number(request, "limit", 500), 1000)}
        return await self._asked("reports", question, again=True)

    async def acknowledge(self, request: Request) -> Response:
        upto = (await json_body(request, _LARGEST_BODY)).get("upto")
        if not isinstance(upto, int):
            raise ProblemError(422, "not a number", "upto is the seq of the last report that was counted")
        await self._dispatcher.ask("acknowledge", {"upto": upto}, again=True)
        return Response(status_code=204)

    async def _asked(self, kind: str, question: dict[str, Any], *, again: bool = False) -> Response:
        return JSONResponse(await self._dispatcher.ask(kind, question, again=again))


def _bot(request: Request) -> str:
    bot: str = request.path_params["bot"]
    return bot


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isdecimal() or len(text) > 18:
        raise ProblemError(422, "not a number", f"{name} must be a number")
    return int(text)
