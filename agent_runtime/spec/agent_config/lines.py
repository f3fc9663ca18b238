"""The line of each JSON pointer in a JSON text, which Python's reader does not tell."""

from __future__ import annotations

import json
import re

from agent_runtime.spec.problems import pointer

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)


def lines_of(text: str) -> dict[str, int]:
    """The line, from 1, of each key and entry of a text that is valid JSON."""
    lines = {"": 1}
    path: list[str | int] = []
    # Of each open object or list: whether it is a list.
    lists: list[bool] = []
    before, line, upto = "", 1, 0
    for found in _TOKEN.finditer(text):
        word = found.group()
        line, upto = line + text.count("\n", upto, found.start()), found.start()
        if lists and before in ("{", "[", ",") and word not in ("}", "]"):
            path[-1] = int(path[-1]) + 1 if lists[-1] else str(json.loads(word, strict=False))
            lines[pointer(*path)] = line
        if word in ("{", "["):
            lists.append(word == "[")
            path.append(-1)
        elif word in ("}", "]"):
            lists.pop()
            path.pop()
        before = word
    return lines
