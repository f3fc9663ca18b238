"""Every refusal says what to do next: each text of an error that a caller may get, wherever it is written."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import control_api
from control_api.kit import problems

_SOURCE = Path(control_api.__file__).parent
_ERRORS = {
    name
    for name, kind in vars(problems).items()
    if inspect.isclass(kind) and issubclass(kind, problems.BotyardError)
}
# A word that asks for a deed, where a sentence or clause begins; what a thing takes; or the command or call
# that tells more.
_NEXT = re.compile(
    r"(?:^|[.;:,] |; or )"
    r"(?:ask|check|choose|delete|give|leave|make|open|push|read|send|sign in|take|try|use|wait)\b"
    r"|^If-Match takes|are listed at|`botyard|GET /",
    re.IGNORECASE,
)


def _words(node: ast.expr) -> str:
    """What is written of a text; "…" for what is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_words(part) for part in node.values)
    if isinstance(node, ast.BinOp):
        return _words(node.left) + _words(node.right)
    return "…"


def _texts() -> Iterator[tuple[str, str]]:
    """Each text that is raised as one of the API's errors, with its place."""
    for path in sorted(_SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in _ERRORS:
                    if name == "NotFoundError" and isinstance(first, ast.Constant):
                        yield (
                            f"{path.relative_to(_SOURCE)}:{node.lineno}",
                            str(problems.NotFoundError(str(first.value))),
                        )
                    elif re.search(r"\w", text := _words(first)):
                        yield f"{path.relative_to(_SOURCE)}:{node.lineno}", text


def test_each_refusal_says_what_to_do() -> None:
    found = dict(_texts())
    assert len(found) > 60, "they are found"
    # Words for one field, which say what it takes, are made from its rule.
    of_fields = {
        place for place, text in found.items() if re.fullmatch(r"(since|cursor|commit|…)[ :]+…", text)
    }
    silent = {place: text for place, text in found.items() if not _NEXT.search(text)}
    assert {place: text for place, text in silent.items() if place not in of_fields} == {}


def test_what_is_not_there_says_where_to_look() -> None:
    for what, where in problems._WHERE_TO_LOOK.items():
        assert str(problems.NotFoundError(what)) == f"There is no such {what}. {where}"
    assert "Check its name" in str(problems.NotFoundError("thing"))
    assert "Make room" in str(problems.NoRoomError())
    assert "Wait 3 seconds" in str(problems.TooManyTriesError(3))
    assert "sign in" in str(problems.NotSignedInError())
