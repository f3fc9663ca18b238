"""Data as an expression in CEL, the language of admission policies (https://github.com/google/cel-spec)."""

from __future__ import annotations

import json
from typing import Any


class Expression(str):
    """A text that stands in data for an expression, and not for itself."""


def literal(data: Any) -> str:
    """An expression whose value is the data.

    Kubernetes takes lists and maps of one type only, so that everything in them is said to be of any type.
    """
    if isinstance(data, Expression):
        return str(data)
    if isinstance(data, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {_any(value)}" for key, value in data.items()) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(map(_any, data)) + "]"
    return json.dumps(data)


def _any(data: Any) -> str:
    return f"dyn({literal(data)})"
