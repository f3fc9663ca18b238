"""Signing in and deploying without a mouse."""

from __future__ import annotations

import secrets

import pytest
from playwright.async_api import Page, expect

from tests.page.conftest import NewVisitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

_FOCUSED = """() => {
  const at = document.activeElement;
  const style = getComputedStyle(at);
  const over = getComputedStyle(at, "::after");
  const seen = [style, over].some((s) => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2);
  const around = at.closest("label, form > div");
  const ring = around && getComputedStyle(around).outlineStyle !== "none";
  const label = at.labels?.[0]?.innerText ?? "";
  return [at.getAttribute("aria-label") || label || at.innerText || "", seen || Boolean(ring)];
}"""


async def _tab_to(page: Page, name: str, most: int = 60) -> None:
    """Press Tab until something of this name has the focus, which must be seen at every stop."""
    passed: list[str] = []
    for _ in range(most):
        await page.keyboard.press("Tab")
        said, seen = await page.evaluate(_FOCUSED)
        if await page.evaluate("document.activeElement.tabIndex < 0"):
            # No key leads there: the page has just taken the focus to its new content.
            continue
        assert seen, f"the focus is not visible on {said!r}"
        if said.strip().startswith(name):
            return
        passed.append(said.strip().split("\n")[0])
    raise AssertionError(f"{name!r} is not on the way: {passed}")


async def test_sign_in_and_deploy(new_visitor: NewVisitor) -> None:
    visitor = await new_visitor()
    visitor.expected = {401}
    page = visitor.page
    await visitor.go("/sign-in")
    await expect(visitor.field("Link or code")).to_be_visible()
    await _tab_to(page, "Link or code")
    await page.keyboard.insert_text(f"{visitor.botyard.url}/#/sign-in?code={visitor.botyard.sign_in_code()}")
    await page.keyboard.press("Enter")
    await expect(visitor.heading("Bots")).to_be_visible()
    # The page takes the focus to its new content once; a key pressed before that would be lost to it.
    await expect(page.get_by_text("Loading bots")).to_have_count(0)

    await _tab_to(page, "New bot")
    await page.keyboard.press("Enter")
    await expect(visitor.heading("What should it be?")).to_be_visible()
    await expect(visitor.link("Content writer")).to_be_visible()
    await _tab_to(page, "Content writer")
    await page.keyboard.press("Enter")
    await expect(visitor.heading("New bot: Content writer")).to_be_visible()
    await _tab_to(page, "Name")
    name = f"page-{secrets.token_hex(4)}"
    await page.keyboard.insert_text(name)
    await _tab_to(page, "Demo brain")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("radio", name="OpenAI-compatible")).to_be_checked()
    await _tab_to(page, "Base URL")
    await page.keyboard.insert_text(visitor.botyard.model_url)
    await _tab_to(page, "Model name")
    await page.keyboard.insert_text("echo")
    await _tab_to(page, "Deploy")
    await page.keyboard.press("Enter")
    await visitor.succeeded("Deployed")

    await _tab_to(page, "Talk to it")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("textbox", name="Message to")).to_be_visible()
    await _tab_to(page, "Message to")
    await page.keyboard.insert_text("by hand")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("echo: by hand")).to_be_visible()


async def test_a_question_can_be_left_by_escape(new_visitor: NewVisitor) -> None:
    visitor = await new_visitor()
    page = visitor.page
    await visitor.sign_in()
    await visitor.go("/bots/demo.hello")
    await visitor.button("Actions").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menuitem", name="Pause")).to_be_focused()
    await page.keyboard.press("End")
    await expect(page.get_by_role("menuitem", name="Delete")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alertdialog", name="Delete this bot?")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("alertdialog")).to_have_count(0)


async def test_a_change_is_made_undone_and_ended(new_visitor: NewVisitor) -> None:
    visitor = await new_visitor()
    page = visitor.page
    await visitor.sign_in()
    bot = await visitor.deploy()
    name = bot.partition(".")[2]
    await visitor.go(f"/bots/{bot}/settings")
    await expect(visitor.field("Instructions")).to_be_visible()
    await _tab_to(page, "Form")
    await page.keyboard.press("ArrowRight")
    await expect(visitor.field("bot.yaml")).to_be_visible()
    await page.keyboard.press("ArrowLeft")
    await _tab_to(page, "Instructions")
    await page.keyboard.press("Control+a")
    await page.keyboard.insert_text("Be brief.")
    await _tab_to(page, "Review the change")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("What will be committed")).to_contain_text("Be brief.")
    await _tab_to(page, "Commit and deploy")
    await page.keyboard.press("Enter")
    await visitor.succeeded("Changed")

    await visitor.go(f"/bots/{bot}/history")
    await expect(visitor.button("Roll back to this")).to_be_visible()
    await _tab_to(page, "Roll back to this")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("What rolling back changes")).to_contain_text("Be brief.")
    await _tab_to(page, "Roll back")
    await page.keyboard.press("Enter")
    await visitor.succeeded("Rolled back")

    await visitor.go(f"/bots/{bot}/settings")
    await expect(visitor.button(f"Delete {name}")).to_be_visible()
    await expect(visitor.field("Instructions")).not_to_have_value("Be brief.")
    await expect(visitor.button("Load the newer one")).to_have_count(0)
    await _tab_to(page, f"Delete {name}")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alertdialog", name="Delete this bot?")).to_be_visible()
    await expect(visitor.field(f"Type {name} to go on")).to_be_focused()
    await page.keyboard.insert_text(name)
    await page.keyboard.press("Enter")
    await visitor.succeeded("Deleted")


async def test_conversations_logs_and_secrets(new_visitor: NewVisitor) -> None:
    visitor = await new_visitor()
    page, api = visitor.page, visitor.botyard.api
    await visitor.sign_in()
    name = f"keys-{secrets.token_hex(4)}"
    spec = visitor.botyard.spec(name, environment={}, channels={"telegram": {"token": {"secret": "TOKEN"}}})
    sealed = {"TOKEN": visitor.botyard.telegram.bot().token}
    api.write("POST", "/bots", {"spec": spec, "secrets": sealed})
    assert api.ask("POST", f"/bots/admin.{name}/chat", {"text": "the blue door"}).is_success
    await visitor.go(f"/bots/admin.{name}")
    await expect(visitor.heading(name)).to_be_visible()

    await _tab_to(page, "Conversations")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("list", name="Conversations")).to_be_visible()
    await _tab_to(page, "Web chat:")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("list", name="Messages")).to_contain_text("echo: the blue door")
    await _tab_to(page, "Export")
    async with page.expect_download():
        await page.keyboard.press("Enter")
    await _tab_to(page, "Erase")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alertdialog")).to_be_visible()
    await _tab_to(page, "Erase")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Nobody has talked to it yet")).to_be_visible()

    await _tab_to(page, "Logs")
    await page.keyboard.press("Enter")
    lines = page.get_by_role("log", name="Log").get_by_role("paragraph")
    await expect(lines.filter(has_text="turn_taken")).to_have_count(1)
    await _tab_to(page, "Filter")
    await page.keyboard.insert_text("turn_taken echo")
    await expect(lines).to_have_count(1)
    await _tab_to(page, "From level")
    await page.keyboard.press("End")
    await expect(page.get_by_role("combobox", name="From level")).to_have_value("error")
    await expect(lines).not_to_contain_text("turn_taken")
    await page.keyboard.press("Home")
    await expect(lines.filter(has_text="turn_taken")).to_have_count(1)
    await _tab_to(page, "Hold")
    await page.keyboard.press("Space")
    await expect(page.get_by_role("status").get_by_text("Held")).to_be_visible()
    await _tab_to(page, "Log")

    await visitor.link("Secrets").focus()
    await page.keyboard.press("Enter")
    await expect(visitor.button("Replace TOKEN")).to_be_visible()
    await _tab_to(page, "Replace")
    await page.keyboard.press("Enter")
    await expect(visitor.field("New value")).to_be_focused()
    await page.keyboard.insert_text(visitor.botyard.telegram.bot().token)
    await page.keyboard.press("Enter")
    await visitor.succeeded("Changed")
