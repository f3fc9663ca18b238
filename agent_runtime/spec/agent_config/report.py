"""What a conversion has come to so far: the new specification, and remarks on what is not as it was."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from agent_runtime.spec.problems import Problem, pointer


@dataclass
class Report:
    """The specification as it grows. Pointers of remarks lead into the old file."""

    spec: dict[str, Any] = field(default_factory=lambda: {"version": 1})
    remarks: list[Problem] = field(default_factory=list)
    # Of pointers into the new specification, where in the old file they come from.
    origins: dict[str, str] = field(default_factory=lambda: {"/instructions": "/instruction"})
    # The secrets whose values have to be given, in the order in which they were met.
    secrets: list[str] = field(default_factory=list)

    def remark(self, place: str, detail: str) -> None:
        """Says of a place in the old file what became of it; `detail` never repeats a value."""
        self.remarks.append(Problem(place, detail))

    def put(self, place: str, value: Any, *path: str) -> None:
        """Puts a value of the old file where it belongs now."""
        here = self.spec
        for key in path[:-1]:
            here = here.setdefault(key, {})
        here[path[-1]] = value
        self.origins[pointer(*path)] = place

    def needs(self, secret: str) -> None:
        """A value to be given, once."""
        if secret not in self.secrets:
            self.secrets.append(secret)

    def origin(self, place: str) -> str:
        """Where in the old file a place of the specification comes from; the same place, where nowhere."""
        nearest = place
        while nearest and nearest not in self.origins:
            nearest = nearest.rpartition("/")[0]
        return self.origins.get(nearest, place)


def leftovers(report: Report, place: str, data: dict[str, Any], known: tuple[str, ...]) -> None:
    """Says of each key that no rule here knows that it was left out."""
    for key in data:
        if key not in known:
            there_is = f"known here: {', '.join(known)}"
            report.remark(f"{place}{pointer(key)}", f"is not known and was left out; {there_is}")
