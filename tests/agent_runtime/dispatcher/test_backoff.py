"""How soon a bot whose workers always die is called failed, and how rarely it is tried then."""

from __future__ import annotations

import itertools

from agent_runtime.dispatcher.backoff import Backoff


def test_a_bot_that_always_dies_is_failed_within_seconds_and_tried_ever_more_rarely() -> None:
    backoff = Backoff()
    until_failed = list(itertools.takewhile(lambda n: not backoff.failed(n), itertools.count(1)))
    assert sum(backoff.wait(n) for n in until_failed) < 5
    waits = [backoff.wait(len(until_failed) + n) for n in range(1, 9)]
    assert waits == [10, 20, 40, 80, 160, 300, 300, 300]


def test_a_bot_that_says_why_it_cannot_start_is_tried_as_rarely_from_the_first_time() -> None:
    assert [Backoff().unfit(n) for n in range(1, 7)] == [10, 20, 40, 80, 160, 300]
