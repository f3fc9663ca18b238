"""What the format knows and this version of Botyard does not do yet: refused, never silently accepted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agent_runtime.spec.problems import Problem, pointer

LATER_PROVIDERS = ("azure", "anthropic", "gemini", "bedrock", "huggingface")

_PREFIX = "not available yet: "
_PROVIDER = (
    _PREFIX + "use embedded, openai or openai-compatible (most providers offer an OpenAI-compatible address)"
)


def not_available(data: Mapping[str, Any]) -> Iterator[Problem]:
    """A problem for each part of the data that is not built yet. Wrong types are left to the model."""
    model = _object(data.get("model"))
    for path, choice in _models(model):
        if choice.get("provider") in LATER_PROVIDERS:
            yield Problem(pointer(*path, "provider"), _PROVIDER)
    for key in ("tools", "knowledge"):
        if data.get(key):
            yield Problem(pointer(key), f"{_PREFIX}leave {key} out")
    for key in ("min_replicas", "max_replicas"):
        count = _object(data.get("scaling")).get(key)
        if isinstance(count, int) and not isinstance(count, bool) and count > 1:
            yield Problem(pointer("scaling", key), f"{_PREFIX}a bot runs as one copy; leave it out or say 1")
    if isinstance(data.get("cluster"), str) and data["cluster"] != "local":
        yield Problem("/cluster", f"{_PREFIX}the one cluster is local; leave cluster out")


def _models(model: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    yield ("model",), model
    fallbacks = model.get("fallbacks")
    if isinstance(fallbacks, Sequence) and not isinstance(fallbacks, str):
        for index, fallback in enumerate(fallbacks):
            yield ("model", "fallbacks", index), _object(fallback)


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
