"""What the strict reader accepts means the same to Go's sigs.k8s.io/yaml, which Helm and Flux read with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from agent_runtime.spec import SpecError, strict_yaml
from tests.agent_runtime.spec.specifications import NASTY
from tests.charts import helm

READ_ALL = """\
{{- range .Values.texts -}}
{{- $result = append $result (fromYaml .) -}}
{{- end -}}"""

_SCALAR = st.one_of(
    st.text("0123456789eExXoObBpP_.:+-~aAfF", min_size=1, max_size=8),
    st.text("0123456789", min_size=1, max_size=5),
    st.from_regex(r"[-+]?[0-9]{1,3}[._:eExo-][0-9]{1,3}([._:e-][0-9]{1,2})?", fullmatch=True),
    st.sampled_from(
        [
            "yes",
            "NO",
            "on",
            "Off",
            "y",
            "True",
            "TRUE",
            "tRUE",
            "null",
            "Null",
            "nULL",
            "~",
            "",
            ".inf",
            "nan",
            "NaN",
        ]
    ),
    st.from_regex(r"[a-zA-Z0-9][a-zA-Z0-9 ,'\"#&*!|>%@`\[\]{}.:?-]{0,12}", fullmatch=True),
)
_DATA = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**53) + 1, 2**53 - 1),
        st.sampled_from(NASTY),
        st.text("ab \n"),
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*NASTY, "a", "b"]), inner, max_size=3)
    ),
    max_leaves=8,
)
_TEXT = st.one_of(
    _SCALAR.map(lambda scalar: f"a: {scalar}\n"),
    _SCALAR.map(lambda scalar: f"{scalar}: a\n"),
    _SCALAR.map(lambda scalar: f"a: [x, {scalar}]\n"),
    st.lists(_SCALAR, min_size=1, max_size=3).map(lambda lines: "a: |\n  " + "\n   ".join(lines) + "\n"),
    st.lists(_SCALAR, min_size=1, max_size=3).map(
        lambda lines: "a: >-\n  " + "\n  ".join(lines) + "\n\nb: c\n"
    ),
    st.lists(_SCALAR, min_size=1, max_size=3).map(lambda lines: "a:\n  " + "\n  ".join(lines) + "\n"),
    _DATA.map(lambda data: yaml.safe_dump({"a": data}, allow_unicode=True, width=30)),
    _DATA.map(lambda data: yaml.safe_dump({"a": data}, default_flow_style=True, default_style="'")),
)


def canonical(data: Any) -> str:
    """The data as text that tells true from 1, but not 2.0 from 2, which are one number in JSON."""
    return json.dumps(json.loads(json.dumps(data), parse_float=_number), sort_keys=True)


def _number(digits: str) -> int | float:
    number = float(digits)
    return int(number) if number.is_integer() else number


def accepted(texts: Sequence[str]) -> dict[str, Any]:
    found = {}
    for text in texts:
        try:
            found[text] = strict_yaml(text.encode())
        except SpecError:
            continue
    return found


def test_the_strict_reader_and_go_agree(tmp_path_factory: pytest.TempPathFactory) -> None:
    seen: list[int] = []

    # Shrinking two hundred texts by calls of Helm would take minutes; the one that differs is named anyway.
    @settings(max_examples=6, deadline=None, phases=[Phase.generate], derandomize=True)
    @given(st.lists(_TEXT, min_size=200, max_size=250))
    def check(texts: list[str]) -> None:
        mine = accepted(texts)
        seen.append(len(mine))
        theirs = helm.evaluate(READ_ALL, {"texts": list(mine)}, tmp_path_factory.mktemp("probe"))
        different = [
            (text, data, other)
            for (text, data), other in zip(mine.items(), theirs, strict=True)
            if canonical(data) != canonical(other)
        ]
        assert different == []

    check()
    assert sum(seen) > 200


def test_go_reads_what_the_strict_reader_refuses_in_its_own_way(tmp_path: Path) -> None:
    """Why unquoted scalars are refused: the same text is a number here and a word elsewhere."""
    texts = ["a: 1e3\n", "a: 0o17\n", "a: 1_000\n", "a: yes\n", "a: 017\n"]
    assert helm.evaluate(READ_ALL, {"texts": texts}, tmp_path) == [
        {"a": 1000}, {"a": 15}, {"a": 1000}, {"a": True}, {"a": 15},
    ]  # fmt: skip
    assert [yaml.safe_load(text)["a"] for text in texts] == ["1e3", "0o17", 1000, True, 15]
    assert accepted(texts) == {}
