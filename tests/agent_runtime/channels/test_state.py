"""A channel's state on its way from a listener to the dispatcher."""

from __future__ import annotations

from agent_runtime.channels.channel import ChannelState


def test_a_state_is_told_without_what_it_does_not_say_and_read_the_same() -> None:
    state = ChannelState("connected", name="Support", link="https://t.me/support_bot")
    told = state.to_dict()
    assert told == {"state": "connected", "name": "Support", "link": "https://t.me/support_bot"}
    assert ChannelState.of(told) == state


def test_what_a_later_version_says_of_a_channel_is_passed_over() -> None:
    assert ChannelState.of({"state": "failed", "colour": "red"}) == ChannelState("failed")
