"""The engine's own small API on `engine.sock`: a nudge, a stream of what is applied, a health check."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel

from agent_runtime.hive_client import HiveClient
from agent_runtime.supervisor import ready
from gitops.local.engine import Engine
from gitops.local.settings import EngineSettings


class Nudge(BaseModel):
    """What has been pushed, as far as the caller knows. The engine looks at every branch."""

    branch: str | None = None
    commit: str | None = None


def create_app(settings: EngineSettings | None = None) -> FastAPI:
    """The app; its lifespan runs the engine."""
    settings = settings or EngineSettings()

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        async with HiveClient(settings.places.socket("hive")) as hive:
            engine = app.state.engine = Engine(settings, hive)
            task = app.state.task = asyncio.create_task(engine.run())
            ready()
            try:
                yield
            finally:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
                await engine.aclose()

    app = FastAPI(title="Botyard engine", lifespan=running, docs_url=None, redoc_url=None, openapi_url=None)

    @app.post("/sync", status_code=202)
    async def sync(nudge: Nudge | None = None) -> None:
        app.state.engine.nudge()

    @app.get("/events", response_class=EventSourceResponse)
    async def events() -> AsyncIterator[ServerSentEvent]:
        async for event in app.state.engine.feed.listen():
            yield ServerSentEvent(event=event.name, data=event.data)

    @app.get("/healthz")
    async def healthy(response: Response) -> dict[str, bool]:
        alive = not app.state.task.done()
        response.status_code = 200 if alive else 503
        return {"ok": alive}

    return app
