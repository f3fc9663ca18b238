"""How fast a bot sends: as fast as Telegram takes it, and no faster."""

from __future__ import annotations

import pytest

from agent_runtime.channels.telegram import pace
from agent_runtime.channels.telegram.pace import BOT_PER_SECOND, Pace


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(pace, "time", found)
    return found


def test_many_chats_are_answered_at_once_up_to_what_a_bot_may_send_in_a_second(clock: Clock) -> None:
    bot = Pace()
    for chat in range(1, BOT_PER_SECOND + 1):
        assert bot.pause(chat) == 0
        bot.used(chat)
        clock.now += 0.01
    assert bot.pause(9999) == pytest.approx(1 - BOT_PER_SECOND * 0.01)
    clock.now += bot.pause(9999)
    bot.used(9999)
    assert bot.pause(9998) == pytest.approx(0.01)


def test_a_chat_waits_a_second_a_group_three_and_each_as_long_as_telegram_says(clock: Clock) -> None:
    bot = Pace()
    for chat, seconds in ((1, 1.0), (-1, 3.0)):
        bot.used(chat)
        assert bot.pause(chat) == seconds
        assert bot.pause(chat, edits=True) == 0
    bot.used(2, edits=True)
    assert (bot.pause(2), bot.pause(2, edits=True)) == (0, 1.0)
    bot.refused(2, 17.0)
    assert bot.pause(2) == bot.pause(2, edits=True) == 17.0


def test_a_message_that_is_edited_from_now_on_is_one_message(clock: Clock) -> None:
    bot = Pace()
    for chat in range(-BOT_PER_SECOND + 1, 0):
        bot.shown(chat)
    assert bot.pause(5) == 0
    assert (bot.pause(-1), bot.pause(-1, edits=True)) == (3.0, 1.0)
    bot.shown(-BOT_PER_SECOND)
    assert bot.pause(5) == 1.0
