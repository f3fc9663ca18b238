"""What a run measures: taken by tests that name their figures, and shown at its end.

It is kept in `bench/results.json` beside what `make bench` takes. On a machine that has other work to do a
figure is missed; the table says so, and the run goes on. What takes several times as long fails its test.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from bench.figures import FIGURES, Measured
from bench.results import Results
from bench.subjects import ON_A_CLUSTER

_MARK = "figures"
# So many times its reach is no noise.
_BROKEN = 3

TAKEN = pytest.StashKey[Results]()


def take(results: Results, name: str, value: float, beside: Mapping[str, float] | None = None) -> None:
    """Note a figure; fails where it is far from what is to be reached."""
    figure = FIGURES[name]
    ratio = value if figure.unit == "ratio" else None
    results.measured[name] = Measured(value, ratio, beside or {})
    bound = figure.reach * _BROKEN if figure.compare == "<=" else figure.reach / _BROKEN
    allowed = value <= bound if figure.compare == "<=" else value >= bound
    assert allowed, f"{name}: {value:.4g} {figure.unit}, where {figure.reach:g} is to be reached"


def named(item: pytest.Item) -> Iterable[str]:
    """The figures that a test takes."""
    mark = item.get_closest_marker(_MARK)
    return mark.args if mark else ()


def turn(item: pytest.Item) -> int:
    """When a test's turn is: what a thousand bots leave would weigh on the figures of one."""
    names = list(named(item))
    if not names:
        return len(ON_A_CLUSTER)
    return ON_A_CLUSTER.index(names[0]) if names[0] in ON_A_CLUSTER else -1


def failed(results: Results, item: pytest.Item, why: str) -> None:
    """A test has failed: those of its figures that it had not taken have no value, and the table says so."""
    missing = [name for name in named(item) if name not in results.measured]
    results.failed |= dict.fromkeys(missing, why)


def show(results: Results) -> None:
    """The table, and into the file."""
    names = [name for name in FIGURES if name in results.measured or name in results.failed]
    if names:
        results.write()
        results.show(names)
    if missed := [name for name in names if not results.reached(name)]:
        print(f"Not reached: {', '.join(missed)}.")
