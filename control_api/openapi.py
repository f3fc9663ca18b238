"""The OpenAPI document, from which clients are generated.

`python -m control_api.openapi > frontend/openapi.json`
"""

from __future__ import annotations

import functools
import json
import sys
from typing import Any

from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from control_api import routes
from control_api.kit.problems import FieldProblem, ProblemDetails

TITLE = "Botyard"
VERSION = "1"


@functools.cache
def document() -> dict[str, Any]:
    """The document, which is not to be changed."""
    made = get_openapi(
        title=TITLE,
        version=VERSION,
        summary="Describe a bot; it is committed, deployed and answers.",
        description="Every change of a bot is a Git commit. Errors are RFC 9457 problems.",
        routes=routes.calls(),
    )
    schemas = made["components"]["schemas"]
    _, problems = models_json_schema(
        [(ProblemDetails, "serialization"), (FieldProblem, "serialization")],
        ref_template="#/components/schemas/{model}",
    )
    schemas.update(problems["$defs"])
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    _use_problems(made["paths"])
    made["components"]["schemas"] = dict(sorted(schemas.items()))
    return made


def _use_problems(paths: dict[str, Any]) -> None:
    # FastAPI's own 422 has another shape; ours is a problem document like every error.
    for path in paths.values():
        for call in path.values():
            answer = call.get("responses", {}).get("422")
            if answer and "application/json" in answer.get("content", {}):
                reference = {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}
                answer["description"] = "The request is not valid"
                answer["content"] = {"application/problem+json": reference}


def main() -> None:
    """Writes the document to standard output."""
    json.dump(document(), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
