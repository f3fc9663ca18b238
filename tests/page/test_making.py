"""Making a bot: the form and the file in step, the commit in sight, a trial before anything is committed."""

from __future__ import annotations

import re
import secrets

import pytest
from playwright.async_api import Locator, expect

from tests.journeys.discord import DiscordBot
from tests.page.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


def _view(visitor: Visitor, name: str) -> Locator:
    return visitor.page.get_by_role("tab", name=name, exact=True)


async def test_the_form_and_the_file_are_two_hands_of_one(visitor: Visitor) -> None:
    page = visitor.page
    name = await visitor.fill_new_bot("Customer support")
    await _view(visitor, "File").click()
    file = visitor.field("bot.yaml")
    assert f"name: {name}" in await file.input_value()
    await visitor.field("Instructions").fill("Speak plainly.")
    assert "Speak plainly." in await file.input_value()

    text = (await file.input_value()).replace("Speak plainly.", "Speak in rhymes.")
    await file.fill(f"{text}\nmemory:\n  turns: 7\n")
    await expect(visitor.field("Instructions")).to_have_value("Speak in rhymes.")
    await file.fill("version: 1\nname: [")
    await expect(file).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_text("Line 2:")).to_be_visible()
    await expect(visitor.field("Instructions")).to_be_disabled()
    await expect(visitor.button("Deploy")).to_be_disabled()
    await file.fill(f"{text}\nmemory:\n  turns: 7\n")

    await _view(visitor, "Commit").click()
    diff = page.get_by_label("What will be committed")
    await expect(diff).to_contain_text("+instructions: ")
    await expect(diff).to_contain_text("+  turns: 7")
    assert visitor.botyard.api.ask("GET", f"/bots/admin.{name}").status_code == 404
    await visitor.button("Deploy").click()
    await visitor.succeeded("Deployed")
    stored = await visitor.stored(f"admin.{name}")
    assert stored["spec"]["memory"] == {"turns": 7}
    assert stored["spec"]["instructions"] == "Speak in rhymes."


async def test_a_bot_is_tried_before_it_is_there(visitor: Visitor) -> None:
    page = visitor.page
    name = await visitor.fill_new_bot("Customer support", model="instructions")
    await visitor.field("Instructions").fill("Answer like a pirate.")
    await _view(visitor, "Try it").click()
    trial = page.get_by_role("region", name="Try it")
    await trial.get_by_role("textbox").fill("Who are you?")
    await page.keyboard.press("Enter")
    answer = trial.locator("[data-state]").last
    await expect(answer).to_contain_text("Answer like a pirate.")
    await expect(answer).to_have_attribute("data-state", "whole")
    await visitor.field("Base URL").fill("ftp://models")
    await trial.get_by_role("textbox").fill("And now?")
    await page.keyboard.press("Enter")
    visitor.expected = {422}
    await expect(trial.get_by_role("alert")).to_contain_text("/model/base_url")
    assert visitor.botyard.api.ask("GET", f"/bots/admin.{name}").status_code == 404


async def test_a_model_and_its_key_are_tested_as_they_are_pasted(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.fill_new_bot("Customer support")
    await visitor.button("Test the model").click()
    await expect(page.get_by_role("status").get_by_text("It answers.")).to_be_visible()
    await visitor.field("Model name").fill("unauthorized")
    await page.get_by_label("API key").fill("wrong-key")
    await expect(page.get_by_role("status").get_by_text("key")).to_be_visible()


async def test_settings_can_be_written_as_a_file(visitor: Visitor) -> None:
    page = visitor.page
    bot = await visitor.deploy()
    await visitor.go(f"/bots/{bot}/settings")
    await _view(visitor, "File").click()
    file = visitor.field("bot.yaml")
    text = await file.input_value()
    await expect(visitor.button("Review the change")).to_have_count(0)
    await file.fill(f"{text}log_level: debug\n")
    await visitor.button("Review the change").click()
    await expect(page.get_by_label("What will be committed")).to_contain_text("+log_level:")
    await visitor.button("Cancel").click()
    await visitor.link("Logs").click()
    await expect(page.get_by_role("alertdialog")).to_contain_text("kept nowhere else")
    await visitor.button("Cancel").click()
    await expect(file).to_have_value(f"{text}log_level: debug\n")
    await visitor.button("Discard").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Discard").click()
    assert await file.input_value() == text
    await file.fill(f"{text}colour: red\n")
    visitor.expected = {422}
    await visitor.button("Review the change").click()
    await expect(page.get_by_role("alert")).to_contain_text("/colour")


async def test_a_discord_token_says_how_the_bot_is_invited_and_what_it_lacks(visitor: Visitor) -> None:
    page = visitor.page
    bot = visitor.botyard.discord.bot("Anchor", message_content=False)
    await visitor.fill_new_bot("Customer support")
    await page.get_by_role("switch", name="Discord").check()
    await visitor.field("Discord token").fill(bot.token)
    await expect(page.get_by_text("This is Anchor")).to_be_visible()
    await expect(page.get_by_text("It lacks the Message Content Intent.")).to_be_visible()
    invite = await visitor.link("Invite it to a server").get_attribute("href")
    assert invite is not None
    assert invite.startswith(f"https://discord.com/oauth2/authorize?client_id={bot.id}")
    await _view(visitor, "File").click()
    assert "secret: DISCORD_TOKEN" in await visitor.field("bot.yaml").input_value()

    whole = visitor.botyard.discord.bot("Harbour")
    await visitor.field("Discord token").fill(whole.token)
    await expect(page.get_by_text("This is Harbour")).to_be_visible()
    await visitor.button("Deploy").click()
    await visitor.succeeded("Deployed")
    place = page.get_by_role("region", name="Open in Discord")
    invite = await place.get_by_role("link", name="Open Discord").get_attribute("href")
    await expect(place.get_by_role("img", name=f"QR code of {invite}")).to_be_visible()
    assert invite is not None
    assert f"client_id={whole.id}" in invite
    await _paired(visitor, whole)


async def _paired(visitor: Visitor, discord: DiscordBot) -> None:
    """The owner says the code in Discord; a new one is made for one more."""
    page = visitor.page
    pairing = page.get_by_role("region", name="Pairing code")
    await expect(pairing).to_contain_text("give the bot the command /start")
    code = await pairing.locator("code").first.inner_text()
    discord.uses(7401, "start", code=code)
    await expect(pairing).to_have_count(0)
    await page.get_by_role("link", name=re.compile("^Open page-")).click()
    await visitor.link("Access").click()
    await expect(visitor.button("Shut out")).to_have_count(1)
    await expect(pairing).to_contain_text("It has been used.")
    await visitor.button("New code").click()
    await expect(pairing.locator("code").first).not_to_have_text(code)
    newer = await pairing.locator("code").first.inner_text()
    await visitor.button("New code").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="New code").click()
    await expect(pairing.locator("code").first).not_to_have_text(newer)


async def test_slack_and_whatsapp_have_their_fields_and_say_what_they_need(visitor: Visitor) -> None:
    page = visitor.page
    # What Slack and Meta say of a token is played in the tests of the checks.
    known = {"ok": True, "name": "Pier"}
    await page.route("**/api/v1/checks/slack", lambda route: route.fulfill(json=known))
    unknown = {"ok": False, "reason": "Meta does not know this token.", "next_step": "Make a new one."}
    await page.route("**/api/v1/checks/whatsapp", lambda route: route.fulfill(json=unknown))
    await visitor.fill_new_bot("Customer support")
    await page.get_by_role("switch", name="Slack").check()
    await visitor.field("Slack token").fill(f"xoxb-{secrets.token_hex(8)}")
    await expect(page.get_by_role("status").get_by_text("This is Pier")).to_be_visible()
    await visitor.field("Slack signing secret").fill(secrets.token_hex(16))
    await page.get_by_role("switch", name="WhatsApp").check()
    await visitor.field("Phone number ID").fill("the number")
    await visitor.field("WhatsApp token").fill(secrets.token_hex(16))
    await visitor.field("WhatsApp app secret").fill(secrets.token_hex(16))
    await _view(visitor, "Plan").click()
    await expect(page.get_by_text("/slack at Botyard’s public address")).to_be_visible()

    visitor.expected = {422}
    await visitor.button("Deploy").click()
    await expect(visitor.field("Phone number ID")).to_have_attribute("aria-invalid", "true")
    await visitor.field("Phone number ID").fill("106540352242922")
    await expect(page.get_by_role("status").get_by_text("Make a new one.")).to_be_visible()
    await _view(visitor, "Commit").click()
    diff = page.get_by_label("What will be committed")
    await expect(diff).to_contain_text('phone_number_id: "106540352242922"')
    await page.get_by_role("switch", name="WhatsApp").uncheck()
    await expect(diff).not_to_contain_text("phone_number_id")
    await visitor.button("Deploy").click()
    await visitor.succeeded("Deploying failed")
    alert = page.get_by_role("alert")
    await expect(alert).to_contain_text("It stopped while connecting its channels")
    await expect(alert).to_contain_text("BOTYARD_PUBLIC_URL")


async def test_work_in_a_form_is_left_by_a_yes_only(visitor: Visitor) -> None:
    page = visitor.page
    name = await visitor.fill_new_bot("Customer support")
    asked = page.get_by_role("alertdialog")
    form = page.url
    await visitor.link("Operations").click()
    await expect(asked).to_contain_text("Leave without committing?")
    await visitor.button("Cancel").click()
    await expect(asked).to_have_count(0)
    await page.evaluate("history.back()")
    await expect(asked).to_contain_text("Leave without committing?")
    await expect(page).to_have_url(form)
    await visitor.button("Cancel").click()
    await expect(visitor.field("Name")).to_have_value(name)
    await page.evaluate("history.back()")
    await visitor.button("Leave").click()
    await expect(page).to_have_url(f"{visitor.url}/#/new")
    await page.evaluate("history.back()")
    await expect(visitor.heading("Bots")).to_be_visible()
    await page.evaluate("history.forward()")
    await expect(page).to_have_url(f"{visitor.url}/#/new")
