"""What a specification means: every default, and every value kept as it was written."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from agent_runtime.spec import BotSpec, parse_spec
from tests.agent_runtime.spec.specifications import FULL, SMALLEST, problems, specifications


def test_every_default() -> None:
    model = {
        "provider": "embedded", "name": None, "base_url": None, "key": None,
        "temperature": 0.7, "max_output_tokens": 800, "sees": None, "hears": False,
        "fallbacks": (),
    }  # fmt: skip
    assert parse_spec(SMALLEST).model_dump() == {
        **SMALLEST,
        "template": None,
        "description": "",
        "model": model,
        "transcription": None,
        "channels": {
            "telegram": None,
            "discord": None,
            "slack": None,
            "whatsapp": None,
            "web": {"public": False, "origins": ()},
        },
        "access": {"policy": "pairing", "allow": ()},
        "memory": {"turns": 30, "retention_days": 30},
        "tools": (),
        "knowledge": (),
        "budget": {"usd_per_day": 1.0, "tokens_per_day": 200_000, "turns_per_user_per_hour": 60},
        "resources": {"cpu": "100m", "memory": "128Mi"},
        "scaling": {"idle_after": "5m", "min_replicas": 1, "max_replicas": 1, "target_cpu_percent": 70},
        "environment": {},
        "cluster": None,
        "log_level": "info",
        "paused": False,
        "restart": None,
    }


def test_a_full_specification_is_kept_as_it_is() -> None:
    spec = parse_spec(FULL)
    dumped = spec.model_dump(mode="json", exclude_unset=True)
    assert dumped == FULL
    assert spec.secret_names() == {"MODEL_KEY", "OPENAI_API_KEY", "TELEGRAM_TOKEN"}
    assert list(spec.secrets()) == [
        ("/model/key", "MODEL_KEY"),
        ("/model/fallbacks/0/key", "OPENAI_API_KEY"),
        ("/channels/telegram/token", "TELEGRAM_TOKEN"),
    ]
    assert spec.scaling.idle_seconds == 90
    assert spec.resources.cpu_millis == 500
    assert spec.resources.memory_bytes == 2**30
    assert parse_spec(SMALLEST).model.model_id == "smollm2-135m"


def test_it_can_not_be_changed() -> None:
    spec = parse_spec(FULL)
    with pytest.raises(ValidationError):
        spec.paused = False  # type: ignore[misc]
    assert isinstance(spec.access.allow, tuple)


def test_null_is_leaving_out() -> None:
    optional = {key: None for key in BotSpec.model_fields if key not in ("version", "name", "instructions")}
    assert parse_spec({**SMALLEST, **optional}) == parse_spec(SMALLEST)
    assert problems({**SMALLEST, "name": None}) == [("/name", "is required")]
    assert problems({**SMALLEST, "nmae": None}) == [("/nmae", "unknown key; did you mean name?")]


@pytest.mark.parametrize("missing", ["version", "name", "instructions"])
def test_required_keys(missing: str) -> None:
    data = {key: value for key, value in SMALLEST.items() if key != missing}
    assert problems(data) == [(f"/{missing}", "is required")]


@pytest.mark.parametrize("data", [[], "text", 3, None, True])
def test_not_an_object(data: Any) -> None:
    assert problems(data) == [("", "must be an object with version, name and instructions")]


@settings(max_examples=60)
@given(specifications)
def test_random_specifications_are_kept_as_they_are(data: dict[str, Any]) -> None:
    assert parse_spec(data).model_dump(mode="json", exclude_unset=True) == data
