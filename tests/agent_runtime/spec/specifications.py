"""Specifications for tests: the smallest, a full one, and random valid ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import strategies as st

from agent_runtime.spec import SpecError, parse_spec
from agent_runtime.spec.plain import number_problem, text_problem

SMALLEST: dict[str, Any] = {"version": 1, "name": "support", "instructions": "Be kind."}

FULL: dict[str, Any] = {
    **SMALLEST,
    "template": "customer-support",
    "description": "Answers questions about orders",
    "model": {
        "provider": "openai-compatible",
        "name": "meta/llama-3:8b",
        "base_url": "https://models.example.com:8443/v1",
        "key": {"secret": "MODEL_KEY"},
        "temperature": 0.25,
        "max_output_tokens": 400,
        "fallbacks": [
            {"provider": "openai", "name": "gpt-4o-mini", "key": {"secret": "OPENAI_API_KEY"}},
            {"provider": "embedded"},
        ],
    },
    "channels": {
        "telegram": {"token": {"secret": "TELEGRAM_TOKEN"}},
        "web": {"public": True, "origins": ["https://www.example.com"]},
    },
    "access": {"policy": "allowlist", "allow": ["telegram:1234", "telegram:-100987"]},
    "memory": {"turns": 10, "retention_days": 7},
    "tools": [],
    "knowledge": [],
    "budget": {"usd_per_day": 2.5, "tokens_per_day": 1000, "turns_per_user_per_hour": 5},
    "resources": {"cpu": "0.5", "memory": "1Gi"},
    "scaling": {"idle_after": "90s", "min_replicas": 1, "max_replicas": 1, "target_cpu_percent": 50},
    "environment": {"STORE": "eu", "LIMIT": "1e3"},
    "cluster": "local",
    "log_level": "debug",
    "paused": True,
    "restart": "2026-11-21T10:00:00Z",
}

# Text that some reader, writer or template language on the way would take for something else.
NASTY = [
    "1e3", "0o17", "yes", "~", "12:30:00", "1_000", "2026-11-21", "{{ .Values.bot.name }}", "{% raw %}",
    "${HOME}", "$(id)", "%s%d", "---", "...", "x\nspec: {}", "&a *a",
    "!!python/object/apply:os.system [id]", "\u2028 \u2029", "<script>&amp;</script>",
    '"quoted" \'text\' \\ back\\u0041', "  leading and trailing  ", "\n\nbreaks\n\n", "\ttab\t",
    "# no comment", "a: b", "- item", "| literal", "> folded", "{a: 1}", "[1]", "`cmd`", "@at", "%TAG",
    "e\u0301 é", "\U0001f600 \U0010ffff", "\u200b\u202e", "\xa0", "</textarea>", "\u00ad",
    "\ufdd0 \U0001ffff",
    "line \\\n continued",
]  # fmt: skip


def problems(data: Mapping[str, Any], name: str | None = None) -> list[tuple[str, str]]:
    """Why the data is refused: each problem's pointer and detail."""
    with pytest.raises(SpecError) as caught:
        parse_spec(data, name=name)
    return refused(caught.value)


def refused(error: SpecError) -> list[tuple[str, str]]:
    """Each problem's pointer and detail."""
    return [(problem.pointer, problem.detail) for problem in error.problems]


def _text(largest: int) -> st.SearchStrategy[str]:
    kept = st.characters(codec="utf-8").filter(lambda each: text_problem(each) is None)
    return st.one_of(st.sampled_from(NASTY), st.text(kept, max_size=largest))


def _part(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=keys)


_SECRET = st.from_regex(r"[A-Z]([A-Z0-9_]{0,10}[A-Z0-9])?", fullmatch=True).map(lambda name: {"secret": name})
_NUMBER = st.floats(0, 2).filter(lambda number: number_problem(number) is None) | st.integers(0, 2)
_MODEL_NAME = st.from_regex(r"[!-~]{1,40}", fullmatch=True)
_URL = st.sampled_from(["https://m.example/v1", "http://127.0.0.1:8000", "http://[::1]:1/a%20b/"])
_CHOICE = st.one_of(
    st.fixed_dictionaries({}, optional={"provider": st.just("embedded"), "temperature": _NUMBER}),
    st.fixed_dictionaries(
        {"provider": st.just("openai"), "name": _MODEL_NAME, "key": _SECRET},
        optional={"temperature": _NUMBER},
    ),
    st.fixed_dictionaries(
        {"provider": st.just("openai-compatible"), "name": _MODEL_NAME, "base_url": _URL},
        optional={"key": _SECRET},
    ),
)
_MODEL = st.tuples(_CHOICE, st.lists(_CHOICE, max_size=3)).map(lambda pair: {**pair[0], "fallbacks": pair[1]})
_ACCESS = st.one_of(
    st.fixed_dictionaries({"policy": st.sampled_from(["pairing", "open"])}),
    st.fixed_dictionaries(
        {
            "policy": st.just("allowlist"),
            "allow": st.lists(
                st.integers(1, 10**12).map(lambda each: f"telegram:{each}"), min_size=1, max_size=3
            ),
        }
    ),
)

specifications: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "version": st.just(1),
        "name": st.from_regex(r"[a-z]([a-z0-9-]{0,30}[a-z0-9])?", fullmatch=True),
        "instructions": _text(300).filter(lambda text: bool(text.strip())),
    },
    optional={
        "description": _text(60).filter(lambda text: "\n" not in text and "\t" not in text),
        "model": _MODEL,
        "channels": _part(
            telegram=st.fixed_dictionaries({"token": _SECRET}), web=_part(public=st.booleans())
        ),
        "access": _ACCESS,
        "memory": _part(turns=st.integers(0, 500), retention_days=st.integers(1, 3650)),
        "tools": st.just([]),
        "budget": _part(usd_per_day=_NUMBER, tokens_per_day=st.integers(1, 10**10)),
        "resources": _part(
            cpu=st.sampled_from(["100m", "2", "0.5"]), memory=st.sampled_from(["64Mi", "1Gi"])
        ),
        "scaling": _part(idle_after=st.sampled_from(["10s", "5m", "24h"])),
        "environment": st.dictionaries(
            st.from_regex(r"[A-Z][A-Z0-9_]{0,20}", fullmatch=True), _text(50), max_size=4
        ),
        "log_level": st.sampled_from(["debug", "info", "warning", "error"]),
        "paused": st.booleans(),
        "restart": st.just("2026-11-21T10:00:00+01:00"),
    },
)
