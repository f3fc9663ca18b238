"""Generated files are fresh, the schema and the model agree, and the templates are worth offering."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings

from agent_runtime.spec import BotSpec, SpecError, json_schema, parse_spec, read_spec, template, templates
from agent_runtime.spec.generate import generated, main, stale
from agent_runtime.spec.reference import reference_page
from tests.agent_runtime.spec.specifications import FULL, SMALLEST, specifications

CHECKOUT = Path(__file__).resolve().parents[3]
VALIDATOR = jsonschema.Draft202012Validator(json_schema())


def test_generated_files_are_fresh() -> None:
    assert stale(CHECKOUT) == [], "run python -m agent_runtime.spec.generate"
    assert main(["--check"]) == 0


def test_a_changed_file_is_stale(tmp_path: Path) -> None:
    assert stale(tmp_path) == list(generated())
    for path, text in generated().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    assert stale(tmp_path) == []
    (tmp_path / "docs/reference/bot.schema.json").write_text("{}")
    assert stale(tmp_path) == ["docs/reference/bot.schema.json"]


@settings(max_examples=40)
@given(specifications)
def test_the_schema_takes_what_the_model_takes(data: dict[str, Any]) -> None:
    VALIDATOR.validate(data)


def test_the_schema_knows_null_and_refuses_the_rest() -> None:
    VALIDATOR.validate(FULL)
    VALIDATOR.validate({**SMALLEST, **{key: None for key in BotSpec.model_fields if key not in SMALLEST}})
    refused: list[dict[str, Any]] = [
        {"temprature": 1},
        {"name": None},
        {"name": "../x"},
        {"model": {"base_url": "https://u:p@m.example"}},
        {"channels": {"discord": {}}},
        {"channels": {"web": {"origins": ["https://*.example.com"]}}},
        {"environment": {"lower": "x"}},
        {"tools": [{"command": "sh"}]},
        {"cluster": "eu"},
        {"log_level": "warn"},
    ]
    for change in refused:
        with pytest.raises(SpecError):
            parse_spec({**SMALLEST, **change})
        assert not VALIDATOR.is_valid({**SMALLEST, **change}), change


def test_the_reference_names_every_key() -> None:
    page = reference_page()
    for part in (json_schema(), *json_schema()["$defs"].values()):
        for key in part["properties"]:
            if key != "secret":
                assert f"| `{key}` |" in page, key
    examples = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        read_spec(example.encode())


def test_the_schema_describes_every_key() -> None:
    for part in json_schema()["$defs"].values():
        for key, value in part["properties"].items():
            assert "description" in value or "$ref" in str(value), key


EXPECTED = [
    "general-assistant", "code-assistant", "content-writer", "customer-support", "data-analyst",
    "research-assistant",
]  # fmt: skip


def test_the_templates() -> None:
    assert [each.id for each in templates()] == EXPECTED
    for each in templates():
        spec = parse_spec(each.spec)
        assert spec.template == each.id == spec.name
        assert spec.model.provider == "embedded", "a template works without a key"
        assert 15 <= len(spec.instructions.splitlines()) <= 40
        assert "can't" in spec.instructions, "a bot should know what it can't do"
        assert each.description.endswith(".")
        assert "\n" not in each.description
        for suggestion in each.suggestions:
            parse_spec({**each.spec, "model": {**suggestion, "key": {"secret": "OPENAI_API_KEY"}}})


def test_a_template_by_its_id() -> None:
    mine = template("customer-support")
    assert mine.title == "Customer support"
    mine.spec["name"] = "changed"
    assert template("customer-support").spec["name"] == "customer-support"
    with pytest.raises(SpecError) as caught:
        template("customer-suport")
    assert f"there are {', '.join(EXPECTED)}" in str(caught.value)


def test_template_files_are_plain_yaml() -> None:
    folder = CHECKOUT / "agent_runtime" / "spec" / "templates"
    for file in folder.iterdir():
        assert set(yaml.safe_load(file.read_bytes())) == {"id", "title", "description", "suggestions", "spec"}
        assert file.stem in EXPECTED
