"""The strict reader: plain YAML as everybody reads it, and a line and a reason for everything else."""

from __future__ import annotations

import time
import tracemalloc
from typing import Any

import pytest

from agent_runtime.spec import SpecError, read_spec, strict_json, strict_yaml

DISAGREE = "readers of YAML disagree on this unquoted value; quote it, or write a plain decimal number"
WORD = "readers of YAML disagree on this unquoted word; quote it, or write true or false"
ANCHOR = "anchors (&name) are not accepted; write the value out"


def problem(text: bytes) -> tuple[int | None, str, str]:
    """The one problem's line, pointer and detail."""
    with pytest.raises(SpecError) as caught:
        strict_yaml(text)
    [found] = caught.value.problems
    return found.line, found.pointer, found.detail


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("a: 1\nb: -2\nc: 0.70\nd: 'x'\n", {"a": 1, "b": -2, "c": 0.7, "d": "x"}),
        ("a: true\nb: False\nc: ~\nd:\ne: null\n", {"a": True, "b": False, "c": None, "d": None, "e": None}),
        ("- a\n- [b, {c: d}]\n", ["a", ["b", {"c": "d"}]]),
        ("a: |\n  x\n   y\n\nb: >-\n  one\n  two\n", {"a": "x\n y\n", "b": "one two"}),
        ("---\na: 1\n...\n", {"a": 1}),
        ("a: x\r\nb: |\r\n  y\r\n  z\r\n", {"a": "x", "b": "y\nz\n"}),
        ('a: "\\u2028\\t\\U0001F600\\/"\n', {"a": "\u2028\t\U0001f600/"}),
        ("a: 5m\nb: 100m\nc: 10.0.0.1\nd: 1.2.3\ne: v1\nf: 1-2\ng: 0.5.1\n",
         {"a": "5m", "b": "100m", "c": "10.0.0.1", "d": "1.2.3", "e": "v1", "f": "1-2", "g": "0.5.1"}),
        ("a: '{{ x }}'\nb: ${VAR}\n", {"a": "{{ x }}", "b": "${VAR}"}),
        ("a: what?\nb: ['what?']\n", {"a": "what?", "b": ["what?"]}),
        ("'1': a\n'yes': b\n", {"1": "a", "yes": "b"}),
        ('{"a": [1, 2.5, "x", true, null]}', {"a": [1, 2.5, "x", True, None]}),
    ],
)  # fmt: skip
def test_plain_yaml(text: str, data: Any) -> None:
    assert strict_yaml(text.encode()) == data


@pytest.mark.parametrize(
    "scalar",
    ["1e3", "1E3", "1.0e+3", "0o17", "017", "007", "0x1f", "0x1p4", "0b11", "1_000", "0_x7", "+1", ".5", "5.",
     "-.5", "12:30", "12:30:00", "190:20:30.15", "2026-11-21", "2026-11-21T10:00:00Z", "2001-1-1 1:1:1 -5",
     ".inf", "-.INF", ".nan", "nan", "Infinity"],
)  # fmt: skip
def test_scalars_that_readers_disagree_on(scalar: str) -> None:
    assert problem(f"version: 1\na: [x, {scalar}]\n".encode()) == (2, "/a/1", DISAGREE)
    assert strict_yaml(f"a: '{scalar}'\n".encode()) == {"a": scalar}


@pytest.mark.parametrize("word", ["yes", "No", "ON", "off", "y", "N", "="])
def test_words_that_readers_disagree_on(word: str) -> None:
    assert problem(f"a: {word}\n".encode()) == (1, "/a", WORD)
    assert problem(f"{word}: a\n".encode()) == (1, "", WORD)
    assert strict_yaml(f'"{word}": "{word}"\n'.encode()) == {word: word}


@pytest.mark.parametrize(
    ("text", "line", "place", "detail"),
    [
        (b"a: 1\nb: 2\na: 3\n", 3, "/a", "is written twice, first in line 1; keep one"),
        (b"m:\n  a: 1\n  'a': 3\n", 3, "/m/a", "is written twice, first in line 2; keep one"),
        (b"a: &x 1\n", 1, "/a", ANCHOR),
        (b"&x a: 1\n", 1, "", ANCHOR),
        (b"a: 1\nb: *a\n", 2, "/b", "aliases (*name) are not accepted; write the value out"),
        (b"a: !!python/object/apply:os.system [id]\n", 1, "/a", "tags (!name) are not accepted; remove it"),
        (b"a: !!str 1\n", 1, "/a", "tags (!name) are not accepted; remove it"),
        (b"a: ! 1\n", 1, "/a", "tags (!name) are not accepted; remove it"),
        (b"<<: {a: 1}\n", 1, "", WORD),
        (b"a: 1\n---\nb: 1\n", 2, "", "holds a second document; keep one and remove the line ---"),
        (b"%YAML 1.1\n---\na: 1\n", 1, "", "directives (%YAML, %TAG) are not accepted; remove the line"),
        (b"%TAG ! !x\n---\na: 1\n", 1, "", "directives (%YAML, %TAG) are not accepted; remove the line"),
        (b"a: {b: what?}\n", 1, "/a/b", "Go's reader takes no unquoted ? in [ ] or { }; quote it"),
        (b"1: a\n", 1, "", "has a key that is not text; put it in quotes"),
        (b"a:\n  ? [b]\n  : c\n", 2, "/a", "has a key that is not text; put it in quotes"),
        (b"", None, "", "is empty"),
        (b"# only words\n", None, "", "is empty"),
        (b"a: x\nb: \x00\n", 2, "", "character 4 is U+0000, NUL"),
        (b"a: \x1b[0m\n", 1, "", "character 4 is U+001B, an escape character"),
        (b"a: x\ry\n", 1, "", "character 5 is U+000D, a carriage return; end lines with a line feed alone"),
        ("a: x\u2028y\n".encode(), 1, "",
         'holds a Unicode line separator; write it as "\\u2028" in double quotes'),
        (b'x: 1\na: "\\0"\n', 2, "/a", "character 1 is U+0000, NUL"),
        (b"\xef\xbb\xbfa: 1\n", 1, "", "character 1 is U+FEFF, a byte-order mark"),
        ("a: 1".encode("utf-16"), 1, "", "is not UTF-8; save the file as UTF-8 without a byte-order mark"),
        (b"x: 1\na: \xff\n", 2, "", "is not UTF-8; save the file as UTF-8 without a byte-order mark"),
        (b"a: \xed\xa0\x80\n", 1, "", "is not UTF-8; save the file as UTF-8 without a byte-order mark"),
        (b"a: -0.0\n", 1, "/a", "must be 0, not -0"),
        (b"a: 12345678901234567890\n", 1, "/a", "is too large a number"),
        (b"a: 0." + b"0" * 30 + b"\n", 1, "/a", "is too long for a number; quote it if it is text"),
        (b"#" * (256 * 1024 + 1), None, "", "is larger than 256 KiB"),
    ],
)  # fmt: skip
def test_refused(text: bytes, line: int | None, place: str, detail: str) -> None:
    assert problem(text) == (line, place, detail)


@pytest.mark.parametrize(
    "text", [b"a: [1\n", b"a: b: c\n", b"\ta: 1\n", b'a: "\\q"\n', b'a: "\\uD800"\n', b"a: @b\n", b"{"]
)
def test_broken_yaml(text: bytes) -> None:
    line, place, detail = problem(text)
    assert detail.startswith("is not YAML: ")
    assert line in (1, 2)
    assert place == ""


LAUGHS = b"a: &a [x, x]\n" + b"".join(b"%c: &%c [*%c, *%c]\n" % (c + 1, c + 1, c, c) for c in range(97, 121))


@pytest.mark.parametrize(
    "text",
    [
        LAUGHS,
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"- " * 100_000 + b"x",
        b"\n".join(b" " * depth + b"a:" for depth in range(700)),
        b"? " * 100_000,
        b"a: [" + b"[]," * 80_000 + b"]",
        b"a: '" + b"x\n\n" * 80_000,
        b"[a: " * 50_000,
    ],
)
def test_hostile_yaml_costs_little(text: bytes) -> None:
    tracemalloc.start()
    started = time.process_time()
    with pytest.raises(SpecError):
        strict_yaml(text)
    took = time.process_time() - started
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50 * 2**20
    assert took < 5


def test_a_specifications_problems_have_lines() -> None:
    text = b"""\
version: 1
name: support
instructions: |
  Be kind.
model:
  temprature: 1
channels:
  telegram:
    token: canary
"""
    with pytest.raises(SpecError) as caught:
        read_spec(text, name="sales")
    assert (
        str(caught.value)
        == """\
The bot specification is not valid
  line 6: /model/temprature: unknown key; did you mean temperature?
  line 9: /channels/telegram/token: must be {secret: NAME}; a secret is named here, its value is given apart \
and never written here
  line 2: /name: must be sales, the name the bot has; a bot's name never changes"""
    )


def test_a_specification_is_read_with_its_data_as_written() -> None:
    spec, data = read_spec(b"version: 1\nname: support\ninstructions: Be kind.\nmodel:\n  temperature: 0.5\n")
    assert spec.model.temperature == 0.5
    assert data == {
        "version": 1,
        "name": "support",
        "instructions": "Be kind.",
        "model": {"temperature": 0.5},
    }


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        (b'{"a": 1, "a": 2}', 'holds the key "a" twice in one object; keep one'),
        (b'{"x": {"b": 1, "c": 2, "b": 2}}', 'holds the key "b" twice in one object; keep one'),
        (b'{"a": NaN}', "holds NaN, which is not JSON"),
        (b'{"a": -Infinity}', "holds -Infinity, which is not JSON"),
        (b"\xff", "is not UTF-8"),
        (b"{a: 1}", "is not JSON: Expecting property name enclosed in double quotes"),
        (b"[" * 100_000, "is nested too deep"),
        (b'{"a":' * 100_000, "is nested too deep"),
        (b"9" * 5000, "holds a number that is too long"),
    ],
)
def test_json_that_is_refused(text: bytes, detail: str) -> None:
    with pytest.raises(SpecError) as caught:
        strict_json(text)
    assert [each.detail for each in caught.value.problems] == [detail]


def test_json_is_kept() -> None:
    assert strict_json(b'{"a": ["\\ud83d\\ude00", 1e3, null]}') == {"a": ["\U0001f600", 1000.0, None]}
    assert strict_json(b'{"a": "\\ud83d"}') == {"a": "\ud83d"}, (
        "the specification's check refuses it by place"
    )
