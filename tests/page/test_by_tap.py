"""A bot on the page without a token: its link is tapped, and its name given, in Telegram."""

from __future__ import annotations

import secrets

import pytest
from playwright.async_api import expect

from tests.page.conftest import NewVisitor
from tests.page.test_accessible import findings
from tests.page.visitor import STEPS, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _link(visitor: Visitor) -> str:
    """From a filled form without a token to the link that stands for it."""
    await visitor.page.get_by_role("switch", name="Telegram").check()
    await visitor.button("Name it in Telegram").click()
    await expect(visitor.heading("Name it in Telegram")).to_be_visible()
    return str(await visitor.link("Open Telegram").get_attribute("href"))


async def test_named_in_telegram_and_live(new_visitor: NewVisitor) -> None:
    visitor = await new_visitor(reduced_motion="reduce")
    await visitor.sign_in()
    page, manager = visitor.page, visitor.botyard.manager
    name = await visitor.fill_new_bot("Customer support")
    link = await _link(visitor)
    progress = page.get_by_role("status").filter(has_text="one person")
    await expect(progress).to_be_visible()
    assert await findings(page) == []
    await page.reload()
    await expect(visitor.link("Open Telegram")).to_have_attribute("href", link)
    assert link.partition("?start=")[2] not in page.url

    person = manager.person(7301)
    person.say(f"/start {link.partition('?start=')[2]}", name="Ann")
    await expect(page.get_by_text("Ann has opened it")).to_be_visible()
    made = manager.makes(7301, "Ann's support", f"ann_{secrets.token_hex(4)}_bot")
    await visitor.succeeded("Deployed")
    assert await visitor.steps() == dict.fromkeys(STEPS, "succeeded")
    channel = (await visitor.stored(f"admin.{name}"))["channels"]["telegram"]
    assert (channel["state"], channel["link"]) == ("connected", f"https://t.me/{made.username}")


async def test_a_link_is_taken_back(visitor: Visitor) -> None:
    visitor.expected = {404}
    name = await visitor.fill_new_bot("Customer support")
    await _link(visitor)
    made = visitor.page.url.rpartition("/")[2]
    await visitor.button("Take the link back").click()
    await visitor.button("Take it back").click()
    await expect(visitor.heading("What should it be?")).to_be_visible()
    links = visitor.botyard.api.read("/managed-bots")["items"]
    assert made not in {link["id"] for link in links if link["state"] == "waiting"}
    assert visitor.botyard.api.ask("GET", f"/bots/admin.{name}").status_code == 404


@pytest.mark.long
async def test_a_link_that_comes_to_nothing_says_why(visitor: Visitor) -> None:
    page, manager = visitor.page, visitor.botyard.manager
    name = await visitor.fill_new_bot("Customer support")
    code = (await _link(visitor)).partition("?start=")[2]
    manager.person(7302).say(f"/start {code}", name="Ben")
    await expect(page.get_by_text("Ben has opened it")).to_be_visible()
    visitor.botyard.api.ask("POST", "/bots", {"spec": visitor.botyard.spec(name)})
    manager.makes(7302, "Too late", f"ben_{secrets.token_hex(4)}_bot")
    await expect(visitor.heading(f"admin.{name} was not deployed")).to_be_visible()
    await expect(page.get_by_text("exists already")).to_be_visible()
    await visitor.link("Back to the templates").click()
    await expect(visitor.link("Customer support")).to_be_visible()
