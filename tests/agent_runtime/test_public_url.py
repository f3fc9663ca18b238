"""A public URL is one that tokens and messages may travel to."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from agent_runtime.settings import RuntimeSettings


@pytest.mark.parametrize(
    ("url", "bot"),
    [
        ("https://bots.example.com", "https://bots.example.com/webhook/al.one"),
        ("https://bots.example.com:8443/base/", "https://bots.example.com:8443/base/webhook/al.one"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/webhook/al.one"),
        ("http://[::1]:8080", "http://[::1]:8080/webhook/al.one"),
        ("http://localhost", "http://localhost/webhook/al.one"),
        ("", None),
        (None, None),
    ],
)
def test_where_a_platform_sends(url: str | None, bot: str | None) -> None:
    assert RuntimeSettings(public_url=url).webhook_url("al.one", "telegram") == bot


def test_each_other_platform_has_an_entrance_of_its_own() -> None:
    settings = RuntimeSettings(public_url="https://bots.example.com/")
    assert settings.webhook_url("al.one", "slack") == "https://bots.example.com/webhook/al.one/slack"


@pytest.mark.parametrize(
    "url",
    [
        "http://bots.example.com",
        "http://10.0.0.5",
        "http://localhost.example.com",
        "ftp://127.0.0.1",
        "bots.example.com",
        "https://",
        "https://bots.example.com?x=1",
        "https://bots.example.com#x",
        "https://user:word@bots.example.com",
    ],
)
def test_addresses_that_stop_the_start(url: str) -> None:
    with pytest.raises(ValidationError, match="must"):
        RuntimeSettings(public_url=url)
