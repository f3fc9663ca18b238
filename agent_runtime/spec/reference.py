"""The reference page of the bot specification, made from its JSON schema."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

import yaml

from agent_runtime.spec.availability import LATER_PROVIDERS
from agent_runtime.spec.names import NAME_RULE, SEALED_RULE, VARIABLE_RULE
from agent_runtime.spec.parse import LARGEST_SPEC
from agent_runtime.spec.schema import json_schema

_EXAMPLE = """\
version: 1
name: support
description: Answers questions about orders
instructions: |
  You are the support assistant of a small bookshop.
  Answer in the language of the question, in at most five sentences.
model:
  provider: openai
  name: gpt-4o-mini
  key: {secret: OPENAI_API_KEY}
  fallbacks:
    - provider: embedded
channels:
  telegram: {token: {secret: TELEGRAM_TOKEN}}
access: {policy: pairing}
budget: {usd_per_day: 0.5}
environment: {STORE: eu}
"""

_INTRODUCTION = f"""\
<!-- Made by `python -m agent_runtime.spec.generate`; edit agent_runtime/spec instead. -->

# Bot specification

A bot is described by one file, `bot.yaml`, or by the same object as JSON in the API's `spec`. Three keys
are required: `version`, `name` and `instructions`. Everything else has a default; the default model is the
small demo brain on the machine itself, which needs no key.

```yaml
{_EXAMPLE}```

The smallest one:

```yaml
version: 1
name: hello
instructions: You greet people kindly and briefly.
```

[bot.schema.json](bot.schema.json) is the same as a JSON schema, with which editors complete and check
`bot.yaml`.
"""

_RULES = f"""\
## Rules for the whole file

- Text is data. `{{{{ … }}}}`, `${{NAME}}` and `%` in it mean nothing and reach the bot as they are.
- Secrets are named here and never written here: `{{secret: OPENAI_API_KEY}}`. Values are given apart, in the
  API's `secrets`, sealed before they are stored, and never shown again.
- A key without a value (`cluster:`) or with `null` is the same as leaving it out.
- An unknown key is an error that names the nearest known one.
- What this version of Botyard does not do yet is refused as `not available yet`: the providers
  {", ".join(f"`{name}`" for name in LATER_PROVIDERS)}, `tools`, `knowledge`,
  more than one replica, and other clusters than `local`.
- The whole specification is at most {LARGEST_SPEC // 1024} KiB.
- The file is UTF-8 YAML: one document, without anchors, aliases, tags, merge keys or repeated keys. Unquoted
  values that readers of YAML take for different things (`yes`, `1e3`, `0o17`, `12:30:00`, `1_000`, dates) are
  refused: put them in quotes.
- Control characters other than tab and line feed, byte-order marks and halves of surrogate pairs are refused.
  A Unicode line separator is written as `"\\u2028"` in double quotes.

## Names

| name of | rule |
|---|---|
| owners and bots | {NAME_RULE} |
| secrets | {SEALED_RULE} |
| variables of `environment` | {VARIABLE_RULE} |
"""


def reference_page() -> str:
    """The whole page, as Markdown."""
    return "\n".join([_INTRODUCTION, *sections(json_schema()), _RULES])


def sections(schema: dict[str, Any], besides: Collection[str] = ()) -> list[str]:
    """A table of the keys of a schema and of each part in it, but for the parts that are named `besides`."""
    definitions = schema["$defs"]
    parts = [_section("Keys", schema, definitions, None)]
    for path, part in _nested(definitions, schema, ""):
        if not any(path == each or path.startswith(f"{each}.") for each in besides):
            parts.append(_section(f"`{path}`", part, definitions, part.get("description")))
    return parts


def _nested(
    definitions: dict[str, Any], part: dict[str, Any], path: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each part inside a part, with its path, in the order of the keys, but for references to secrets."""
    for key, value in part["properties"].items():
        for name, suffix in _references(value):
            inner = definitions[name]
            if name != "SecretRef":
                here = f"{path}{key}{suffix}"
                yield here, inner
                yield from _nested(definitions, inner, f"{here}.")


def _references(value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for choice in (value, *value.get("anyOf", [])):
        if "$ref" in choice:
            yield choice["$ref"].rpartition("/")[2], ""
    if "$ref" in value.get("items", {}):
        yield value["items"]["$ref"].rpartition("/")[2], "[]"


def _section(title: str, part: dict[str, Any], definitions: dict[str, Any], description: str | None) -> str:
    lines = [f"## {title}", ""]
    if description:
        lines += [description, ""]
    lines += ["| key | kind | default | meaning | example |", "|---|---|---|---|---|"]
    required = part.get("required", [])
    for key, value in part["properties"].items():
        default = "**required**" if key in required else _default(value)
        cells = [f"`{key}`", _kind(value), default, _meaning(value, definitions), _example(value)]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _meaning(value: dict[str, Any], definitions: dict[str, Any]) -> str:
    if "description" in value:
        return str(value["description"])
    return next((str(definitions[name]["description"]) for name, _ in _references(value)), "")


def _default(value: dict[str, Any]) -> str:
    if "default" not in value:
        return (
            "see below"
            if any(name not in ("SecretRef", "Telegram") for name, _ in _references(value))
            else "none"
        )
    return "empty" if value["default"] in ("", [], {}) else f"`{json.dumps(value['default'])}`"


def _kind(value: dict[str, Any]) -> str:
    names = [name for name, suffix in _references(value) if not suffix]
    if names == ["SecretRef"]:
        return "`{secret: NAME}`"
    if names:
        return "object"
    choices = [json.dumps(each) for each in value.get("enum", []) if each is not None]
    if choices:
        return " or ".join(f"`{choice}`".replace('"', "") for choice in choices)
    kinds = value["type"] if isinstance(value["type"], list) else [value["type"]]
    return _limited(next(kind for kind in kinds if kind != "null"), value)


def _limited(kind: str, value: dict[str, Any]) -> str:
    words = {
        "string": "text",
        "integer": "whole number",
        "number": "number",
        "array": "list",
        "object": "object",
        "boolean": "`true` or `false`",
    }
    said = words[kind]
    if "minimum" in value and value["minimum"] == value["maximum"]:
        return f"`{value['minimum']}`"
    if "minimum" in value:
        return f"{said}, {value['minimum']:,} to {value['maximum']:,}"
    for limit, unit in (("maxLength", "characters"), ("maxItems", "entries"), ("maxProperties", "entries")):
        if limit in value:
            return f"{said}, at most {value[limit]:,} {unit}" if value[limit] else f"{said}, empty"
    return said


def _example(value: dict[str, Any]) -> str:
    examples = value.get("examples", [])
    if not examples:
        return ""
    text = yaml.safe_dump(examples[0], default_flow_style=True, width=1000).removesuffix("...\n").strip()
    return f"`{text}`"
