"""The file `bot.yaml` as a running bot reads it, on one machine and in a pod.

`charts/bot` writes it into a ConfigMap with Helm's `toRawJson`, and the local engine with `runtime_file`; a
test holds that both write the same bytes. It is JSON, which is YAML too: one line, its keys sorted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def runtime_file(data: Mapping[str, Any]) -> bytes:
    """The very bytes that the chart's ConfigMap holds for a specification's data.

    Keys whose value is null are left out, as Helm leaves them out of its values.
    """
    return _written(_without_nulls(data)).encode("utf-8") + b"\n"


def without_nulls(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data without keys whose value is null."""
    cleaned: dict[str, Any] = _without_nulls(data)
    return cleaned


def without_empty(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data without nulls and without empty sections, which say what leaving them out says.

    It is what a release file holds: a cluster makes null of a section that has become empty, and the chart
    takes no null (docs/decisions/0044).
    """
    inside = {key: without_empty(each) if isinstance(each, Mapping) else each for key, each in data.items()}
    return {key: _without_nulls(each) for key, each in inside.items() if each is not None and each != {}}


def _without_nulls(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {key: _without_nulls(value) for key, value in data.items() if value is not None}
    if isinstance(data, list | tuple):
        return [_without_nulls(value) for value in data]
    return data


def _written(data: Any) -> str:
    if isinstance(data, Mapping):
        # Go sorts keys by their bytes; for UTF-8 that is the order of code points, which is Python's.
        return "{" + ",".join(f"{_text(key)}:{_written(data[key])}" for key in sorted(data)) + "}"
    if isinstance(data, list):
        return "[" + ",".join(map(_written, data)) + "]"
    if isinstance(data, str):
        return _text(data)
    if isinstance(data, float):
        return _number(data)
    return json.dumps(data)


def _text(text: str) -> str:
    # Go escapes the two line separators, so that JSON may stand in a script, and Python does not.
    return json.dumps(text, ensure_ascii=False).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _number(number: float) -> str:
    """As Go's encoding/json: the shortest digits that read back the same, without an exponent."""
    return f"{Decimal(repr(number)).normalize():f}"
