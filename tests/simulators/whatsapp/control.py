"""The test's side under `/_sim/`: make numbers, write as a person, read what was sent, break things."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.simulators.whatsapp.state import Fault, Meta, Number


class Control:
    """`{number}` is a phone number's id."""

    def __init__(self, meta: Meta) -> None:
        self._meta = meta
        self.app = Starlette(
            routes=[
                Route("/numbers", self.create, methods=["POST"]),
                Route("/settings", self.settings, methods=["POST"]),
                Route("/numbers/{number}/say", self.say, methods=["POST"]),
                Route("/numbers/{number}/notify", self.notify, methods=["POST"]),
                Route("/numbers/{number}/media", self.media, methods=["POST"]),
                Route("/numbers/{number}/silent", self.silent, methods=["POST"]),
                Route("/numbers/{number}/sent", self.sent),
                Route("/numbers/{number}/calls", self.calls),
                Route("/numbers/{number}/deliveries", self.deliveries),
                Route("/numbers/{number}/faults", self.fault, methods=["POST"]),
                Route("/numbers/{number}/expire", self.expire, methods=["POST"]),
            ]
        )

    def _number(self, request: Request) -> Number:
        return self._meta.numbers[request.path_params["number"]]

    async def create(self, request: Request) -> JSONResponse:
        """`{beside?}`: a number, of the same app as another one → `{id, display, token, secret}`."""
        beside = (await _json(request)).get("beside")
        number = self._meta.create(self._meta.numbers[beside].app if beside else None)
        told = {"id": number.id, "display": number.display}
        return JSONResponse({**told, "token": number.app.token, "secret": number.app.secret})

    async def settings(self, request: Request) -> JSONResponse:
        """`{loopback?, retries?, seconds_a_message?}`: http of this machine; waits before each retry."""
        for name, value in (await _json(request)).items():
            setattr(self._meta, name, value)
        return JSONResponse({"ok": True})

    async def say(self, request: Request) -> JSONResponse:
        """`{person, text?, name?, content?, ago?}`: somebody writes, `ago` seconds before → `{id}`.

        A `person` with a dot is known by an id for this business alone.
        """
        number, body = self._number(request), await _json(request)
        person = str(body["person"])
        by, contact = ("from_user_id", "user_id") if "." in person else ("from", "wa_id")
        content = body.get("content") or {"type": "text", "text": {"body": body["text"]}}
        stamp = str(int(time.time() - float(body.get("ago", 0))))
        message = {by: person, "id": self._meta.message_id(), "timestamp": stamp, **content}
        self._meta.wrote(number, message)
        profile = {"profile": {"name": body.get("name", f"Person {person[-4:]}")}, contact: person}
        self._meta.notify(number, {"contacts": [profile], "messages": [message]})
        return JSONResponse({"id": message["id"]})

    async def notify(self, request: Request) -> JSONResponse:
        """`{value}`: any change of the field `messages` as it is."""
        number, value = self._number(request), (await _json(request))["value"]
        for message in value.get("messages", []):
            self._meta.wrote(number, message)
        self._meta.notify(number, value)
        return JSONResponse({"ok": True})

    async def media(self, request: Request) -> JSONResponse:
        """A file that somebody is about to send: its content as the body, `?kind=` → `{id}`."""
        name = f"{len(self._meta.media) + 2_754_859_441_498_128}"
        kind = request.query_params.get("kind", "text/plain")
        self._meta.media[name] = (self._number(request).app, await request.body(), kind)
        return JSONResponse({"id": name})

    async def silent(self, request: Request) -> JSONResponse:
        """`{person, seconds}`: so long ago this person wrote last."""
        body = await _json(request)
        self._number(request).wrote[body["person"]] = time.time() - float(body["seconds"])
        return JSONResponse({"ok": True})

    async def sent(self, request: Request) -> JSONResponse:
        """What was sent, to one `person` or all. With `count`, waits until there are as many."""
        number, person = self._number(request), request.query_params.get("person")

        def found() -> list[dict[str, Any]]:
            return [each for each in number.sent if person in (None, each["to"])]

        await self._until(request, lambda: len(found()))
        return JSONResponse(found())

    async def calls(self, request: Request) -> JSONResponse:
        number = self._number(request)
        await self._until(request, lambda: len(number.calls))
        return JSONResponse(number.calls)

    async def deliveries(self, request: Request) -> JSONResponse:
        return JSONResponse([asdict(each) for each in self._meta.deliveries(self._number(request))])

    async def fault(self, request: Request) -> JSONResponse:
        """`{path, kind, times?, seconds?, after_accept?}`; kind: 500, 502, drop, slow or Meta's number."""
        self._number(request).faults.append(Fault(**await _json(request)))
        return JSONResponse({"ok": True})

    async def expire(self, request: Request) -> JSONResponse:
        self._number(request).app.expired = True
        return JSONResponse({"ok": True})

    async def _until(self, request: Request, count: Any) -> None:
        query = request.query_params
        await self._meta.watched.until(count, int(query.get("count", 0)), float(query.get("timeout", 10)))


async def _json(request: Request) -> dict[str, Any]:
    raw = await request.body()
    return dict(await request.json()) if raw else {}
