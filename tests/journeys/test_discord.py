"""Somebody talks to a bot in Discord that holds the gateway."""

from __future__ import annotations

import pytest

from tests.journeys.in_discord import InDiscord
from tests.journeys.whole_talk import play
from tests.journeys.world import World


@pytest.mark.timeout(240)
def test_the_whole_talk(botyard: World) -> None:
    play(botyard, InDiscord(botyard.discord))
