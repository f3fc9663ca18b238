"""What is wrong with a document, said so that a person can act on it: where, why and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault. `pointer` is an RFC 6901 JSON pointer into the document, `""` for the whole of it.

    `detail` never repeats a value: what was written in the wrong place may be a secret.
    """

    pointer: str
    detail: str
    line: int | None = None
    file: str | None = None

    def __str__(self) -> str:
        place = self.file or ""
        if self.line is not None:
            place = f"{place}:{self.line}" if place else f"line {self.line}"
        return ": ".join(part for part in (place, self.pointer, self.detail) if part)


class SpecError(Exception):
    """The document is refused. `problems` has at least one entry."""

    def __init__(
        self, problems: Iterable[Problem], title: str = "The bot specification is not valid"
    ) -> None:
        self.title = title
        self.problems = tuple(problems)
        super().__init__(title)

    def __str__(self) -> str:
        return "\n".join([self.title, *(f"  {problem}" for problem in self.problems)])


def pointer(*parts: str | int) -> str:
    """The RFC 6901 JSON pointer of a path: `pointer("a/b", 0)` is `/a~1b/0`."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
