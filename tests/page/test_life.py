"""A bot's life on the page: what people said to it, its secrets, who may talk to it, its end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.page.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_conversation_is_read_exported_and_erased(visitor: Visitor) -> None:
    page = visitor.page
    bot = await visitor.deploy()
    await visitor.go(f"/bots/{bot}/conversations")
    await expect(page.get_by_text("Nobody has talked to it yet")).to_be_visible()
    await visitor.link("Chat").click()
    await expect(await visitor.say("remember the blue door")).to_have_attribute("data-state", "whole")
    await visitor.link("Conversations").click()
    await page.get_by_role("list", name="Conversations").get_by_role("link").click()
    messages = page.get_by_role("list", name="Messages").get_by_role("listitem")
    await expect(messages).to_have_count(2)
    await expect(messages.first).to_contain_text("remember the blue door")

    async with page.expect_download() as download:
        await visitor.button("Export").click()
    saved = await (await download.value).path()
    exported = json.loads(Path(saved).read_text(encoding="utf-8"))
    assert exported["bot"] == bot
    assert [each["role"] for each in exported["messages"]] == ["user", "assistant"]

    await visitor.button("Erase").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Erase").click()
    await expect(page.get_by_text("Nobody has talked to it yet")).to_be_visible()
    assert visitor.botyard.api.read(f"/bots/{bot}/conversations")["items"] == []


async def test_a_token_is_replaced_and_the_code_turns_green_as_its_owner_speaks(visitor: Visitor) -> None:
    page, telegram = visitor.page, visitor.botyard.telegram
    simulated = telegram.bot()
    name = await visitor.fill_new_bot("Customer support")
    await page.get_by_role("switch", name="Telegram").check()
    await visitor.field("Telegram token").fill(telegram.refused_token())
    await visitor.button("Deploy").click()
    await visitor.succeeded("Deploying failed")

    await visitor.go(f"/bots/admin.{name}/secrets")
    row = page.get_by_role("list", name="Secrets").get_by_role("listitem")
    await expect(row).to_contain_text("channels › telegram › token")
    await visitor.button("Replace TELEGRAM_TOKEN").click()
    await expect(visitor.button("Seal and commit")).to_be_disabled()
    await visitor.field("New value").fill(simulated.token)
    await visitor.button("Seal and commit").click()
    await visitor.succeeded("Changed")

    await visitor.go(f"/bots/admin.{name}/access")
    link = await visitor.link("Open Telegram").get_attribute("href")
    assert link is not None
    await expect(page.locator("[data-paired=no]")).to_be_visible()
    simulated.person(4711).say(f"/start {link.partition('start=')[2]}")
    await expect(page.locator("[data-paired=yes]")).to_be_visible()
    await expect(page.get_by_text("Paired with Person 4711")).to_be_visible()
    await expect(page.get_by_role("region", name="People")).to_contain_text("owner")


async def test_the_danger_zone_asks_for_the_name(visitor: Visitor) -> None:
    bot = await visitor.deploy()
    name = bot.partition(".")[2]
    await visitor.go(f"/bots/{bot}/settings")
    await visitor.button(f"Delete {name}").click()
    await expect(visitor.button("Delete")).to_be_disabled()
    await visitor.field(f"Type {name} to go on").fill(name)
    await visitor.button("Delete").click()
    await visitor.succeeded("Deleted")
