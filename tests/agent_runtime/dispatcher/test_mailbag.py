"""Order, and what is tried alone after a crash: the pure part of the dispatcher."""

from __future__ import annotations

import itertools
import math
import random

from hypothesis import given
from hypothesis import strategies as st

from agent_runtime.dispatcher.mailbag import Mailbag
from agent_runtime.mail import Mail


def a_mail(key: str, conversation: str, attempt: int = 0) -> Mail:
    return Mail(key, "alice.support", "test", conversation, "test:1", "{}", 0.0, attempt)


def bag_of(*mails: str) -> Mailbag:
    """`a1` is the message 1 of conversation a."""
    bag = Mailbag()
    for key in mails:
        bag.add(a_mail(key, key[0]))
    return bag


def take_all(bag: Mailbag, most: int = 8) -> list[str]:
    taken = []
    while (mail := bag.take(0.0, most)) is not None:
        taken.append(mail.key)
    return taken


def test_one_message_of_each_conversation_oldest_first() -> None:
    bag = bag_of("a1", "a2", "b1", "c1", "b2")
    assert take_all(bag) == ["a1", "b1", "c1"]
    assert bag.done("b1")
    assert take_all(bag) == ["b2"]
    assert not bag.done("b1")


def test_no_more_than_the_bound_are_in_hand() -> None:
    bag = bag_of("a1", "b1", "c1")
    assert take_all(bag, most=2) == ["a1", "b1"]
    bag.done("a1")
    assert take_all(bag, most=2) == ["c1"]


def test_after_a_death_one_at_a_time_until_one_succeeds() -> None:
    bag = bag_of("a1", "b1", "c1")
    take_all(bag)
    assert bag.worker_gone(died=True) is None
    assert take_all(bag) == ["a1"]
    bag.done("a1")
    assert take_all(bag) == ["b1", "c1"]


def test_only_a_message_that_was_alone_is_blamed_and_the_others_get_their_turn() -> None:
    bag = bag_of("a1", "b1", "c1", "b2", "c2")
    take_all(bag)
    bag.worker_gone(died=True)
    tried = []
    for _ in range(20):
        for key in take_all(bag):
            tried.append(key)
            if key != "a1":
                bag.done(key)
        if any(mail.key == "a1" for mail in bag.in_hand):
            suspect = bag.worker_gone(died=True)
            if suspect is not None and bag.blame("a1") == 5:
                bag.drop("a1")
                break
    assert tried.count("a1") == 5
    assert sorted(set(tried)) == ["a1", "b1", "b2", "c1", "c2"]
    assert len(bag) == 0


def test_a_planned_end_blames_nobody() -> None:
    bag = bag_of("a1", "b1")
    take_all(bag)
    assert bag.worker_gone(died=False) is None
    assert take_all(bag) == ["a1", "b1"]


def test_a_suspect_remembered_from_before_is_tried_alone() -> None:
    bag = bag_of("b1")
    bag.add(a_mail("a1", "a", attempt=2))
    bag.add(a_mail("c1", "c"))
    assert take_all(bag) == ["a1"]
    bag.done("a1")
    assert take_all(bag) == ["b1", "c1"]


def test_a_message_that_failed_waits_and_holds_its_own_conversation_only() -> None:
    bag = bag_of("a1", "a2", "b1")
    take_all(bag)
    assert bag.blame("a1", not_before=5.0) == 1
    assert bag.take(1.0, 8) is None
    assert bag.next_time() == 5.0
    bag.done("b1")
    assert (mail := bag.take(6.0, 8)) is not None
    assert (mail.key, mail.attempt) == ("a1", 1)


def test_a_message_that_is_postponed_is_not_blamed_and_can_be_hurried() -> None:
    bag = bag_of("a1", "a2", "b1")
    take_all(bag)
    bag.done("b1")
    bag.postpone("a1", math.inf)
    assert take_all(bag) == []
    assert not bag.due(1e12)
    assert bag.next_time() is None
    bag.hurry()
    assert bag.due(0.0)
    assert (mail := bag.take(0.0, 8)) is not None
    assert (mail.key, mail.attempt, bag.postponed("a1")) == ("a1", 0, 0)
    bag.postpone("a1", 5.0)
    assert (bag.postponed("a1"), bag.next_time(), bag.due(4.0), bag.due(5.0)) == (1, 5.0, False, True)


@given(st.text("abcd", max_size=25), st.integers(0, 2**32))
def test_whatever_dies_every_message_is_done_once_and_in_order(conversations: str, seed: int) -> None:
    choose = random.Random(seed).choice
    numbers = itertools.count()
    bag = bag_of(*(f"{conversation}{next(numbers)}" for conversation in conversations))
    done: list[str] = []
    for _ in range(1000):
        while bag.take(0.0, 3) is not None:
            pass
        if not bag.in_hand:
            break
        if choose([True, False, False]):
            suspect = bag.worker_gone(died=True)
            if suspect is not None:
                bag.blame(suspect.key)
        else:
            mail = choose(bag.in_hand)
            assert bag.done(mail.key)
            done.append(mail.key)
    assert len(bag) == 0
    assert sorted(done) == sorted(f"{c}{n}" for n, c in enumerate(conversations))
    for conversation in "abcd":
        own = [int(key[1:]) for key in done if key[0] == conversation]
        assert own == sorted(own)
