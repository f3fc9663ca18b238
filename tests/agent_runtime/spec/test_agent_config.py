"""`agent.config.json` of the older shape: what it becomes, and that nothing is dropped without a word."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_runtime.spec import SpecError, parse_spec
from agent_runtime.spec.agent_config import Converted, convert
from agent_runtime.spec.agent_config.lines import lines_of

SUPPORT = """\
{
  "name": "Shop Support",
  "template": "customer-support",
  "model": "OpenAI gpt-4o",
  "instruction": "You answer questions about orders.\\r\\nBe brief.",
  "resources": {"cpu": 0.5, "memory": "512MB", "gpu": 1},
  "scaling": {
    "replicas": 2,
    "autoscale": true,
    "min_replicas": 1,
    "max_replicas": 5,
    "target_cpu_percentage": 80
  },
  "endpoints": [
    {"path": "/chat", "method": "POST"},
    {"platform": "slack"}
  ],
  "env": {
    "STORE": "eu",
    "maxItems": 7,
    "OPENAI_API_KEY": "%s",
    "TELEGRAM_BOT_TOKEN": "${TELEGRAM_BOT_TOKEN}",
    "LEDGER_URL": "postgres://shop:%s@db.example.com/shop",
    "GREETING": "Hello ${NAME}",
    "LIMITS": {"a": 1}
  },
  "logging": {"level": "WARN", "format": "json"},
  "replicaz": 3
}
"""


def converted(**data: Any) -> Converted:
    return convert(json.dumps({"name": "x", "model": "OpenAI gpt-4o", "instruction": "Hi.", **data}).encode())


def test_a_whole_file_is_carried_over_and_the_rest_is_told_line_by_line() -> None:
    values = [secrets.token_urlsafe(24), secrets.token_urlsafe(12)]
    found = convert((SUPPORT % tuple(values)).encode())
    assert found.problems == ()
    assert found.spec == {
        "version": 1,
        "name": "shop-support",
        "template": "customer-support",
        "description": "Shop Support",
        "instructions": "You answer questions about orders.\nBe brief.",
        "model": {"provider": "openai", "name": "gpt-4o", "key": {"secret": "OPENAI_API_KEY"}},
        "channels": {"telegram": {"token": {"secret": "TELEGRAM_BOT_TOKEN"}}},
        "resources": {"cpu": "0.5", "memory": "489Mi"},
        "scaling": {"target_cpu_percent": 80},
        "environment": {"STORE": "eu", "MAX_ITEMS": "7", "GREETING": "Hello ${NAME}"},
        "log_level": "warning",
    }
    assert found.secrets == ("OPENAI_API_KEY", "TELEGRAM_BOT_TOKEN")
    told = {(each.line, each.pointer): each.detail for each in found.remarks}
    assert list(told) == [
        (2, "/name"),
        (5, "/instruction"),
        (20, "/env/maxItems"),
        (21, "/env/OPENAI_API_KEY"),
        (22, "/env/TELEGRAM_BOT_TOKEN"),
        (23, "/env/LEDGER_URL"),
        (24, "/env/GREETING"),
        (25, "/env/LIMITS"),
        (6, "/resources/memory"),
        (6, "/resources/gpu"),
        (8, "/scaling/replicas"),
        (11, "/scaling/max_replicas"),
        (9, "/scaling/autoscale"),
        (15, "/endpoints/0"),
        (16, "/endpoints/1"),
        (27, "/logging/level"),
        (27, "/logging/format"),
        (28, "/replicaz"),
    ]
    assert "give it with --secret LEDGER_URL to have it stored" in told[23, "/env/LEDGER_URL"]
    assert "a bot runs as one copy" in told[8, "/scaling/replicas"]
    assert not [value for value in values if value in str(found)]


@pytest.mark.parametrize(
    ("model", "becomes"),
    [
        ("OpenAI gpt-4o", {"provider": "openai", "name": "gpt-4o", "key": {"secret": "OPENAI_API_KEY"}}),
        ("openai/gpt-4o-mini", {"provider": "openai", "name": "gpt-4o-mini"}),
        ("gpt-4o", {"provider": "openai", "name": "gpt-4o"}),
        ("Azure OpenAI my-deployment", {"provider": "azure", "name": "my-deployment"}),
        ("Anthropic claude-sonnet", {"provider": "anthropic", "key": {"secret": "ANTHROPIC_API_KEY"}}),
        ("Ollama llama3:8b", {"provider": "openai-compatible", "name": "llama3:8b"}),
        ("embedded", {"provider": "embedded"}),
        (
            {"provider": "OpenAI", "name": "gpt-4o", "temperature": 0.2, "max_tokens": 300},
            {"provider": "openai", "name": "gpt-4o", "temperature": 0.2, "max_output_tokens": 300},
        ),
    ],
)
def test_a_model_is_a_provider_and_a_name(model: Any, becomes: dict[str, Any]) -> None:
    assert converted(model=model).spec["model"].items() >= becomes.items()


@pytest.mark.parametrize(
    ("changes", "pointer", "said"),
    [
        (
            {"model": "Anthropic claude-sonnet"},
            "/model",
            "not available yet: use embedded, openai or openai-c",
        ),
        ({"model": "Frontier x-1"}, "/model", "needs base_url"),
        ({"model": "OpenAI"}, "/model", "provider openai needs name"),
        ({"instruction": None}, "/instruction", "is required"),
        ({"instruction": " "}, "/instruction", "must not be"),
        ({"name": None}, "/name", "is required"),
        ({"name": "!!!"}, "/name", "must be 1 to 32 of a-z"),
        ({"name": 7}, "/name", "must be text"),
        ({"resources": {"memory": "1Mi"}}, "/resources/memory", 'must be from "64Mi"'),
        ({"resources": {"cpu": ["1"]}}, "/resources/cpu", "must be text"),
        ({"scaling": {"target_cpu_percentage": 400}}, "/scaling/target_cpu_percentage", "at most 100"),
        ({"instruction": "a\u0000b"}, "/instruction", "NUL"),
    ],
)
def test_what_cannot_be_deployed_is_pointed_at_in_the_old_file(
    changes: dict[str, Any], pointer: str, said: str
) -> None:
    problem = converted(**changes).problems[0]
    assert problem.pointer == pointer
    assert said in problem.detail


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "is not JSON"),
        (b"[]", "must be an object with name, model and instruction"),
        (b'{"name": "x",}', "line 1: is not JSON"),
        (b'{"name": "x", "name": "y"}', 'holds the key "name" twice'),
        (b'{"name": NaN}', "holds NaN"),
        (b"\xff\xfe{}", "is not UTF-8"),
        (b"[" * 200_000, "is nested too deep"),
        (b" " * 300_000, "is larger than"),
    ],
)
def test_a_file_that_is_no_json_object_is_refused(text: bytes, said: str) -> None:
    with pytest.raises(SpecError) as refused:
        convert(text)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value", "is_secret"),
    [
        ("STRIPE_KEY", "x", True),
        ("dbPassword", "x", True),
        ("AUTH_HEADER", "x", True),
        ("API_TOKENS", "x", True),
        ("NOTES", "-----BEGIN PRIVATE KEY-----", True),
        ("NOTES", "gh" + "p_" + "a" * 36, True),
        ("CACHE", "redis://:hunter@cache.example.com", True),
        ("BLOB", "aB3" * 14, True),
        ("MAX_TOKENS", 800, False),
        ("MAX_TOKENS", "800", False),
        ("MONKEY", "yes", False),
        ("AUTHOR", "Ann", False),
        ("HOME_PAGE", "https://shop.example.com/orders?id=1", False),
        ("PASSAGE", "a long passage of text, with spaces in it", False),
    ],
)
def test_what_looks_like_a_secret_is_named_and_never_written(name: str, value: Any, is_secret: bool) -> None:
    found = converted(env={name: value})
    assert ("environment" not in found.spec) is is_secret
    if is_secret:
        assert found.remarks
        assert str(value) not in json.dumps(found.spec) or len(str(value)) == 1


def test_variables_may_be_a_list_as_in_manifests() -> None:
    env = [{"name": "STORE", "value": "eu"}, {"name": "K", "valueFrom": {"secretKeyRef": {"name": "s"}}}, 3]
    found = converted(env=env)
    assert found.spec["environment"] == {"STORE": "eu"}
    assert [each.pointer for each in found.remarks] == ["/env/1", "/env/2"]


def test_of_two_that_become_the_same_the_first_is_taken_and_the_other_told() -> None:
    env = {"store-place": "a", "STORE_PLACE": "b", "TELEGRAM_TOKEN": "x", "TELEGRAM_TEST_TOKEN": "y"}
    found = converted(env=env)
    assert found.spec["environment"] == {"STORE_PLACE": "a"}
    assert found.spec["channels"] == {"telegram": {"token": {"secret": "TELEGRAM_TOKEN"}}}
    assert found.secrets == ("OPENAI_API_KEY", "TELEGRAM_TOKEN")
    told = {each.pointer: each.detail for each in found.remarks}
    assert told["/env/STORE_PLACE"].startswith("was left out")
    assert "looks like a secret" in told["/env/TELEGRAM_TEST_TOKEN"]


def test_a_template_gives_the_instructions_that_the_file_has_not() -> None:
    found = converted(template="Customer Support", instruction=None)
    assert found.problems == ()
    assert found.spec["template"] == "customer-support"
    assert "there is no such template" in converted(template="wizard").remarks[0].detail


def test_lines_are_those_of_the_keys_and_entries() -> None:
    text = '{"a": [1,\n {"b\\n": "x, {[:"}, [],\n 2],\n\n "c": {}}'
    assert lines_of(text) == {
        "": 1,
        "/a": 1,
        "/a/0": 1,
        "/a/1": 2,
        "/a/1/b\n": 2,
        "/a/2": 2,
        "/a/3": 3,
        "/c": 5,
    }


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = ("name", "template", "model", "instruction", "resources", "scaling", "endpoints", "env", "logging")


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=8), JSON, max_size=9))
def test_whatever_the_file_holds_it_is_converted_or_refused_with_reasons(data: dict[str, Any]) -> None:
    found = convert(json.dumps(data).encode())
    if not found.problems:
        parse_spec(found.spec)
    for key, value in data.items():
        if key not in KEYS and value is not None:
            assert [each for each in found.remarks if each.pointer.startswith("/")]


def test_platforms_that_take_a_token_become_channels() -> None:
    found = converted(
        endpoints=[{"platform": "discord"}, {"type": "telegram"}, {"platform": "slack"}],
        env={"DISCORD_BOT_TOKEN": secrets.token_urlsafe(24)},
    )
    assert found.spec["channels"] == {
        "discord": {"token": {"secret": "DISCORD_BOT_TOKEN"}},
        "telegram": {"token": {"secret": "TELEGRAM_TOKEN"}},
    }
    assert set(found.secrets) == {"OPENAI_API_KEY", "DISCORD_BOT_TOKEN", "TELEGRAM_TOKEN"}
    [left_out] = [each.detail for each in found.remarks if each.pointer == "/endpoints/2"]
    assert "channels.slack" in left_out
