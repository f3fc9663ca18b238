"""`owner.yaml`: what it may say, how its faults are told, and how defaults are filled in."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from agent_runtime.spec import SpecError, parse_spec
from agent_runtime.spec.owner import read_owner, with_defaults
from agent_runtime.spec.schema import owner_schema
from agent_runtime.spec.strict_yaml import strict_yaml
from tests.agent_runtime.spec.specifications import SMALLEST

WHOLE = b"""\
version: 1
quota: {bots: 10, secrets: 20, cpu: "2", memory: 1Gi, usd_per_day: 5.5, tokens_per_day: 1000000}
defaults:
  model: {provider: openai, name: gpt-4o-mini, key: {secret: OPENAI_API_KEY}}
  access: {policy: open}
  budget: {usd_per_day: 0.5}
  resources: {memory: 256Mi}
"""


def test_a_whole_file_is_read_and_fits_its_schema() -> None:
    spec, data = read_owner(WHOLE)
    assert (spec.quota.bots, spec.quota.cpu_millis, spec.quota.memory_bytes) == (10, 2000, 2**30)
    jsonschema.Draft202012Validator(owner_schema()).validate(data)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("version: 1\nquota:\n  bot: 3\n", "line 3: /quota/bot: unknown key; did you mean bots?"),
        ("version: 1\nquota:\n  bots: -1\n", "line 3: /quota/bots: must be at least 0"),
        ("version: 1\nquota:\n  cpu: 2\n", "line 3: /quota/cpu: must be text; put it in quotes"),
        ("version: 2\n", "line 1: /version: must be at most 1"),
        ("quota: {}\n", "line 1: /version: is required"),
        ("- 1\n", "line 1: must be an object with version, quota and defaults"),
        ("version: 1\ndefaults:\n  tools: []\n", "line 3: /defaults/tools: unknown key; known here: "),
        (
            "version: 1\ndefaults:\n  model: {provider: azure}\n",
            "line 3: /defaults/model/provider: not avail",
        ),
        ("version: 1\nversion: 1\n", "line 2: "),
    ],
)
def test_a_fault_is_told_with_its_line_and_pointer(text: str, problem: str) -> None:
    with pytest.raises(SpecError) as refused:
        read_owner(text.encode())
    assert str(refused.value.problems[0]).startswith(problem)


@pytest.mark.parametrize(
    ("own", "key", "filled"),
    [
        ({}, "access", {"policy": "open"}),
        ({"access": {"policy": "pairing"}}, "access", {"policy": "pairing"}),
        ({"access": None}, "access", {"policy": "open"}),
        # A model is one choice: half of another provider's would make no sense.
        ({"model": {"temperature": 0}}, "model", {"temperature": 0}),
        ({"budget": {"tokens_per_day": 9}}, "budget", {"usd_per_day": 0.5, "tokens_per_day": 9}),
        ({"budget": {"usd_per_day": 2}}, "budget", {"usd_per_day": 2}),
        ({"budget": {"usd_per_day": None}}, "budget", {"usd_per_day": 0.5}),
        ({"resources": {"cpu": "1"}}, "resources", {"memory": "256Mi", "cpu": "1"}),
    ],
)
def test_defaults_are_laid_under_what_a_bot_says(own: dict[str, Any], key: str, filled: Any) -> None:
    merged = with_defaults({**SMALLEST, **own}, strict_yaml(WHOLE)["defaults"])
    assert merged[key] == filled
    parse_spec(merged)
