"""The whole way of a bot on a phone: everything within the screen, and what is needed often within reach."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, expect

from tests.page.conftest import NewVisitor
from tests.page.visitor import STEPS, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

_WIDE, _TALL = 390, 844


async def test_from_a_template_to_the_end(new_visitor: NewVisitor) -> None:
    visitor = await new_visitor("phone", color_scheme="dark")
    page = visitor.page
    await visitor.sign_in()
    name = await visitor.fill_new_bot("General assistant", model="long-markdown")
    bot = f"admin.{name}"
    await page.get_by_role("switch", name="Telegram").tap()
    await visitor.field("Telegram token").fill(visitor.botyard.telegram.bot().token)
    await _in_reach(visitor.button("Deploy"))
    await visitor.button("Deploy").tap()
    await visitor.succeeded("Deployed")
    assert await visitor.steps() == dict.fromkeys(STEPS, "succeeded")
    # The proof asks for a few words of a long answer, and says that there was more.
    await expect(page.locator("[data-step=answered] blockquote")).to_have_text(re.compile("…$"))
    await _fits(visitor, "the steps")
    await _talk(visitor)
    await _look_around(visitor)
    await _change_and_undo(visitor, bot)
    await _read_logs(visitor)
    await _replace_a_secret(visitor)
    await _delete(visitor, name)


async def _fits(visitor: Visitor, what: str) -> None:
    """Nothing goes beyond the edge."""
    width = await visitor.page.evaluate("document.documentElement.scrollWidth")
    assert width <= _WIDE, f"{what} is {width} wide"


async def _in_reach(found: Locator) -> None:
    """Where the thumb is, whatever the page is scrolled to."""
    box = await found.bounding_box()
    assert box is not None
    assert _TALL * 0.75 < box["y"] <= _TALL - box["height"]


async def _talk(visitor: Visitor) -> None:
    await visitor.link("Talk to it").tap()
    answer = await visitor.say("Tell me all of it")
    await expect(answer).to_have_attribute("data-state", "whole")
    await expect(answer.get_by_role("button", name="Copy the code").first).to_be_visible()


async def _open(visitor: Visitor, tab: str) -> None:
    """One of the pages that have no room in the bar."""
    more = visitor.page.get_by_role("button", name=re.compile("^More"))
    await more.tap()
    await visitor.page.get_by_role("menuitem", name=tab).tap()
    await expect(more).to_have_text(tab)


async def _look_around(visitor: Visitor) -> None:
    for tab in ("Conversations", "History", "Access", "Secrets"):
        await _open(visitor, tab)
        await _fits(visitor, tab)
    for tab in ("Overview", "Logs", "Settings", "Chat"):
        await visitor.link(tab).tap()
        await expect(visitor.link(tab)).to_have_attribute("aria-current", "page")
        await _fits(visitor, tab)
        await _in_reach(visitor.link(tab))


async def _change_and_undo(visitor: Visitor, bot: str) -> None:
    page = visitor.page
    await visitor.link("Settings").tap()
    await visitor.field("Instructions").fill("Answer like a pirate.")
    await visitor.field("Model name").fill("instructions")
    await _in_reach(visitor.button("Review the change"))
    await visitor.button("Review the change").tap()
    await expect(page.get_by_label("What will be committed")).to_contain_text("+instructions: ")
    await _in_reach(visitor.button("Cancel"))
    await _fits(visitor, "the diff")
    await visitor.button("Commit and deploy").tap()
    await visitor.succeeded("Changed")
    await expect(page.locator("[data-step=answered] blockquote")).to_contain_text("Answer like a pirate.")

    await visitor.link("Open " + bot.partition(".")[2]).tap()
    await _open(visitor, "History")
    commits = page.get_by_role("list", name="Commits").get_by_role("listitem")
    await expect(commits).to_have_count(2)
    await commits.first.get_by_role("button", name="Show the change").tap()
    await expect(page.get_by_label("What this commit changed")).to_contain_text("Answer like a pirate.")
    await _fits(visitor, "a commit's change")
    await commits.last.get_by_role("button", name="Roll back to this").tap()
    await expect(page.get_by_label("What rolling back changes")).to_contain_text("-instructions")
    await visitor.button("Roll back").tap()
    await visitor.succeeded("Rolled back")
    assert (await visitor.stored(bot))["spec"]["instructions"] != "Answer like a pirate."
    await visitor.link("Open " + bot.partition(".")[2]).tap()


async def _read_logs(visitor: Visitor) -> None:
    await visitor.link("Logs").tap()
    lines = visitor.page.get_by_role("log", name="Log").get_by_role("paragraph")
    await expect(lines.filter(has_text="turn_taken").first).to_be_visible()
    await visitor.field("Filter").fill("turn_taken long-markdown")
    await expect(lines).to_have_count(1)
    await visitor.field("Filter").fill("no line says so")
    await expect(lines).to_contain_text("holds these words")
    await _fits(visitor, "the logs")


async def _replace_a_secret(visitor: Visitor) -> None:
    await _open(visitor, "Secrets")
    await visitor.button("Replace TELEGRAM_TOKEN").tap()
    await visitor.field("New value").fill(visitor.botyard.telegram.bot().token)
    await _in_reach(visitor.button("Cancel"))
    await visitor.button("Seal and commit").tap()
    await visitor.succeeded("Changed")


async def _delete(visitor: Visitor, name: str) -> None:
    await visitor.link("Open " + name).tap()
    await visitor.button("Actions").tap()
    await visitor.page.get_by_role("menuitem", name="Delete").tap()
    await visitor.field(f"Type {name} to go on").fill(name)
    await visitor.button("Delete").tap()
    await visitor.succeeded("Deleted")
    await visitor.link("All bots").tap()
    await visitor.search(name)
    await expect(visitor.page.get_by_text("No bot matches.")).to_be_visible()
