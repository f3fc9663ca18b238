"""The server: `/api/v10` and `/gateway` for bots, `/cdn` for files, `/_sim` for the test."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket

from tests.simulators.discord.control import Control
from tests.simulators.discord.gateway import Connection
from tests.simulators.discord.rates import Limits, too_many
from tests.simulators.discord.refusals import RefusedError, invalid_form, not_found, unauthorized, unknown
from tests.simulators.discord.rest import applications, interactions, messages
from tests.simulators.discord.rest.call import Action, Asked
from tests.simulators.discord.state import PICTURE, Application, Call, Fault, World
from tests.simulators.faults import Dropped, take

_API = "/api/v10"
# https://docs.discord.com/developers/reference#boolean-query-strings
_TRUE = ("true", "True", "1")
# https://docs.discord.com/developers/reference#image-formatting: a power of two from 16 to 4096.
_SIZES = {str(1 << power) for power in range(4, 13)}
_RESOURCES = ("channel", "guild", "token")


class DiscordSimulator:
    """State and routes of one Discord."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.world = World(limits)
        routes: list[Any] = [
            Mount("/_sim", app=Control(self.world).app),
            Route("/cdn/attachments/{number}/{name}", self._file),
            Route("/avatars/{bot}/{name}", self._picture),
            *(WebSocketRoute(f"/gateway{rest}", self._gateway) for rest in ("", "/", "/resume", "/resume/")),
        ]
        for table, open_to_all in ((applications, False), (messages, False), (interactions, True)):
            for (method, path), action in table.ROUTES.items():
                endpoint = self._endpoint(method, path, action, open_to_all)
                routes.append(Route(_API + path, endpoint, methods=[method]))
        routes.append(
            Route("/{rest:path}", self._no_route, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
        )
        self.app = Starlette(routes=routes)

    async def _no_route(self, request: Request) -> Response:
        return _refused(not_found())

    async def _gateway(self, socket: WebSocket) -> None:
        self.world.url = f"http://{socket.headers['host']}"
        await Connection(self.world, socket).run()

    async def _file(self, request: Request) -> Response:
        """https://docs.discord.com/developers/reference#signed-attachment-cdn-urls: all three parameters."""
        number = request.path_params["number"]
        content = self.world.files.get(number)
        if content is None or request.query_params.get("hm") != number[::-1]:
            return Response("This content is no longer available.", 404)
        return Response(content, media_type="application/octet-stream")

    async def _picture(self, request: Request) -> Response:
        """https://docs.discord.com/developers/reference#image-formatting-cdn-endpoints."""
        bot, name = self.world.applications.get(request.path_params["bot"]), request.path_params["name"]
        size = request.query_params.get("size", "128")
        if bot is None or not bot.picture or name != f"{PICTURE}.png" or size not in _SIZES:
            return Response("", 404)
        return Response(bot.picture, media_type="image/png")

    def _endpoint(self, method: str, route: str, action: Action, open_to_all: bool) -> Any:
        async def endpoint(request: Request) -> Response:
            self.world.url = f"http://{request.headers['host']}"
            if self.world.address.banned:
                # https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans
                return Response(
                    "error code: 1015", 429, headers={"Retry-After": "600"}, media_type="text/plain"
                )
            bot: Application | None = None
            body: Any = None
            try:
                bot = _caller(self.world, request, open_to_all)
                asked = await _asked(self.world, bot, request)
                body = asked.body
                response = await self._answer(asked, method, route, action, open_to_all)
            except RefusedError as refusal:
                response = _refused(refusal)
            if (
                response.status_code in (401, 403, 429)
                and response.headers.get("X-RateLimit-Scope") != "shared"
            ):
                self.world.address.count(self.world.limits)
            if bot is not None:
                code = _code(response)
                path = request.url.path.removeprefix(_API)
                bot.calls.append(Call(method, route, path, body, response.status_code, time.time(), code))
                await bot.notify()
            return response

        return endpoint

    async def _answer(
        self, asked: Asked, method: str, route: str, action: Action, open_to_all: bool
    ) -> Response:
        bot = asked.bot
        call = {f"{method} {route}", "*"}
        fault = take(bot.faults, lambda fault: fault.route in call) if bot is not None else None
        if fault and not fault.after_accept and (failure := await _fail(fault)) is not None:
            return failure
        headers: dict[str, str] = {}
        if bot is not None:
            if not open_to_all and (wait := bot.meter.take_global()) > 0:
                raise too_many(wait, "global")
            resource = next((asked.path[name] for name in _RESOURCES if name in asked.path), "")
            bucket = bot.meter.bucket(method, route, resource)
            wait = bucket.take()
            headers = bucket.headers()
            if wait > 0:
                refusal = too_many(wait, "user")
                refusal.headers |= headers
                raise refusal
        try:
            result = await action(asked)
        except RefusedError as refusal:
            refusal.headers |= headers
            raise
        if fault and fault.after_accept and (failure := await _fail(fault)) is not None:
            return failure
        if result is None or (route.endswith("/callback") and asked.query.get("with_response") not in _TRUE):
            return Response(status_code=204, headers=headers)
        return JSONResponse(result, headers=headers)


def _refused(refusal: RefusedError) -> Response:
    return JSONResponse(refusal.body, refusal.status, headers=refusal.headers)


def _code(response: Response) -> int:
    if response.status_code < 400:
        return 0
    try:
        return int(json.loads(bytes(response.body)).get("code", 0))
    except (ValueError, AttributeError):
        return 0


def _caller(world: World, request: Request, open_to_all: bool) -> Application | None:
    """https://docs.discord.com/developers/reference#authentication and #user-agent."""
    if open_to_all:
        return _of_path(world, request.path_params)
    if not request.headers.get("user-agent", "").startswith("DiscordBot ("):
        raise RefusedError(403, 40333, "internal network error")
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind != "Bot":
        raise unauthorized()
    return world.of_token(token)


def _of_path(world: World, path: dict[str, str]) -> Application | None:
    for bot in world.applications.values():
        if path.get("token") in bot.interactions:
            return bot
    if "interaction" in path:
        raise unknown("interaction")
    raise unknown("webhook")


async def _asked(world: World, bot: Application | None, request: Request) -> Asked:
    """https://docs.discord.com/developers/reference#uploading-files: a form's JSON is `payload_json`."""
    kind = request.headers.get("content-type", "")
    body: Any = {}
    files: list[tuple[str, str, bytes]] = []
    if kind.startswith("multipart/form-data"):
        async with request.form() as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    files.append((name, value.filename or "", await value.read()))
                elif name == "payload_json":
                    body = _parsed(value.encode())
    elif raw := await request.body():
        if not kind.startswith("application/json"):
            raise invalid_form("_root", "CONTENT_TYPE_INVALID", "Expected Content-Type application/json.")
        body = _parsed(raw)
    return Asked(world, bot, dict(request.path_params), dict(request.query_params), body, files)


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        raise RefusedError(400, 50109, "The request body contains invalid JSON.") from None


async def _fail(fault: Fault) -> Response | None:
    match fault.kind:
        case "slow":
            await asyncio.sleep(fault.seconds)
            return None
        case "drop":
            return Dropped()
        case "429":
            return _refused(too_many(fault.seconds, "shared"))
        case "502":
            return Response("<html><body>502 Bad Gateway</body></html>", 502, media_type="text/html")
        case "403":
            return _refused(RefusedError(403, 50013, "Missing Permissions"))
        case _:
            return _refused(RefusedError(int(fault.kind), 0, f"{fault.kind}: Internal Server Error"))
