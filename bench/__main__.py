"""`python -m bench [NAME…]`: take the figures, or some of them; 1 where one is missed or can't be taken."""

from __future__ import annotations

import argparse
import logging
import sys
import traceback

import structlog

from bench.progress import say
from bench.results import Results
from bench.scale import FULL
from bench.subjects import chosen


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a figure; all of them without one")
    arguments = parser.parse_args()
    try:
        subjects = chosen(arguments.names)
    except ValueError as error:
        parser.error(str(error))
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    results = Results()
    for subject in subjects:
        say(f"bench.{subject.module}: {', '.join(subject.figures)}")
        try:
            results.measured |= subject.run(FULL)
        except Exception as error:
            # A line that can't be taken is a failure of its own; the others are taken all the same.
            traceback.print_exc()
            why = f"{type(error).__name__}: {error}".splitlines()[0][:200]
            results.failed |= dict.fromkeys(subject.figures, why)
        results.write()
    names = [name for subject in subjects for name in subject.figures]
    results.show(names)
    return 0 if all(results.reached(name) for name in names) else 1


if __name__ == "__main__":
    sys.exit(main())
