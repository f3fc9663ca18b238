"""What an unquoted YAML scalar means, where all readers agree, and a refusal where they don't.

YAML 1.1 readers (PyYAML, Ruby), YAML 1.2 readers and Go's sigs.k8s.io/yaml read `yes`, `1e3`, `0o17`,
`12:30:00` or `2026-11-21` in different ways. Such a scalar is refused with the request to quote it; then it
means the same everywhere.
"""

from __future__ import annotations

import re

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_FRACTION = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+\Z")

_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "=", "<<"})
# Everything that starts like a number and goes on as only numbers, dates and times do.
_NUMBER_LIKE = re.compile(
    r"""
      [-+]? \.? [0-9][0-9_]* ( \.[0-9_]* )? ( [eE][-+]?[0-9_]+ )?  # 007, +1, 1_000, 1e3, 5., .5
    | [-+]? 0 [bBoOxX] [0-9a-fA-F_]+                               # 0o17, 0x1f, 0b1
    | [-+]? 0 [xX] [0-9a-fA-F_.]+ ( [pP][-+]?[0-9]+ )?             # 0x1p4, which Go knows
    | [-+]? [0-9][0-9_]* ( : [0-5]?[0-9] )+ ( \.[0-9_]* )?         # 12:30:00, 190:20:30.15
    | [0-9]{4} - [0-9]{1,2} - [0-9]{1,2} .*                        # 2026-11-21 and 2026-11-21T10:00:00Z
    | [-+]? \.? ( inf | infinity | nan )                           # .inf, .NaN
    """,
    re.VERBOSE | re.IGNORECASE,
)


class AmbiguousScalarError(ValueError):
    """An unquoted scalar that readers of YAML disagree on; its text says what to write."""


def plain_scalar(text: str) -> str | int | float | bool | None:
    """The value of an unquoted scalar; AmbiguousScalarError where it would depend on the reader."""
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if text.lower() in _WORDS:
        raise AmbiguousScalarError(
            "readers of YAML disagree on this unquoted word; quote it, or write true or false"
        )
    if _INTEGER.match(text):
        return _number(text)
    if _FRACTION.match(text):
        return _number(text)
    # Go takes underscores out before it looks for a number, wherever they stand: 0_x7 is 7.
    if _NUMBER_LIKE.fullmatch(text) or _NUMBER_LIKE.fullmatch(text.replace("_", "")):
        raise AmbiguousScalarError(
            "readers of YAML disagree on this unquoted value; quote it, or write a plain decimal number"
        )
    return text


def _number(text: str) -> int | float:
    if len(text) > 24:
        raise AmbiguousScalarError("is too long for a number; quote it if it is text")
    return float(text) if "." in text else int(text)
