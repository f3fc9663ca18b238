"""The server: `/api/<method>` for apps, `/_sim/` for the test."""

from __future__ import annotations

import asyncio
import json
import math
import time
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from tests.simulators.faults import Dropped, take
from tests.simulators.slack.control import Control
from tests.simulators.slack.methods import METHODS, LimitedError, SlackError
from tests.simulators.slack.state import App, Fault, Workspace


class SlackSimulator:
    """State and routes of one Slack."""

    def __init__(self) -> None:
        self.workspace = Workspace()
        self.app = Starlette(
            routes=[
                Mount("/_sim", app=Control(self.workspace).app),
                Route("/api/{method}", self._call, methods=["GET", "POST"]),
                Route("/files/{name}", self._file),
            ]
        )

    async def _call(self, request: Request) -> Response:
        method = request.path_params["method"]
        try:
            app, arguments = self._app(request), await _arguments(request)
        except SlackError as error:
            # https://docs.slack.dev/apis/web-api#responses: errors of Slack's own come with HTTP 200.
            return JSONResponse({"ok": False, "error": str(error)})
        answer = await self._answer(app, method, arguments)
        call = {"method": method, "arguments": arguments, "status": answer.status_code, "at": time.time()}
        app.calls.append(call)
        await self.workspace.watched.changed()
        return answer

    def _app(self, request: Request) -> App:
        """https://docs.slack.dev/authentication/tokens: the token in the Authorization header."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind != "Bearer" or not token:
            raise SlackError("not_authed")
        app = self.workspace.apps.get(token)
        if app is None:
            raise SlackError("invalid_auth")
        if app.revoked:
            raise SlackError("token_revoked")
        return app

    async def _answer(self, app: App, method: str, arguments: dict[str, Any]) -> Response:
        fault = take(app.faults, lambda fault: fault.method in (method, "*"))
        if fault is not None and not fault.after_accept and (failure := await _fail(fault)) is not None:
            return failure
        try:
            action = METHODS.get(method)
            if action is None:
                raise SlackError("unknown_method")
            result = action(self.workspace, app, arguments)
        except SlackError as error:
            return JSONResponse({"ok": False, "error": str(error)})
        except LimitedError as error:
            return _limited(error.seconds)
        if fault is not None and fault.after_accept and (failure := await _fail(fault)) is not None:
            return failure
        return JSONResponse({"ok": True, **result})

    async def _file(self, request: Request) -> Response:
        """https://docs.slack.dev/reference/objects/file-object: `url_private` wants the token."""
        try:
            app = self._app(request)
        except SlackError:
            return Response("<html>sign in</html>", 302, {"location": "/signin"})
        content = app.files.get(request.path_params["name"])
        return Response(content) if content is not None else Response("", 404)


async def _fail(fault: Fault) -> Response | None:
    match fault.kind:
        case "slow":
            await asyncio.sleep(fault.seconds)
            return None
        case "drop":
            return Dropped()
        case "429":
            return _limited(fault.seconds)
        case "500":
            return Response("<html>500</html>", 500, media_type="text/html")
    return JSONResponse({"ok": False, "error": fault.kind})


def _limited(seconds: float) -> Response:
    headers = {"retry-after": str(max(1, math.ceil(seconds)))}
    return JSONResponse({"ok": False, "error": "ratelimited"}, 429, headers)


async def _arguments(request: Request) -> dict[str, Any]:
    """https://docs.slack.dev/apis/web-api#basics: a query, a form or JSON."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        async with request.form() as form:
            return {**request.query_params, **form}
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(body, dict):
        raise SlackError("json_not_object")
    return body
