"""Pydantic's errors in plain sentences, for bodies and settings alike. The input is never repeated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_BY_TYPE = {
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "dict_type": "must be an object",
    "extra_forbidden": "unknown field",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "list_type": "must be a list",
    "literal_error": "must be {expected}",
    "missing": "is required",
    "model_attributes_type": "must be an object",
    "string_pattern_mismatch": "must match {pattern}",
    "string_too_long": "must be at most {max_length} characters long",
    "string_too_short": "must be at least {min_length} characters long",
    "string_type": "must be text",
    "too_long": "must have at most {max_length} entries",
    "too_short": "must have at least {min_length} entries",
}


def sentence(error: Mapping[str, Any]) -> str:
    """What an error says, in words of ours where pydantic has its own."""
    context = error.get("ctx", {})
    if error.get("type") == "json_invalid":
        return str(context.get("error", "the body is not JSON"))
    kind = str(error.get("type"))
    if isinstance(error.get("input"), str) and f"string_{kind}" in _BY_TYPE:
        # Of a text that a validator of ours has looked at, pydantic no longer says that it is one.
        kind = f"string_{kind}"
    if (ours := _BY_TYPE.get(kind)) is not None:
        return ours.format(**context)
    return str(error.get("msg", "not valid")).removeprefix("Value error, ")


def setting(error: Mapping[str, Any]) -> str:
    """The variable that is wrong, and what it must be."""
    return f"{variable(error)}: {sentence(error)}" if error.get("loc") else sentence(error)


def variable(error: Mapping[str, Any]) -> str:
    """The name of the setting in the environment."""
    return "BOTYARD_" + "_".join(str(part) for part in error.get("loc", ())).upper()
