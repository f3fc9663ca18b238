"""What ten thousand bots cost the gateway, as `make bench` takes it: it needs no cluster to stand beside."""

from __future__ import annotations

import pytest

from bench import routing
from bench.results import Results
from bench.scale import FULL
from tests.cluster.figures import take

pytestmark = pytest.mark.timeout(300)


@pytest.mark.figures("gateway_10k_over_1")
def test_ten_thousand_bots_beside_one(figures: Results) -> None:
    [found] = routing.run(FULL).values()
    take(figures, "gateway_10k_over_1", found.value, found.beside)
