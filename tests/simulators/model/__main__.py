"""`python -m tests.simulators.model --port 0`."""

from __future__ import annotations

from tests.simulators.model.app import ModelSimulator
from tests.simulators.serving import main

if __name__ == "__main__":
    main(ModelSimulator().app)
