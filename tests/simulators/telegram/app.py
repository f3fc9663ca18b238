"""The server: `/bot<token>/<method>` for bots, `/_sim/` for the test."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from tests.simulators.faults import Dropped, take
from tests.simulators.telegram.control import Control
from tests.simulators.telegram.methods import METHODS
from tests.simulators.telegram.rates import Rates
from tests.simulators.telegram.refusals import (
    BAD_TOKEN,
    NO_METHOD,
    UNAUTHORIZED,
    RefusedError,
    bad_request,
    too_many,
)
from tests.simulators.telegram.state import Bot, Call, Fault, World


class TelegramSimulator:
    """State and routes of one Bot API server."""

    def __init__(self, rates: Rates | None = None) -> None:
        self.world = World(rates or Rates())
        self.app = Starlette(
            routes=[
                Mount("/_sim", app=Control(self.world).app),
                Route("/file/bot{token}/documents/{name}", self._file),
                Route("/bot{token}/{method}", self._call, methods=["GET", "POST"]),
            ]
        )

    async def _call(self, request: Request) -> Response:
        method = request.path_params["method"]
        try:
            bot = self._bot(request.path_params["token"])
            parameters = await _parameters(request)
        except RefusedError as refusal:
            return JSONResponse(refusal.body, refusal.code)
        response = await self._answer(bot, method, parameters)
        shown = {key: value for key, value in parameters.items() if key != "secret_token"}
        bot.calls.append(Call(method, shown, response.status_code, time.time()))
        await bot.notify()
        return response

    async def _file(self, request: Request) -> Response:
        """https://core.telegram.org/bots/api#file."""
        try:
            bot = self._bot(request.path_params["token"])
        except RefusedError as refusal:
            return JSONResponse(refusal.body, refusal.code)
        content = bot.files.get(request.path_params["name"])
        if content is None:
            return JSONResponse({"ok": False, "error_code": 404, "description": "Not Found"}, 404)
        return Response(content, media_type="application/octet-stream")

    def _bot(self, token: str) -> Bot:
        if (
            ":" not in token
            or not token.partition(":")[0].isdigit()
            or token.startswith("0")
            or len(token) > 80
        ):
            raise RefusedError(*BAD_TOKEN)
        if token not in self.world.bots:
            # https://core.telegram.org/bots/api#authorizing-your-bot: a token that @BotFather has revoked.
            raise RefusedError(*UNAUTHORIZED)
        return self.world.bots[token]

    async def _answer(self, bot: Bot, method: str, parameters: dict[str, Any]) -> Response:
        fault = take(bot.faults, lambda fault: fault.method.lower() in {method.lower(), "*"})
        if fault and not fault.after_accept:
            failure = await _fail(fault)
            if failure is not None:
                return failure
        try:
            # Method names are case-insensitive: https://core.telegram.org/bots/api#making-requests
            action = METHODS.get(method.lower())
            if action is None:
                raise RefusedError(*NO_METHOD)
            result = await action(self.world, bot, parameters)
        except RefusedError as refusal:
            headers = {}
            if "retry_after" in refusal.body.get("parameters", {}):
                headers["retry-after"] = str(refusal.body["parameters"]["retry_after"])
            return JSONResponse(refusal.body, refusal.code, headers=headers)
        if fault and fault.after_accept and (failure := await _fail(fault)) is not None:
            return failure
        return JSONResponse({"ok": True, "result": result})


async def _fail(fault: Fault) -> Response | None:
    match fault.kind:
        case "slow":
            await asyncio.sleep(fault.seconds)
            return None
        case "drop":
            return Dropped()
        case "429":
            refusal = too_many(int(fault.seconds))
        case "502":
            return Response("<html><body>502 Bad Gateway</body></html>", 502, media_type="text/html")
        case "entities":
            refusal = bad_request(
                "can't parse entities: Can't find end of the entity starting at byte offset 0"
            )
        case _:
            refusal = RefusedError(int(fault.kind), "Internal Server Error: restart")
    return JSONResponse(refusal.body, refusal.code)


async def _parameters(request: Request) -> dict[str, Any]:
    """https://core.telegram.org/bots/api#making-requests: query string, form, JSON body or multipart form."""
    parameters: dict[str, Any] = dict(request.query_params)
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        try:
            body = json.loads(await request.body() or b"{}")
        except ValueError:
            raise bad_request("can't parse JSON object") from None
        if not isinstance(body, dict):
            raise bad_request("object expected")
        return parameters | body
    if kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        async with request.form() as form:
            parameters.update(form.items())
    for key in ("allowed_updates",):
        if isinstance(parameters.get(key), str):
            try:
                parameters[key] = json.loads(parameters[key])
            except ValueError:
                raise bad_request(f"can't parse {key}") from None
    return parameters
