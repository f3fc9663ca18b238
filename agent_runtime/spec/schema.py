"""The JSON schemas of the bot specification and of owner files, made from their models.

They are closed and hold every limit that a schema can say. What needs more (what a provider asks for, ranges
of quantities, dates that exist) is checked by `parse_spec` and `read_owner` alone.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from agent_runtime.spec.bot import BotSpec
from agent_runtime.spec.names import SEALED_PATTERN
from agent_runtime.spec.owner import OwnerSpec

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """The schema of a specification's data. A key with a default may be null, which is leaving it out."""
    schema = _schema(BotSpec, null_is_left_out=True)
    return {"$schema": _DIALECT, "title": "Botyard bot specification", **schema}


def owner_schema() -> dict[str, Any]:
    """The schema of an `owner.yaml`."""
    schema = _schema(OwnerSpec, null_is_left_out=True)
    return {"$schema": _DIALECT, "title": "Botyard owner file", **schema}


def values_schema() -> dict[str, Any]:
    """The schema of the values of `charts/bot`: the specification and its secrets' digests, nothing else."""
    spec = _schema(BotSpec, null_is_left_out=False)
    definitions = spec.pop("$defs")
    return {
        "$schema": _DIALECT,
        "title": "Values of the chart bot",
        "type": "object",
        "additionalProperties": False,
        "required": ["bot"],
        "properties": {
            "bot": spec,
            "secrets": {
                "description": "The digest of each sealed secret; a changed one restarts the bot.",
                "type": "object",
                "propertyNames": {"pattern": SEALED_PATTERN},
                "additionalProperties": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"},
            },
        },
        "$defs": definitions,
    }


def _schema(model: type[BaseModel], *, null_is_left_out: bool) -> dict[str, Any]:
    schema = model.model_json_schema()
    for part in (schema, *schema["$defs"].values()):
        part.pop("title", None)
        required = part.get("required", [])
        for key, value in part["properties"].items():
            nullable = null_is_left_out and key not in required
            part["properties"][key] = _tidied(value, nullable=nullable)
    return schema


def _tidied(value: dict[str, Any], *, nullable: bool) -> dict[str, Any]:
    """A property without titles made of its own name, and null said once, in one way, or not at all."""
    kept = {key: each for key, each in value.items() if key not in ("title", "anyOf")}
    choices = [each for each in value.get("anyOf", []) if each != {"type": "null"}]
    assert len(choices) <= 1, "a property has one kind of value"
    kept.update(*choices)
    if kept.get("default", ...) is None or "$ref" in kept:
        # A part's defaults stand with its own keys.
        kept.pop("default", None)
    if "patternProperties" in kept:
        kept["additionalProperties"] = False
    if not nullable:
        return kept
    if "$ref" in kept:
        reference = kept.pop("$ref")
        return {**kept, "anyOf": [{"$ref": reference}, {"type": "null"}]}
    kept["type"] = [kept["type"], "null"]
    if "enum" in kept:
        kept["enum"] = [*kept["enum"], None]
    if "const" in kept:
        kept["enum"] = [kept.pop("const"), None]
    return kept
