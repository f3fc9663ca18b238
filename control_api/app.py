"""The application: `create_app(settings)`. Nothing is opened before its lifespan begins."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import PlainTextResponse
from starlette.exceptions import HTTPException

from control_api import openapi, routes
from control_api.kit import handlers
from control_api.kit.gate import Gate
from control_api.kit.problems import NotFoundError
from control_api.lifespan import EngineMaker, engine_of, running
from control_api.page_files import PageFiles
from control_api.settings import ControlSettings

_NO_PAGE = "Botyard runs, but its page is not built. `make up` builds it; `botyard list` works without.\n"


def create_app(settings: ControlSettings, make_engine: EngineMaker = engine_of) -> FastAPI:
    """The control API for these settings."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with running(settings, make_engine) as platform:
            app.state.platform = platform
            yield

    app = FastAPI(
        routes=list(routes.calls()),
        lifespan=lifespan,
        openapi_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.add_middleware(PageFiles, folder=settings.frontend)
    app.add_middleware(Gate, settings=settings)
    handlers.install(app)
    app.openapi = openapi.document  # type: ignore[method-assign]
    app.include_router(_nothing_else())
    _serve_page(app, settings)
    return app


def _nothing_else() -> APIRouter:
    # Without it an unknown call would be answered with the page.
    router = APIRouter(include_in_schema=False)

    @router.api_route("/api/{rest:path}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
    async def unknown(rest: str, request: Request) -> None:
        if allowed := sorted(_methods(request)):
            raise HTTPException(405, headers={"Allow": ", ".join(allowed)})
        raise NotFoundError("call")

    return router


def _methods(request: Request) -> set[str]:
    """By which methods there are calls at the request's path."""
    path = request.url.path
    return {
        method.upper()
        for template, calls in request.app.openapi()["paths"].items()
        if re.fullmatch(re.sub(r"\\{[^/]+\\}", "[^/]+", re.escape(template)), path)
        for method in calls
    }


def _serve_page(app: FastAPI, settings: ControlSettings) -> None:
    if (settings.frontend / "index.html").is_file():
        # Only what is no file gets here: an address that somebody typed leads to the page.
        app.frontend("/", directory=settings.frontend, fallback="index.html", check_dir=False)
        return

    @app.get("/", include_in_schema=False)
    async def no_page() -> PlainTextResponse:
        return PlainTextResponse(_NO_PAGE)
