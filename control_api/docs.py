"""`/api/v1/openapi.json`, and `/api/v1/docs`: the calls on one page, made from it, without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse

router = APIRouter(include_in_schema=False)


@router.get("/api/v1/openapi.json")
async def read_openapi(request: Request) -> JSONResponse:
    """The OpenAPI document."""
    return JSONResponse(request.app.openapi())


@router.get("/api/v1/docs")
async def read_docs(request: Request) -> HTMLResponse:
    """The page."""
    return HTMLResponse(_page(request.app.openapi()))


def _page(document: dict[str, Any]) -> str:
    info = document["info"]
    calls = "\n".join(_calls(document))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(info['title'])} API</title></head><body><h1>{escape(info['title'])} API</h1>"
        f"<p>{escape(info['summary'])} {escape(info['description'])}</p>"
        '<p><a href="/api/v1/openapi.json">The OpenAPI document</a> has every field.</p>'
        f"<table><thead><tr><th>Call</th><th>Path</th><th>Does</th><th>Answers</th></tr></thead>{calls}</table>"
        "</body></html>"
    )


def _calls(document: dict[str, Any]) -> Iterator[str]:
    for path, calls in document["paths"].items():
        for method, call in calls.items():
            answers = ", ".join(sorted(call["responses"]))
            cells = (method.upper(), path, call.get("summary", ""), answers)
            yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
