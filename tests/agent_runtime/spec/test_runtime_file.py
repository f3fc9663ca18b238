"""The bot.yaml of a running bot: compact JSON, keys in order, nulls left out, numbers as Go writes them.

`tests/charts` holds it against the real Helm.
"""

from __future__ import annotations

import pytest

from agent_runtime.spec import runtime_file, without_nulls


def test_the_whole_form() -> None:
    data = {"b": [1, {"d": None, "c": "é\u2028<&>\n"}], "a": {"y": None, "x": True}, "é": "", "Z": None}
    assert runtime_file(data) == (
        '{"a":{"x":true},"b":[1,{"c":"é\\u2028<&>\\n"}],"é":""}\n'.encode()
    )  # fmt: skip
    assert without_nulls(data) == {"b": [1, {"c": "é\u2028<&>\n"}], "a": {"x": True}, "é": ""}
    assert data["Z"] is None, "the data is left as it was"


@pytest.mark.parametrize(
    ("number", "written"),
    [(1, "1"), (1.0, "1"), (0.7, "0.7"), (0.0001, "0.0001"), (0.1 + 0.2, "0.30000000000000004"),
     (100.0, "100"), (200000, "200000"), (1e15, "1000000000000000"), (-2.5, "-2.5"), (0.0, "0"),
     (2**53 - 1, "9007199254740991")],
)  # fmt: skip
def test_numbers(number: float, written: str) -> None:
    assert runtime_file({"n": number}) == f'{{"n":{written}}}\n'.encode()
