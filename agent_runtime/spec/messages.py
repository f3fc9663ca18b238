"""Turns pydantic's errors into problems that name the place, the cause and the nearest known word."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from agent_runtime.spec.problems import Problem, pointer

_WANTED = {
    "string_type": "must be text; put it in quotes",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number, without quotes",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "dict_type": "must be an object of names and values",
    "missing": "is required",
}
_LIMITS = {
    "greater_than_equal": "must be at least {limit}",
    "less_than_equal": "must be at most {limit}",
    "string_too_long": "must be at most {limit} characters long",
    "string_too_short": "must be at least {limit} characters long",
}


def problem_of(error: ErrorDetails, model: type[BaseModel]) -> Problem:
    """The problem that a validation error of the model stands for. The value is never repeated."""
    loc = tuple(part for part in error["loc"] if part != "[key]")
    return Problem(pointer(*loc), _detail(error, model))


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean temperature?`, or which words there are, or nothing when they are too many."""
    words = sorted(known)
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]}?"
    return f"; known here: {', '.join(words)}" if words else ""


def _detail(error: ErrorDetails, model: type[BaseModel]) -> str:
    kind = error["type"]
    context = error.get("ctx", {})
    if kind == "extra_forbidden":
        return "unknown key" + nearest(str(error["loc"][-1])[:100], _keys_at(model, error["loc"][:-1]))
    if kind == "literal_error":
        return _choice(error)
    if kind in ("model_type", "model_attributes_type"):
        return _object_wanted(model, error["loc"])
    if kind in ("too_long", "too_short"):
        bound = "at most" if kind == "too_long" else "at least"
        return f"must have {bound} {context['max_length' if kind == 'too_long' else 'min_length']} entries"
    if kind == "botyard":
        return str(context["detail"])
    if kind in _LIMITS:
        return _LIMITS[kind].format(limit=_plain(next(iter(context.values()))))
    return _WANTED.get(kind, error["msg"][:1].lower() + error["msg"][1:])


def _plain(limit: float) -> str:
    return f"{limit:,.0f}" if limit == int(limit) else str(limit)


def _choice(error: ErrorDetails) -> str:
    expected = str(error["ctx"]["expected"]).replace(" or ", ", ").replace("'", "").split(", ")
    listed = " or ".join(filter(None, [", ".join(expected[:-1]), expected[-1]]))
    written = error["input"]
    close = difflib.get_close_matches(written, expected, n=1) if isinstance(written, str) else []
    return f"must be {listed}" + (f"; did you mean {close[0]}?" if close else "")


def _object_wanted(model: type[BaseModel], loc: tuple[int | str, ...]) -> str:
    keys = _keys_at(model, loc)
    if keys == ["secret"]:
        return (
            "must be {secret: NAME}; a secret is named here, its value is given apart and never written here"
        )
    return f"must be an object with {', '.join(keys)}"


def _keys_at(model: type[BaseModel], loc: Iterable[int | str]) -> list[str]:
    here: Any = model
    for part in loc:
        here = _inside(here, part)
    return list(here.model_fields) if isinstance(here, type) and issubclass(here, BaseModel) else []


def _inside(kind: Any, part: int | str) -> Any:
    """The model behind a field's or an entry's annotation, past `None`, lists and objects."""
    if isinstance(part, int):
        return kind
    field = kind.model_fields.get(part) if isinstance(kind, type) and issubclass(kind, BaseModel) else None
    return _model_in(field.annotation) if field else None


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (dict, Mapping):
        return None
    return next((found for each in get_args(annotation) if (found := _model_in(each))), None)
