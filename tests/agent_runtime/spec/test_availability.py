"""What is not built yet is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.agent_runtime.spec.specifications import SMALLEST, problems


@pytest.mark.parametrize(
    ("change", "place"),
    [
        *(
            ({"model": {"provider": each, "name": "m"}}, "/model/provider")
            for each in ("azure", "anthropic", "gemini", "bedrock", "huggingface")
        ),
        ({"model": {"fallbacks": [{"provider": "gemini"}]}}, "/model/fallbacks/0/provider"),
        ({"tools": [{"mcp": "https://x.example", "allow": ["search"]}]}, "/tools"),
        ({"tools": [{"command": "sh"}]}, "/tools"),
        ({"knowledge": [{"url": "https://x.example"}]}, "/knowledge"),
        ({"scaling": {"min_replicas": 2}}, "/scaling/min_replicas"),
        ({"scaling": {"max_replicas": 3}}, "/scaling/max_replicas"),
        ({"cluster": "eu"}, "/cluster"),
    ],
)
def test_what_is_not_built_is_never_silently_accepted(change: dict[str, Any], place: str) -> None:
    [(found, detail)] = problems({**SMALLEST, **change})
    assert found == place
    assert detail.startswith("not available yet: ")
