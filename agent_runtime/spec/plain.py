"""Plain data: what JSON can hold and every reader of YAML and JSON gives back byte for byte.

A specification goes through Python's and Go's readers and writers on its way to a bot. What one of them would
change on the way is refused here, with its place; everything else arrives exactly as it was written.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from agent_runtime.spec.problems import Problem, pointer

DEEPEST = 32
LARGEST_NUMBER = 2**53 - 1
SMALLEST_FRACTION = 0.0001
LONGEST_KEY = 200
# How many problems one answer lists; a person mends the first few, then asks again.
MOST_PROBLEMS = 50

# Controls but tab and line feed, lone surrogates, the byte-order mark, and two that no YAML may hold.
_REFUSED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_NAMES = {
    0x00: "NUL",
    0x0D: "a carriage return; end lines with a line feed alone",
    0x1B: "an escape character",
    0x7F: "a delete character",
    0x85: "a next-line character; end lines with a line feed",
    0xFEFF: "a byte-order mark",
}


def text_problem(text: str) -> str | None:
    """Why the text can't be kept exactly, or None. Positions count characters from 1."""
    found = _REFUSED.search(text)
    if found is None:
        return None
    code = ord(found.group())
    if 0xD800 <= code <= 0xDFFF:
        name = "half of a surrogate pair"
    else:
        name = _NAMES.get(code, "a control character" if code < 0xA0 else "no character of Unicode")
    return f"character {found.start() + 1} is U+{code:04X}, {name}"


def number_problem(number: float) -> str | None:
    """Why the number would not be the same in every reader, or None."""
    if isinstance(number, float) and not math.isfinite(number):
        return "must be a finite number"
    if abs(number) > LARGEST_NUMBER:
        return "is too large a number"
    if isinstance(number, float) and number == 0 and math.copysign(1, number) < 0:
        return "must be 0, not -0"
    if 0 < abs(number) < SMALLEST_FRACTION:
        return f"is too small a fraction; the smallest is {SMALLEST_FRACTION}"
    return None


def plain_problems(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[Problem]:
    """Everything in the data that is not plain, in its order. Its depth is bounded before it is walked."""
    if len(path) > DEEPEST:
        yield Problem(pointer(*path), f"is nested more than {DEEPEST} deep")
    elif isinstance(data, str):
        yield from _said(path, text_problem(data))
    elif isinstance(data, Mapping):
        for key, value in data.items():
            if faults := list(_key_problems(key, path)):
                yield from faults
            else:
                yield from plain_problems(value, (*path, key))
    elif isinstance(data, list | tuple):
        for index, value in enumerate(data):
            yield from plain_problems(value, (*path, index))
    elif isinstance(data, int | float) and not isinstance(data, bool):
        yield from _said(path, number_problem(data))
    elif data is not None and not isinstance(data, bool):
        yield Problem(pointer(*path), "must be text, a number, true, false, a list or an object")


def _said(path: tuple[str | int, ...], detail: str | None) -> Iterator[Problem]:
    if detail is not None:
        yield Problem(pointer(*path), detail)


def _key_problems(key: object, path: tuple[str | int, ...]) -> Iterator[Problem]:
    if not isinstance(key, str):
        yield Problem(pointer(*path), "has a key that is not text; put it in quotes")
    elif len(key) > LONGEST_KEY:
        yield Problem(pointer(*path), f"has a key of more than {LONGEST_KEY} characters")
    elif detail := text_problem(key):
        yield Problem(pointer(*path), f"has a key that can't be kept: {detail}")
