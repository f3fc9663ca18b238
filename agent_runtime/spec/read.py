"""From the text of a `bot.yaml` or the body of a request to data, and to a checked specification."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from agent_runtime.spec.bot import BotSpec
from agent_runtime.spec.parse import check
from agent_runtime.spec.problems import Problem, SpecError
from agent_runtime.spec.strict_yaml import read_document


def read_spec(text: bytes, *, name: str | None = None) -> tuple[BotSpec, dict[str, Any]]:
    """The specification in a `bot.yaml` and its data as written; SpecError with lines.

    `name` is the bot's name where it is known from the file's path.
    """
    document = read_document(text)
    spec, problems = check(document.data, name)
    if spec is None:
        raise SpecError(Problem(each.pointer, each.detail, document.line(each.pointer)) for each in problems)
    return spec, document.data


def strict_json(text: bytes) -> Any:
    """The JSON in a request's body; SpecError for duplicate keys, NaN, bad UTF-8 and nesting without end.

    Python's own reader takes the last of two equal keys and never says so.
    """
    try:
        return json.loads(text.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise _refused("is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise _refused(f"is not JSON: {error.msg}", error.lineno) from None
    except RecursionError:
        raise _refused("is nested too deep") from None
    except ValueError:
        # Python refuses to turn thousands of digits into one integer.
        raise _refused("holds a number that is too long") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(_repeated(pairs))
        raise _refused(f"holds the key {json.dumps(twice[:100])} twice in one object; keep one")
    return found


def _repeated(pairs: list[tuple[str, Any]]) -> Iterator[str]:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            yield key
        seen.add(key)


def _no_constant(constant: str) -> NoReturn:
    raise _refused(f"holds {constant}, which is not JSON")


def _refused(detail: str, line: int | None = None) -> SpecError:
    return SpecError([Problem("", detail, line)], title="The JSON is not accepted")
