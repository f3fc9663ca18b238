"""`model`: one line of a provider and a model's name, such as `OpenAI gpt-4o`."""

from __future__ import annotations

import re
from typing import Any

from agent_runtime.spec.agent_config.report import Report, leftovers
from agent_runtime.spec.bot import EMBEDDED_MODEL

_PROVIDERS = {
    "openai": "openai",
    "open ai": "openai",
    "openai compatible": "openai-compatible",
    "ollama": "openai-compatible",
    "azure": "azure",
    "azure openai": "azure",
    "anthropic": "anthropic",
    "claude": "anthropic",
    "google": "gemini",
    "gemini": "gemini",
    "google gemini": "gemini",
    "bedrock": "bedrock",
    "aws bedrock": "bedrock",
    "amazon bedrock": "bedrock",
    "huggingface": "huggingface",
    "hugging face": "huggingface",
    "embedded": "embedded",
}
_OPENAIS = re.compile(r"(gpt-|chatgpt|o[1-9]\b)")
_OLLAMA = "http://127.0.0.1:11434/v1"
_OPTIONS = ("provider", "name", "model", "temperature", "max_tokens", "base_url")
_PLACE = "/model"


def convert_model(report: Report, model: Any, names: list[str]) -> None:
    """Puts the model; `names` are the secrets that `env` names, one of which may be its key."""
    if model is None:
        report.remark("", "has no model, so the small demo brain answers; set model in bot.yaml")
    elif isinstance(model, str):
        _put(report, *_split(model), names)
    elif isinstance(model, dict):
        name = model.get("name", model.get("model", ""))
        provider = model.get("provider", "")
        _put(report, *_split(f"{provider} {name}".strip()), names)
        for old, new in (("temperature", "temperature"), ("max_tokens", "max_output_tokens")):
            if model.get(old) is not None:
                report.put(f"{_PLACE}/{old}", model[old], "model", new)
        if model.get("base_url") is not None:
            report.put(f"{_PLACE}/base_url", model["base_url"], "model", "base_url")
        leftovers(report, _PLACE, model, _OPTIONS)
    else:
        report.remark(_PLACE, 'was left out: it must be text such as "OpenAI gpt-4o"; set model in bot.yaml')


def _split(text: str) -> tuple[str | None, str]:
    """Provider and name. The longest words that name a provider are it; the rest is the model's name."""
    words = re.split(r"[\s:/]+", text.strip())
    for count in range(min(2, len(words)), 0, -1):
        known = _PROVIDERS.get(" ".join(words[:count]).lower().replace("-", " "))
        if known is not None:
            rest = text.strip()
            for word in words[:count]:
                rest = rest[len(word) :].lstrip(" \t:/")
            return known, rest
    return ("openai" if _OPENAIS.match(text) else None), text.strip()


def _put(report: Report, provider: str | None, name: str, names: list[str]) -> None:
    if provider is None:
        report.put(_PLACE, "openai-compatible", "model", "provider")
        report.put(_PLACE, "-".join(name.split()), "model", "name")
        detail = (
            "names no provider that is known; set model.base_url to where it answers, and check model.name"
        )
        report.remark(_PLACE, detail)
        return
    report.put(_PLACE, provider, "model", "provider")
    if provider == "embedded":
        if name not in ("", EMBEDDED_MODEL):
            report.remark(_PLACE, f"the embedded brain has one model, {EMBEDDED_MODEL}, which was taken")
        return
    if name:
        report.put(_PLACE, name, "model", "name")
    if provider == "openai-compatible":
        report.put(_PLACE, _OLLAMA, "model", "base_url")
        report.remark(_PLACE, f"is asked at {_OLLAMA}; change model.base_url if it answers elsewhere")
    else:
        key = _key(provider, names)
        report.put(_PLACE, {"secret": key}, "model", "key")
        report.needs(key)


def _key(provider: str, names: list[str]) -> str:
    """The secret with the provider's key: the one that `env` names so, or else the usual name."""
    word = provider.upper()
    return next((name for name in names if word in name and "KEY" in name), f"{word}_API_KEY")
