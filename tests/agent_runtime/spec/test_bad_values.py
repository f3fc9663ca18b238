"""Each bad value's place, and a message that a person can act on."""

from __future__ import annotations

from typing import Any

import pytest

from agent_runtime.spec import parse_spec
from tests.agent_runtime.spec.specifications import NASTY, SMALLEST, problems

NAME = "must be 1 to 32 of a-z, 0-9 and -, start with a letter and not end in -"
SECRET_NAME = (
    "must be 1 to 64 of A-Z, 0-9 and _, start with a letter and not end in _, such as OPENAI_API_KEY"
)
VARIABLE = (
    "must be 1 to 64 of A-Z, 0-9 and _ and start with a letter, such as STORE; it is exported as BOT_STORE"
)
SECRET = "must be {secret: NAME}; a secret is named here, its value is given apart and never written here"
ALL_KEYS = (
    "unknown key; known here: access, budget, channels, cluster, description, environment, instructions, "
    "knowledge, log_level, memory, model, name, paused, resources, restart, scaling, template, tools, "
    "transcription, version"
)
MODEL_KEYS = (
    "must be an object with provider, name, base_url, key, temperature, max_output_tokens, sees, hears, "
    "fallbacks"
)
KEY = {"secret": "K"}
COMPATIBLE = {"provider": "openai-compatible", "name": "m"}
BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"version": 2}, "/version", "must be at most 1"),
    ({"version": True}, "/version", "must be a whole number"),
    ({"version": "1"}, "/version", "must be a whole number"),
    ({"instructions": " \n "}, "/instructions", "must not be empty"),
    ({"instructions": 5}, "/instructions", "must be text; put it in quotes"),
    ({"instructions": "x" * 50_001}, "/instructions", "must be at most 50,000 characters long"),
    ({"description": "a\nb"}, "/description", "must be one line without tabs"),
    ({"template": "../x"}, "/template", "must be a template's id, such as customer-support"),
    ({"modle": {}}, "/modle", "unknown key; did you mean model?"),
    ({"model": {"temprature": 1}}, "/model/temprature", "unknown key; did you mean temperature?"),
    (
        {"channels": {"matrix": {}}},
        "/channels/matrix",
        "unknown key; known here: discord, slack, telegram, web, whatsapp",
    ),
    (
        {"model": {"fallbacks": [{"provider": "embedded", "temprature": 1}]}},
        "/model/fallbacks/0/temprature",
        "unknown key; did you mean temperature?",
    ),
    ({"a/b~c": 1}, "/a~1b~0c", ALL_KEYS),
    (
        {"model": {"provider": "openia"}},
        "/model/provider",
        "must be embedded, openai or openai-compatible; did you mean openai?",
    ),
    ({"model": {"provider": 3}}, "/model/provider", "must be embedded, openai or openai-compatible"),
    ({"model": "gpt-4o"}, "/model", MODEL_KEYS),
    (
        {"model": {"provider": "openai", "key": KEY}},
        "/model",
        "provider openai needs name, such as gpt-4o-mini",
    ),
    (
        {"model": {"provider": "openai", "name": "gpt-4o"}},
        "/model",
        "provider openai needs key: {secret: OPENAI_API_KEY}",
    ),
    (
        {"model": {"provider": "openai", "name": "m", "key": KEY, "base_url": "https://m.example"}},
        "/model",
        "provider openai takes no base_url; use provider: openai-compatible",
    ),
    (
        {"model": COMPATIBLE},
        "/model",
        "provider openai-compatible needs base_url, such as https://models.example.com/v1",
    ),
    (
        {"model": {"name": "gpt-4o"}},
        "/model",
        "the embedded brain has one model, smollm2-135m; leave name out or change provider",
    ),
    (
        {"model": {"key": KEY}},
        "/model",
        "the embedded brain takes no base_url and no key; remove them or choose another provider",
    ),
    ({"model": {"temperature": 2.1}}, "/model/temperature", "must be at most 2"),
    ({"model": {"temperature": "0.7"}}, "/model/temperature", "must be a number, without quotes"),
    ({"model": {"temperature": True}}, "/model/temperature", "must be a number, without quotes"),
    ({"model": {"temperature": float("nan")}}, "/model/temperature", "must be a finite number"),
    ({"model": {"temperature": -0.0}}, "/model/temperature", "must be 0, not -0"),
    (
        {"model": {"temperature": 1e-9}},
        "/model/temperature",
        "is too small a fraction; the smallest is 0.0001",
    ),
    ({"model": {"max_output_tokens": 10**30}}, "/model/max_output_tokens", "is too large a number"),
    ({"model": {"max_output_tokens": 10.0}}, "/model/max_output_tokens", "must be a whole number"),
    ({"model": {"fallbacks": {}}}, "/model/fallbacks", "must be a list"),
    ({"model": {"fallbacks": [{}] * 5}}, "/model/fallbacks", "must have at most 4 entries"),
    ({"model": {**COMPATIBLE, "key": "sk-canary"}}, "/model/key", SECRET),
    ({"model": {**COMPATIBLE, "key": {"secret": "lower"}}}, "/model/key/secret", SECRET_NAME),
    ({"model": {**COMPATIBLE, "key": {"secret": "ENDS_"}}}, "/model/key/secret", SECRET_NAME),
    (
        {"model": {**COMPATIBLE, "key": {"secret": "x,image.repository=evil"}}},
        "/model/key/secret",
        SECRET_NAME,
    ),
    (
        {"model": {"sees": True}},
        "/model",
        "the embedded brain reads text alone; leave sees and hears out, or change provider",
    ),
    ({"model": {**COMPATIBLE, "sees": "yes"}}, "/model/sees", "must be true or false"),
    ({"transcription": {}}, "/transcription", "provider openai needs key: {secret: OPENAI_API_KEY}"),
    (
        {"transcription": {"provider": "openai-compatible"}},
        "/transcription",
        "provider openai-compatible needs base_url, such as https://models.example.com/v1",
    ),
    (
        {"transcription": {"key": KEY, "base_url": "https://models.example.com/v1"}},
        "/transcription",
        "provider openai takes no base_url; use provider: openai-compatible",
    ),
    (
        {"transcription": {"provider": "embedded"}},
        "/transcription/provider",
        "must be openai or openai-compatible",
    ),
    ({"channels": {"telegram": {}}}, "/channels/telegram/token", "is required"),
    ({"channels": {"telegram": {"token": "123:canary"}}}, "/channels/telegram/token", SECRET),
    ({"channels": {"telegram": "123:canary"}}, "/channels/telegram", "must be an object with token, name"),
    (
        {"access": {"policy": "alowlist"}},
        "/access/policy",
        "must be pairing, allowlist or open; did you mean allowlist?",
    ),
    (
        {"access": {"policy": "allowlist"}},
        "/access",
        'policy allowlist needs at least one entry in allow, such as "telegram:1234"',
    ),
    (
        {"access": {"allow": ["telegram:1"]}},
        "/access",
        "allow is for policy allowlist and not read under pairing; remove it or change policy",
    ),
    (
        {"access": {"policy": "allowlist", "allow": ["@alice"]}},
        "/access/allow/0",
        'must be a channel and an id there, such as "telegram:1234"',
    ),
    ({"memory": {"turns": -1}}, "/memory/turns", "must be at least 0"),
    ({"budget": {"usd_per_day": -1}}, "/budget/usd_per_day", "must be at least 0"),
    ({"resources": {"cpu": 1}}, "/resources/cpu", "must be text; put it in quotes"),
    ({"resources": {"cpu": "lots"}}, "/resources/cpu", 'must be processors, such as "500m" or "0.5"'),
    ({"resources": {"cpu": "1m"}}, "/resources/cpu", 'must be from "10m" to "16" processors'),
    (
        {"resources": {"memory": "128MB"}},
        "/resources/memory",
        'must be a whole number and Mi or Gi, such as "128Mi"',
    ),
    ({"resources": {"memory": "1Mi"}}, "/resources/memory", 'must be from "64Mi" to "64Gi"'),
    (
        {"scaling": {"idle_after": "soon"}},
        "/scaling/idle_after",
        'must be a whole number and s, m or h, such as "5m"',
    ),
    ({"scaling": {"idle_after": "1s"}}, "/scaling/idle_after", 'must be from "10s" to "24h"'),
    ({"scaling": {"min_replicas": 0}}, "/scaling/min_replicas", "must be at least 1"),
    ({"environment": {"path": "x"}}, "/environment/path", VARIABLE),
    ({"environment": {"A": 1}}, "/environment/A", "must be text; put it in quotes"),
    ({"environment": {"A": "x" * 4097}}, "/environment/A", "must be at most 4,096 characters long"),
    ({"environment": {f"A{n}": "" for n in range(65)}}, "/environment", "must have at most 64 entries"),
    ({"environment": ["A=b"]}, "/environment", "must be an object of names and values"),
    ({"log_level": "warn"}, "/log_level", "must be debug, info, warning or error; did you mean warning?"),
    ({"paused": "no"}, "/paused", "must be true or false"),
    ({"restart": "today"}, "/restart", 'must be a time with its zone, such as "2026-11-21T10:00:00Z"'),
    ({"restart": "2026-02-30T10:00:00Z"}, "/restart", "is no date and time that exists"),
    ({"tools": "x"}, "/tools", "not available yet: leave tools out"),
]


@pytest.mark.parametrize(("change", "place", "detail"), BAD)
def test_bad_values(change: dict[str, Any], place: str, detail: str) -> None:
    found = problems({**SMALLEST, **change})
    assert found == [(place, detail)]
    assert "canary" not in str(found), "a value in the wrong place may be a secret"


NO_URL = "is not a URL; it must look like https://models.example.com/v1"
NOT_ASCII = "must be ASCII without spaces or backslashes; write other characters percent-encoded"
SCHEME = "must start with https:// or http://"


@pytest.mark.parametrize(
    ("url", "detail"),
    [
        ("ftp://m.example", SCHEME),
        ("file:///etc/passwd", SCHEME),
        ("ext::sh -c id", NOT_ASCII),
        ("m.example/v1", SCHEME),
        ("HTTPS://m.example", SCHEME),
        ("https:m.example", SCHEME),
        ("https://", "needs a host, such as https://models.example.com/v1"),
        ("https://:443/v1", "needs a host, such as https://models.example.com/v1"),
        ("https://m.example:0/v1", "needs a host, such as https://models.example.com/v1"),
        ("https://m.example:99999/v1", NO_URL),
        ("https://[::1/v1", NO_URL),
        (
            "https://user:canary@m.example",
            "must not hold a user or a password; give a key as key: {secret: NAME}",
        ),
        ("https://m.example/$SECRET", "must not hold $; nothing is expanded in it"),
        ("https://m.example/v1?key=canary", "must end with the path, without ? or #"),
        ("https://m.example/v1#x", "must end with the path, without ? or #"),
        ("https://m.example\\@evil.example", NOT_ASCII),
        ("https://m.example/a b", NOT_ASCII),
        ("https://m.example\n", NOT_ASCII),
        ("https://ⅿ.example", NOT_ASCII),
    ],
)
def test_bad_base_urls(url: str, detail: str) -> None:
    found = problems({**SMALLEST, "model": {**COMPATIBLE, "base_url": url}})
    assert found == [("/model/base_url", detail)]
    assert "canary" not in str(found)


@pytest.mark.parametrize(
    "name",
    ["", "A", "-a", "a-", "1a", "a_b", "a.b", "..", "../x", ".git/hooks/post-commit", "%2e%2e", "a" * 33,
     "a" * 300,
     "caf\u00e9", "cafe\u0301", "а", "a\n", "a b", "--upload-pack=touch", "<img onerror>", "a\u200b"],
)  # fmt: skip
def test_bad_names(name: str) -> None:
    assert problems({**SMALLEST, "name": name}) == [("/name", NAME)]


def test_the_name_is_the_bots() -> None:
    assert parse_spec(SMALLEST, name="support").name == "support"
    assert problems(SMALLEST, name="sales") == [
        ("/name", "must be sales, the name the bot has; a bot's name never changes")
    ]


def test_all_problems_come_at_once() -> None:
    data = {"version": 1, "model": {"provider": "azure", "temprature": 1}, "paused": 1}
    assert {place for place, _ in problems(data)} == {
        "/name", "/instructions", "/model/provider", "/model/temprature", "/paused",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("a\0b", "character 2 is U+0000, NUL"),
        ("a\r\nb", "character 2 is U+000D, a carriage return; end lines with a line feed alone"),
        ("\x1b[31m", "character 1 is U+001B, an escape character"),
        ("\x85", "character 1 is U+0085, a next-line character; end lines with a line feed"),
        ("x\ud800", "character 2 is U+D800, half of a surrogate pair"),
        ("\ufeffx", "character 1 is U+FEFF, a byte-order mark"),
        ("\uffff", "character 1 is U+FFFF, no character of Unicode"),
    ],
)
def test_text_that_could_not_be_kept(text: str, detail: str) -> None:
    for change, place in (
        ({"instructions": text}, "/instructions"),
        ({"environment": {"A": text}}, "/environment/A"),
    ):
        assert problems({**SMALLEST, **change}) == [(place, detail)]
    [(place, said)] = problems({**SMALLEST, "environment": {text: "x"}})
    assert (place, said) == ("/environment", f"has a key that can't be kept: {detail}")


@pytest.mark.parametrize("text", NASTY)
def test_nasty_text_is_data(text: str) -> None:
    spec = parse_spec({**SMALLEST, "instructions": f"x{text}", "environment": {"A": text}})
    assert spec.instructions == f"x{text}"
    assert spec.environment == {"A": text}


def test_bounds_of_the_whole() -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    [(place, detail)] = problems({**SMALLEST, "model": deep})
    assert detail == "is nested more than 32 deep"
    assert place == "/model" + "/a" * 32
    large = {f"A{n}": "\u00e9" * 4096 for n in range(20)}
    assert problems({**SMALLEST, "environment": large}) == [
        ("", "is larger than 64 KiB; shorten instructions or environment")
    ]
    assert problems({**SMALLEST, "x" * 201: 1}) == [("", "has a key of more than 200 characters")]
    assert len(problems({**SMALLEST, **{f"k{n}": n for n in range(500)}})) == 50
    assert problems({**SMALLEST, 3: 1}) == [("", "has a key that is not text; put it in quotes")]  # type: ignore[dict-item]
    assert problems({**SMALLEST, "memory": {1, 2}}) == [
        ("/memory", "must be text, a number, true, false, a list or an object")
    ]
