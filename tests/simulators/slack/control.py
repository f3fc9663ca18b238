"""The test's side under `/_sim/`: make apps, speak as a person, read what an app sent, break things."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.simulators.slack.state import App, Channel, Fault, Workspace


class Control:
    """`{app}` is a token."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.app = Starlette(
            routes=[
                Route("/apps", self.create, methods=["POST"]),
                Route("/settings", self.settings, methods=["POST"]),
                Route("/channels", self.channel, methods=["POST"]),
                Route("/apps/{app}/request-url", self.request_url, methods=["POST"]),
                Route("/apps/{app}/say", self.say, methods=["POST"]),
                Route("/apps/{app}/event", self.event, methods=["POST"]),
                Route("/apps/{app}/file", self.file, methods=["POST"]),
                Route("/apps/{app}/sent", self.sent),
                Route("/apps/{app}/calls", self.calls),
                Route("/apps/{app}/deliveries", self.deliveries),
                Route("/apps/{app}/faults", self.fault, methods=["POST"]),
                Route("/apps/{app}/revoke", self.revoke, methods=["POST"]),
            ]
        )

    def _app(self, request: Request) -> App:
        return self._workspace.apps[request.path_params["app"]]

    async def create(self, request: Request) -> JSONResponse:
        """`{reads_users?}` → `{token, signing_secret, user, bot}`."""
        app = self._workspace.create()
        raw = await request.body()
        app.reads_users = bool((await request.json() if raw else {}).get("reads_users", True))
        told = ("token", "signing_secret", "user", "bot")
        return JSONResponse({name: getattr(app, name) for name in told})

    async def settings(self, request: Request) -> JSONResponse:
        """`{loopback?, retries?, seconds_a_message?}`: http of this machine; waits before each retry."""
        for name, value in (await request.json()).items():
            setattr(self._workspace, name, value)
        return JSONResponse({"ok": True})

    async def channel(self, request: Request) -> JSONResponse:
        """`{id, members, archived?}`: a channel; an app is in it where its user is."""
        body = await request.json()
        channel = Channel(
            body["id"], members=set(body["members"]), archived=bool(body.get("archived", False))
        )
        self._workspace.channels[channel.id] = channel
        return JSONResponse({"ok": True})

    async def request_url(self, request: Request) -> JSONResponse:
        """`{url}`, as its owner sets it on the app's page → `{error}`, null once Slack has verified it."""
        url = str((await request.json())["url"])
        return JSONResponse({"error": await self._workspace.set_request_url(self._app(request), url)})

    async def say(self, request: Request) -> JSONResponse:
        """`{user, text, channel?, thread?, files?}`: in a DM, or in a channel; → `{ts, channel, events}`.

        In a channel the app hears of a message that mentions it, and of no other.
        """
        app, body = self._app(request), await request.json()
        where = body.get("channel")
        channel = self._workspace.channels[where] if where else self._workspace.dm(app, body["user"])
        event: dict[str, Any] = {
            "user": body["user"],
            "text": body["text"],
            "ts": self._workspace.stamp(),
            "channel": channel.id,
            "team": "T0SIMULATED",
        }
        event["event_ts"] = event["ts"]
        if body.get("thread"):
            event["thread_ts"] = body["thread"]
        if body.get("files"):
            event |= {"files": body["files"], "subtype": "file_share"}
        events = []
        if channel.im:
            events = [self._workspace.event(app, {"type": "message", "channel_type": "im", **event})]
        elif f"<@{app.user}>" in body["text"]:
            event.pop("subtype", None)
            events = [self._workspace.event(app, {"type": "app_mention", **event})]
        return JSONResponse({"ts": event["ts"], "channel": channel.id, "events": events})

    async def event(self, request: Request) -> JSONResponse:
        """`{event, event_id?}`: any event as it is."""
        body = await request.json()
        return JSONResponse(
            {"event_id": self._workspace.event(self._app(request), body["event"], body.get("event_id"))}
        )

    async def file(self, request: Request) -> JSONResponse:
        """A file that somebody is about to send: its content as the body, `?name=` → a file object."""
        app, content = self._app(request), await request.body()
        number = f"F{len(app.files)}"
        app.files[number] = content
        url = str(request.base_url).removesuffix("/_sim/").rstrip("/") + f"/files/{number}"
        return JSONResponse(
            {
                "id": number,
                "name": request.query_params.get("name", "file"),
                "size": len(content),
                "url_private": url,
                "url_private_download": url,
            }
        )

    async def sent(self, request: Request) -> JSONResponse:
        """What the app sent, in one `channel` or all. With `count`, waits until there are as many."""
        app, channel = self._app(request), request.query_params.get("channel")

        def found() -> list[dict[str, Any]]:
            return [each for each in app.sent if channel in (None, each["channel"])]

        await self._until(request, lambda: len(found()))
        return JSONResponse(found())

    async def calls(self, request: Request) -> JSONResponse:
        app, method = self._app(request), request.query_params.get("method")

        def found() -> list[dict[str, Any]]:
            return [each for each in app.calls if method in (None, each["method"])]

        await self._until(request, lambda: len(found()))
        return JSONResponse(found())

    async def deliveries(self, request: Request) -> JSONResponse:
        return JSONResponse([asdict(each) for each in self._workspace.deliveries(self._app(request))])

    async def fault(self, request: Request) -> JSONResponse:
        """`{method, kind, times?, seconds?, after_accept?}`; kind: 500, 429, slow, drop or Slack's error."""
        self._app(request).faults.append(Fault(**await request.json()))
        return JSONResponse({"ok": True})

    async def revoke(self, request: Request) -> JSONResponse:
        self._app(request).revoked = True
        return JSONResponse({"ok": True})

    async def _until(self, request: Request, count: Any) -> None:
        query = request.query_params
        await self._workspace.watched.until(
            count, int(query.get("count", 0)), float(query.get("timeout", 10))
        )
