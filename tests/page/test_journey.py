"""The whole way of a bot at a desk: deploy, talk, change, undo, delete."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.page.visitor import STEPS, Visitor

# What people see of a bot in Telegram; any picture will do.
_PICTURE = Path(__file__).resolve().parents[2] / "frontend/public/icon-192.png"

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_from_a_template_to_an_answer_and_back(visitor: Visitor) -> None:
    page = visitor.page
    assert "code" not in page.url
    await visitor.search("demo.hello")
    await expect(visitor.link("demo.hello")).to_be_visible()
    await expect(page.get_by_text("demo brain").first).to_be_visible()

    name = await visitor.fill_new_bot("Customer support", model="trickle:0.1")
    bot = f"admin.{name}"
    await expect(page.get_by_text(f"users/ad/admin/{name}/bot.yaml")).to_be_visible()
    await visitor.button("Deploy").click()
    await visitor.succeeded("Deployed")
    assert await visitor.steps() == dict.fromkeys(STEPS, "succeeded")
    reply = page.locator("[data-step=answered] blockquote")
    await expect(reply).to_contain_text("echo:")

    await visitor.link("Talk to it").click()
    answer = await visitor.say("one two three four five six seven eight nine ten eleven twelve")
    await expect(answer).to_have_attribute("data-state", "streaming")
    await expect(answer).to_contain_text("echo: one two")
    await expect(answer).to_have_attribute("data-state", "streaming")
    await expect(answer).to_have_attribute("data-state", "whole")
    await expect(answer).to_contain_text("eleven twelve")
    await page.reload()
    await expect(page.get_by_role("log").get_by_text("eleven twelve")).to_have_count(2)
    await visitor.button("New conversation").click()
    await expect(page.get_by_role("log").get_by_text("eleven twelve")).to_have_count(0)

    await visitor.link("Settings").click()
    await expect(visitor.field("Instructions")).to_be_visible()
    await expect(visitor.button("Review the change")).to_have_count(0)
    await visitor.field("Instructions").fill("Answer like a pirate.")
    await visitor.field("Model name").fill("instructions")
    await visitor.button("Review the change").click()
    diff = page.get_by_label("What will be committed")
    await expect(diff).to_contain_text('+instructions: "Answer like a pirate."')
    before = await visitor.stored(bot)
    assert before["spec"]["instructions"] != "Answer like a pirate."
    await visitor.button("Commit and deploy").click()
    await visitor.succeeded("Changed")
    await expect(reply).to_contain_text("Answer like a pirate.")

    await visitor.go(f"/bots/{bot}/history")
    commits = page.get_by_role("list", name="Commits").get_by_role("listitem")
    await expect(commits).to_have_count(2)
    await commits.first.get_by_role("button", name="Show the change").click()
    change = page.get_by_label("What this commit changed")
    await expect(change.get_by_role("columnheader")).to_have_text(["Before", "After"])
    await expect(change).to_contain_text("Answer like a pirate.")
    await page.get_by_role("tab", name="In one").click()
    await expect(change).to_contain_text('+instructions: "Answer like a pirate."')
    await commits.last.get_by_role("button", name="Roll back to this").click()
    await expect(page.get_by_label("What rolling back changes")).to_contain_text("-instructions")
    await visitor.button("Roll back").click()
    await visitor.succeeded("Rolled back")
    after = await visitor.stored(bot)
    assert after["spec"]["instructions"] == before["spec"]["instructions"]
    assert after["version"] == before["version"]

    await visitor.go(f"/bots/{bot}")
    await visitor.button("Actions").click()
    await page.get_by_role("menuitem", name="Delete").click()
    await expect(visitor.button("Delete")).to_be_disabled()
    await visitor.field(f"Type {name} to go on").fill(name)
    await visitor.button("Delete").click()
    await visitor.succeeded("Deleted")
    await visitor.link("All bots").click()
    await expect(visitor.heading("Bots")).to_be_visible()
    await visitor.search(bot)
    await expect(page.get_by_text("No bot matches.")).to_be_visible()
    await expect(visitor.link(bot)).to_have_count(0)


async def test_pause_resume_and_logs(visitor: Visitor) -> None:
    page = visitor.page
    bot = await visitor.deploy("Code assistant")
    await visitor.go(f"/bots/{bot}")
    await visitor.link(f"Chat with {bot.partition('.')[2]}").click()
    await visitor.button("What is a race condition?").click()
    answer = page.locator("[role=log] > [data-state]").last
    await expect(answer).to_have_attribute("data-state", "whole")
    await expect(answer).to_contain_text("echo: What is a race condition?")
    await expect(page.get_by_role("list", name="First questions")).to_have_count(0)
    await visitor.link("Logs").click()
    await expect(page.get_by_role("log", name="Log").get_by_role("paragraph").first).to_be_visible()

    await visitor.button("Actions").click()
    await page.get_by_role("menuitem", name="Pause").click()
    await visitor.button("Pause").click()
    await visitor.succeeded("Paused")
    await visitor.go(f"/bots/{bot}")
    await expect(page.get_by_text("Paused", exact=True).first).to_be_visible()
    await visitor.button("Actions").click()
    await page.get_by_role("menuitem", name="Resume").click()
    await visitor.button("Resume").click()
    await visitor.succeeded("Resumed")
    assert (await visitor.stored(bot))["status"]["phase"] in {"live", "idle"}


async def test_an_empty_yard_leads_to_a_first_bot_in_one_click(visitor: Visitor) -> None:
    page = visitor.page
    # Other tests' bots are there; to the page it is the first day.
    nothing: dict[str, object] = {"items": [], "next_cursor": None, "total": 0, "event": 0}
    await page.route("**/api/v1/bots?*", lambda route: route.fulfill(json=nothing))
    await page.route("**/api/v1/events?*", lambda route: route.fulfill(status=204))
    await page.reload()
    await expect(visitor.heading("No bots yet")).to_be_visible()
    await visitor.button("Deploy a first bot").click()
    await visitor.succeeded("Deployed")
    await expect(page.locator("[data-step=answered] blockquote")).not_to_be_empty()
    await page.unroute("**/api/v1/bots?*")
    await page.unroute("**/api/v1/events?*")
    await visitor.go("/bots/admin.assistant/chat")
    await expect(page.get_by_text("Answers by demo brain")).to_be_visible()


async def test_somebody_pairs_and_another_is_let_in(visitor: Visitor) -> None:
    page = visitor.page
    telegram = visitor.botyard.telegram.bot(picture=_PICTURE.read_bytes())
    name = await visitor.fill_new_bot("Customer support")
    await page.get_by_role("switch", name="Telegram").check()
    await visitor.field("Telegram token").fill(telegram.token)
    await expect(page.get_by_role("status").get_by_text(telegram.username)).to_be_visible()
    shown = page.get_by_role("img", name="Face of")
    assert await shown.evaluate("async at => (await at.decode(), at.naturalWidth)") == 192
    await visitor.button("Deploy").click()
    await visitor.succeeded("Deployed")
    invite = page.get_by_role("region", name="Open in Telegram")
    link = await invite.get_by_role("link", name="Open Telegram").get_attribute("href")
    assert link is not None
    telegram.person(7001).say(f"/start {link.partition('start=')[2]}")
    await expect(invite.get_by_text("Paired with")).to_be_visible()

    stranger = telegram.person(7002)
    stranger.say("Let me in, please")
    stranger.reads(1)
    await visitor.go(f"/bots/admin.{name}")
    await visitor.button("Let in").click()
    await expect(visitor.button("Shut out")).to_have_count(2)
    stranger.say("Am I in?")
    assert any("echo: Am I in?" in message["text"] for message in stranger.reads(2))
