"""A webhook is registered, looked after, and an owner reads why messages do not come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_runtime.channels.channel import ChannelState
from agent_runtime.channels.telegram.inbound import digest_of, is_proven, secret_of
from agent_runtime.channels.telegram.webhook import Announce, Webhook
from agent_runtime.settings import RuntimeSettings
from tests.simulators.telegram.client import Telegram

URL = "https://bots.example/webhook/alice.support"


@dataclass
class Kept:
    """A webhook and what was heard of it."""

    token: str
    task: asyncio.Task[None] = field(init=False)
    digests: list[str] = field(default_factory=list)
    states: asyncio.Queue[ChannelState] = field(default_factory=asyncio.Queue)

    async def announce(self, digest: str) -> None:
        self.digests.append(digest)

    async def until(self, state: str) -> ChannelState:
        while True:
            found = await asyncio.wait_for(self.states.get(), 10)
            if found.state == state:
                return found


async def looked_after(webhook: Webhook, url: str, announce: Announce) -> None:
    pause: float | None = 0.0
    while pause is not None:
        await asyncio.sleep(pause)
        pause = await webhook.look(url, announce)


@pytest.fixture
async def start(telegram: Telegram, tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    tasks: list[asyncio.Task[None]] = []

    async def begin(url: str = URL, token: str | None = None, faults: tuple[str, ...] = ()) -> Kept:
        token = token or (await telegram.create_bot())["token"]
        for method in faults:
            await telegram.fault(token, method, "502")
        settings = RuntimeSettings(home=tmp_path, telegram_api_url=telegram.url)
        kept = Kept(token)
        webhook = Webhook(token, settings, kept.states.put_nowait)
        kept.task = asyncio.create_task(looked_after(webhook, url, kept.announce))
        tasks.append(kept.task)
        return kept

    yield begin
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def info(telegram: Telegram, token: str) -> dict[str, Any]:
    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.post(f"{telegram.url}/bot{token}/getWebhookInfo")
    return dict(answer.json()["result"])


async def test_it_is_registered_after_its_digest_is_known(
    start: Callable[..., Any], telegram: Telegram
) -> None:
    kept = await start(faults=("getWebhookInfo",))
    connected = await kept.until("connected")
    assert connected.link == f"https://t.me/{connected.name}"
    assert kept.digests == [digest_of(secret_of(kept.token))]
    registered = await info(telegram, kept.token)
    assert (registered["url"], registered["allowed_updates"]) == (URL, ["message", "edited_message"])


async def test_nothing_is_registered_before_the_digest_is_stored(
    start: Callable[..., Any], telegram: Telegram, tmp_path: Path
) -> None:
    token = (await telegram.create_bot())["token"]

    async def not_stored(_: str) -> None:
        raise OSError("no space left on device")

    settings = RuntimeSettings(home=tmp_path, telegram_api_url=telegram.url)
    with pytest.raises(OSError, match="no space"):
        await Webhook(token, settings, lambda _: None).look(URL, not_stored)
    assert await telegram.calls(token) == []


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://127.0.0.1:8080/webhook/alice.support", "HTTPS URL must be provided"),
        ("https://bots.example:8080/webhook/alice.support", "only on ports 80, 88, 443 or 8443"),
    ],
)
async def test_an_address_that_telegram_refuses(start: Callable[..., Any], url: str, says: str) -> None:
    kept = await start(url)
    failed = await kept.until("failed")
    assert says in str(failed.reason)
    assert "BOTYARD_PUBLIC_URL" in str(failed.next_step)


async def test_a_revoked_token_ends_it(start: Callable[..., Any], telegram: Telegram) -> None:
    kept = await start()
    await kept.until("connected")
    await telegram.revoke(kept.token)
    assert "refuses the bot's token" in str((await kept.until("failed")).reason)
    await asyncio.wait_for(kept.task, 10)


async def test_another_program_is_named_and_the_webhook_set_again(
    start: Callable[..., Any], telegram: Telegram
) -> None:
    kept = await start()
    await kept.until("connected")
    async with httpx2.AsyncClient(trust_env=False) as client:
        await client.post(
            f"{telegram.url}/bot{kept.token}/setWebhook", json={"url": "https://other.example/x"}
        )
    assert "Another program" in str((await kept.until("failed")).reason)
    await kept.until("connected")
    assert (await info(telegram, kept.token))["url"] == URL


@given(st.text(st.characters(max_codepoint=255)))
def test_no_other_text_is_a_proof(shown: str) -> None:
    secret = secret_of("7000000001:AAof-no-bot-that-there-is")
    assert is_proven(secret, digest_of(secret))
    assert is_proven(shown, digest_of(secret)) == (shown == secret)
    assert not is_proven(shown, None)
    assert not is_proven(shown, "")


def test_every_token_has_a_secret_that_telegram_takes() -> None:
    secrets = {secret_of(f"700000000{number}:AAx") for number in range(9)}
    assert len(secrets) == 9
    assert all(len(secret) == 64 and secret.isalnum() for secret in secrets)


async def test_errors_of_a_moment_are_a_restart_and_errors_that_go_on_are_trouble(tmp_path: Path) -> None:
    """A receiver that dies leaves failed deliveries behind, and messages that come meanwhile wait too."""
    shown: list[ChannelState] = []
    connected = ChannelState("connected")
    webhook = Webhook("7000000001:AA", RuntimeSettings(home=tmp_path), shown.append)
    webhook._connected = connected
    error = {"last_error_message": "Connection failed"}
    webhook._judge({"pending_update_count": 3, "last_error_date": 100, **error}, URL)
    webhook._judge({"pending_update_count": 2, "last_error_date": 100, **error}, URL)
    webhook._judge({"pending_update_count": 0, "last_error_date": 100, **error}, URL)
    webhook._judge({"pending_update_count": 1, "last_error_date": 200, **error}, URL)
    webhook._judge({"pending_update_count": 1, "last_error_date": 203, **error}, URL)
    assert shown == [connected]
    webhook._judge({"pending_update_count": 1, "last_error_date": 204, **error}, URL)
    assert [state.state for state in shown] == ["connected", "failed"]
    assert "Connection failed" in str(shown[1].reason)
