"""The OpenAPI document, from which clients are generated.

`python -m control_api.openapi > frontend/openapi.json`
"""

from __future__ import annotations

import json
import sys
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic.json_schema import models_json_schema

from control_api.kit.problems import FieldProblem, ProblemDetails

TITLE = "Botyard"
VERSION = "1"


def operation_id(route: APIRoute) -> str:
    """The function's name: unique among ours, and a good name for a generated client."""
    return route.name


def install(app: FastAPI) -> None:
    """Lets the application answer with our document."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=TITLE,
        version=VERSION,
        summary="Describe a bot; it is committed, deployed and answers.",
        description="Every change of a bot is a Git commit. Errors are RFC 9457 problems.",
        routes=app.routes,
    )
    schemas = document["components"]["schemas"]
    _, problems = models_json_schema(
        [(ProblemDetails, "serialization"), (FieldProblem, "serialization")],
        ref_template="#/components/schemas/{model}",
    )
    schemas.update(problems["$defs"])
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    _use_problems(document)
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    return document


def _use_problems(document: dict[str, Any]) -> None:
    # FastAPI's own 422 has another shape; ours is a problem document like every error.
    for path in document["paths"].values():
        for call in path.values():
            answer = call.get("responses", {}).get("422")
            if answer and "application/json" in answer.get("content", {}):
                reference = {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}
                answer["description"] = "The request is not valid"
                answer["content"] = {"application/problem+json": reference}


def main() -> None:
    """Writes the document to standard output."""
    from control_api.app import create_app
    from control_api.settings import load_settings

    json.dump(create_app(load_settings()).openapi(), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
