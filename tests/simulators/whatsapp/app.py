"""The server: `/v24.0/…` for businesses, `/_sim/` for the test."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from tests.simulators.faults import Dropped, take
from tests.simulators.whatsapp import graph
from tests.simulators.whatsapp.control import Control
from tests.simulators.whatsapp.graph import GraphError
from tests.simulators.whatsapp.state import App, Fault, Meta, Number


class WhatsAppSimulator:
    """State and routes of one Meta."""

    def __init__(self) -> None:
        self.meta = Meta()
        self.app = Starlette(
            routes=[
                Mount("/_sim", app=Control(self.meta).app),
                Route("/v24.0/{id}", self._object, methods=["GET", "POST"]),
                Route("/v24.0/{id}/messages", self._object, methods=["POST"]),
                Route("/media/{id}", self._media),
            ]
        )

    def _app(self, request: Request) -> App:
        """https://developers.facebook.com/docs/graph-api/guides/error-handling#errorcodes: 190."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        apps = {number.app.token: number.app for number in self.meta.numbers.values()}
        if kind != "Bearer" or token not in apps:
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token", 401)
        if apps[token].expired:
            raise GraphError(190, "Error validating access token: Session has expired", 401)
        return apps[token]

    async def _object(self, request: Request) -> Response:
        number = self.meta.numbers.get(request.path_params["id"])
        body: dict[str, Any] = {}
        try:
            app = self._app(request)
            if number is None and request.method == "GET" and request.path_params["id"] in self.meta.media:
                return JSONResponse(self._about(request, app))
            if number is None or number.app is not app:
                raise GraphError(100, f"Unsupported request: '{request.path_params['id']}' does not exist")
            body = await _body(request)
            answer = await self._answer(request, number, body)
        except GraphError as error:
            answer = JSONResponse(error.body, error.status)
        if number is not None:
            path = request.url.path.removeprefix("/v24.0/")
            shown = {key: value for key, value in body.items() if key != "webhook_configuration"}
            number.calls.append(
                {"path": path, "body": shown, "status": answer.status_code, "at": time.time()}
            )
        await self.meta.watched.changed()
        return answer

    async def _answer(self, request: Request, number: Number, body: dict[str, Any]) -> Response:
        fault = take(number.faults, lambda fault: request.url.path.endswith(fault.path))
        if fault is not None and not fault.after_accept and (failure := await _fail(fault)) is not None:
            return failure
        if request.url.path.endswith("/messages"):
            result = graph.send(self.meta, number, body)
        elif request.method == "POST":
            result = await graph.set_webhook(self.meta, number, body)
        else:
            result = graph.read_number(number, request.query_params.get("fields", ""))
        if fault is not None and fault.after_accept and (failure := await _fail(fault)) is not None:
            return failure
        return JSONResponse(result)

    def _about(self, request: Request, app: App) -> dict[str, Any]:
        """https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media: good for five minutes."""
        name = request.path_params["id"]
        owner, content, kind = self.meta.media[name]
        if owner is not app:
            raise GraphError(100, "Unsupported get request")
        return {
            "messaging_product": "whatsapp",
            "url": f"{str(request.base_url).rstrip('/')}/media/{name}",
            "mime_type": kind,
            "sha256": hashlib.sha256(content).hexdigest(),
            "file_size": len(content),
            "id": name,
        }

    async def _media(self, request: Request) -> Response:
        try:
            app = self._app(request)
        except GraphError as error:
            return JSONResponse(error.body, error.status)
        owner, content, kind = self.meta.media[request.path_params["id"]]
        return Response(content, media_type=kind) if owner is app else Response("", 404)


async def _fail(fault: Fault) -> Response | None:
    match fault.kind:
        case "slow":
            await asyncio.sleep(fault.seconds)
            return None
        case "drop":
            return Dropped()
        case "500":
            raise GraphError(131000, "Something went wrong", 500)
        case "502":
            return Response("<html>502</html>", 502, media_type="text/html")
    raise GraphError(int(fault.kind), "as the test wants it")


async def _body(request: Request) -> dict[str, Any]:
    raw = await request.body()
    try:
        body = json.loads(raw or b"{}")
    except ValueError:
        raise GraphError(100, "Invalid JSON") from None
    if not isinstance(body, dict):
        raise GraphError(100, "Invalid parameter")
    return body
