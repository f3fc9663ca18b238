"""Webhooks as Telegram keeps and serves them: https://core.telegram.org/bots/api#setwebhook.

Updates of one chat are sent one after the other, those of several chats at once. Whatever is no 2xx is sent
again after a wait that grows, and nothing of its chat is sent before it.
"""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import re
import ssl
import time
from typing import Any
from urllib.parse import urlsplit

import httpx2

from tests.simulators.telegram.refusals import WEBHOOK_ACTIVE, bad_request
from tests.simulators.telegram.state import Bot, Delivery, Webhook, World

Parameters = dict[str, Any]
_PORTS = (443, 80, 88, 8443)
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_TRUE = (True, "true", "True", "1")
_LONGEST_WAIT = 60.0
_ANSWER_WITHIN = 60.0


async def set_webhook(world: World, bot: Bot, parameters: Parameters) -> Any:
    """https://core.telegram.org/bots/api#setwebhook."""
    url, secret = str(parameters.get("url", "")), str(parameters.get("secret_token", ""))
    if url:
        _check_url(url, world.loopback_webhooks)
    if secret and not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    before = bot.webhook
    await _stop(bot)
    allowed = parameters.get("allowed_updates", before.allowed_updates)
    most = int(parameters.get("max_connections", 40))
    bot.webhook = Webhook(url, secret, most, allowed, deliveries=before.deliveries)
    if url == before.url:
        bot.webhook.last_error = before.last_error
    if parameters.get("drop_pending_updates") in _TRUE:
        bot.updates.clear()
    if url:
        bot.end_poll(WEBHOOK_ACTIVE)
        bot.webhook.sending = asyncio.create_task(_Sender(world, bot).run())
    return True


async def delete_webhook(world: World, bot: Bot, parameters: Parameters) -> Any:
    """https://core.telegram.org/bots/api#deletewebhook."""
    await _stop(bot)
    bot.webhook = Webhook(deliveries=bot.webhook.deliveries)
    if parameters.get("drop_pending_updates") in _TRUE:
        bot.updates.clear()
    return True


async def get_webhook_info(world: World, bot: Bot, parameters: Parameters) -> Any:
    """https://core.telegram.org/bots/api#getwebhookinfo; what is not set is left out."""
    webhook = bot.webhook
    info: dict[str, Any] = {
        "url": webhook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(bot.updates),
    }
    if webhook.url:
        info |= {"max_connections": webhook.max_connections, "ip_address": "127.0.0.1"}
        if webhook.allowed_updates:
            info["allowed_updates"] = webhook.allowed_updates
        if webhook.last_error is not None:
            info["last_error_date"], info["last_error_message"] = webhook.last_error
    return info


def _check_url(url: str, loopback: bool) -> None:
    parts = urlsplit(url)
    if loopback and parts.scheme == "http" and _is_loopback(parts.hostname or ""):
        return
    if parts.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if (parts.port or 443) not in _PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _stop(bot: Bot) -> None:
    if bot.webhook.sending is not None:
        bot.webhook.sending.cancel()
        await asyncio.wait({bot.webhook.sending})


@functools.cache
def _authorities() -> ssl.SSLContext:
    """Read once: for each of a thousand bots it would take twenty milliseconds."""
    return ssl.create_default_context()


class _Sender:
    """Sends one bot's updates to one webhook until it is cancelled."""

    def __init__(self, world: World, bot: Bot) -> None:
        self._world, self._bot, self._webhook = world, bot, bot.webhook
        self._chats: dict[int, asyncio.Task[None]] = {}
        self._http = httpx2.AsyncClient(verify=_authorities(), timeout=_ANSWER_WITHIN, trust_env=False)

    async def run(self) -> None:
        try:
            while True:
                async with self._bot.changed:
                    await self._bot.changed.wait_for(self._unserved)
                for chat in self._unserved():
                    self._chats[chat] = asyncio.create_task(self._serve(chat))
        finally:
            for task in self._chats.values():
                task.cancel()
            await asyncio.gather(*self._chats.values(), return_exceptions=True)
            await self._http.aclose()

    def _unserved(self) -> list[int]:
        waiting = dict.fromkeys(_chat(update) for _, update in self._bot.updates)
        room = self._webhook.max_connections - len(self._chats)
        return [chat for chat in waiting if chat not in self._chats][:room]

    async def _serve(self, chat: int) -> None:
        wait = self._world.first_wait
        while (update := self._first(chat)) is not None:
            retry_after = await self._send(update)
            if retry_after is None:
                self._confirm(update)
                wait = self._world.first_wait
                continue
            await asyncio.sleep(max(wait, retry_after))
            wait = min(wait * 2, _LONGEST_WAIT)
        del self._chats[chat]
        await self._bot.notify()

    def _first(self, chat: int) -> dict[str, Any] | None:
        return next((update for _, update in self._bot.updates if _chat(update) == chat), None)

    def _confirm(self, update: dict[str, Any]) -> None:
        for entry in self._bot.updates:
            if entry[1] is update:
                self._bot.updates.remove(entry)
                return

    async def _send(self, update: dict[str, Any]) -> float | None:
        """None once it was taken; else how long to wait at least."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": self._webhook.secret_token}
        headers = {name: value for name, value in headers.items() if value}
        try:
            response = await self._http.post(self._webhook.url, json=update, headers=headers)
        except httpx2.HTTPError as error:
            await self._record(update, 0, "", f"Connection failed: {type(error).__name__}")
            return 0.0
        if self._is_lost():
            await self._record(update, 0, "", "Connection failed: the answer was lost")
            return 0.0
        if response.is_success:
            await self._record(update, response.status_code, response.text, None)
            return None
        said = f"Wrong response from the webhook: {response.status_code} {response.reason_phrase}"
        await self._record(update, response.status_code, response.text, said)
        retry_after = response.headers.get("retry-after", "0")
        return min(float(retry_after), _LONGEST_WAIT) if retry_after.isdigit() else 0.0

    def _is_lost(self) -> bool:
        every = self._bot.lost_every
        return every > 0 and (len(self._webhook.deliveries) + 1) % every == 0

    async def _record(self, update: dict[str, Any], status: int, body: str, error: str | None) -> None:
        self._webhook.deliveries.append(Delivery(update["update_id"], status, body, time.time()))
        if error is not None:
            self._webhook.last_error = (int(time.time()), error)
        await self._bot.notify()


def _chat(update: dict[str, Any]) -> int:
    """What Telegram keeps the order by; an update of no chat is its own."""
    message = update.get("message")
    chat = message.get("chat") if isinstance(message, dict) else None
    found = chat.get("id") if isinstance(chat, dict) else None
    return found if isinstance(found, int) else -int(update["update_id"])
