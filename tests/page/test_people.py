"""People, teams and what their bots may have together: made on the page, and felt where it bites."""

from __future__ import annotations

import secrets

import pytest
from playwright.async_api import Locator, expect

from tests.page.conftest import NewVisitor
from tests.page.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _signed_in_as(new_visitor: NewVisitor, name: str, screen: str = "desk") -> Visitor:
    """Somebody else, by a link that an operator made."""
    visitor = await new_visitor(screen)
    answer = visitor.botyard.api.ask("POST", f"/users/{name}/sign-in-link")
    await visitor.go(f"/sign-in?code={answer.json()['code']}")
    await expect(visitor.button(f"Account of {name}")).to_be_visible()
    return visitor


def _members(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("list", name="Members").get_by_role("listitem")


async def test_a_team_is_made_by_keyboard_and_its_quota_bites(
    visitor: Visitor, new_visitor: NewVisitor
) -> None:
    page, api = visitor.page, visitor.botyard.api
    user, team = f"bo{secrets.token_hex(3)}", f"crew{secrets.token_hex(3)}"
    assert api.ask("POST", "/users", {"name": user}).is_success
    visitor.expected = {404, 409, 422}
    await visitor.button("Account of admin").click()
    await page.get_by_role("menuitem", name="Teams").click()
    await visitor.field("Name").focus()
    await page.keyboard.insert_text(team)
    await page.keyboard.press("Enter")
    await expect(visitor.heading(team)).to_be_visible()
    await expect(_members(visitor)).to_have_text([f"admin · you{'viewereditorowner'}Take out"])

    await visitor.field("User").focus()
    await page.keyboard.insert_text("nobody-here")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("There is no such user")
    await visitor.field("User").fill(user)
    await visitor.field("Role").select_option("editor")
    await page.keyboard.press("Enter")
    await visitor.button("Take in").click()
    await expect(visitor.field(f"Role of {user}")).to_have_value("editor")
    await visitor.field("Role of admin").select_option("viewer")
    asked = page.get_by_role("alertdialog", name=f"Make yourself viewer of {team}?")
    await asked.get_by_role("button", name="Change my role").click()
    await expect(asked.get_by_role("alert")).to_contain_text("make another member its owner first")
    await asked.get_by_role("button", name="Cancel").click()
    await expect(visitor.field("Role of admin")).to_have_value("owner")

    await visitor.button("Change").click()
    await visitor.field("Memory").fill("a lot")
    await visitor.button("Commit the quota").click()
    await expect(visitor.field("Memory")).to_have_attribute("aria-invalid", "true")
    await visitor.field("Memory").fill("16Gi")
    await visitor.field("Bots").fill("0")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("0 of 0 · full")).to_be_visible()
    assert api.read(f"/teams/{team}/quota")["quota"]["memory"] == "16Gi"
    await _felt(await _signed_in_as(new_visitor, user, "phone"), team)

    await visitor.button(f"Take out {user}").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Take out").click()
    await expect(_members(visitor)).to_have_count(1)


async def _felt(editor: Visitor, team: str) -> None:
    """An editor of the team is told before they deploy, and told what to do."""
    page = editor.page
    editor.expected = {409}
    await editor.go(f"/teams/{team}")
    await expect(_members(editor)).to_have_count(2)
    await expect(editor.button("Change")).to_have_count(0)
    await expect(page.get_by_text("An operator raises it.")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await editor.fill_new_bot("Customer support")
    await editor.field("Owner").select_option(team)
    await expect(page.get_by_role("status").filter(has_text="has 0 of 0 bots")).to_be_visible()
    await editor.button("Deploy").tap()
    await expect(page.get_by_role("alert").first).to_contain_text("ask an operator to raise quota.bots")


async def test_a_person_has_a_page_for_what_they_are(visitor: Visitor, new_visitor: NewVisitor) -> None:
    page, name = visitor.page, f"di{secrets.token_hex(3)}"
    assert visitor.botyard.api.ask("POST", "/users", {"name": name}).is_success
    await visitor.go("/users")
    await visitor.link(name).click()
    await expect(visitor.heading(name)).to_be_visible()
    await page.get_by_label("Email").fill("di@example.org")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status").get_by_text("It is saved.")).to_be_visible()
    operator = page.get_by_role("switch", name="Operator")
    await operator.click()
    await expect(page.get_by_text("An operator.")).to_be_visible()
    await operator.click()
    await expect(page.get_by_text("A user.")).to_be_visible()
    password = secrets.token_urlsafe(12)
    await visitor.field("New password").fill(password)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status").get_by_text("It is set.")).to_be_visible()
    stored = visitor.botyard.api.read(f"/users/{name}")
    assert (stored["email"], stored["operator"]) == ("di@example.org", False)

    # They change it themselves, by the present one; a wrong one is refused and nothing is lost.
    own = await _signed_in_as(new_visitor, name, "phone")
    own.expected = {403}
    await own.go(f"/users/{name}")
    await own.field("New password").fill(password + "!")
    await own.page.get_by_label("Present password").fill("not the present one")
    await own.page.keyboard.press("Enter")
    await expect(own.page.get_by_role("alert")).to_contain_text("The old password is wrong")
    await own.page.get_by_label("Present password").fill(password)
    await own.page.keyboard.press("Enter")
    await expect(own.page.get_by_role("status").get_by_text("It is set.")).to_be_visible()
    await own.page.reload()
    await expect(own.heading(name)).to_be_visible()
    assert await own.page.evaluate("document.documentElement.scrollWidth") <= 390
