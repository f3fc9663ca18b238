"""The pages beside the bots, and the palette that leads to all of them."""

from __future__ import annotations

import secrets

import httpx2
import pytest
from playwright.async_api import expect

from tests.page.conftest import NewVisitor
from tests.page.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_palette_leads_everywhere_by_keyboard(visitor: Visitor) -> None:
    page = visitor.page
    await page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Go to")
    await expect(field).to_be_focused()
    await page.keyboard.type("hello logs")
    await expect(page.get_by_role("option", name="demo.hello logs")).to_have_attribute(
        "aria-selected", "true"
    )
    await page.keyboard.press("Enter")
    await expect(visitor.link("Logs")).to_have_attribute("aria-current", "page")
    await page.keyboard.press("Control+k")
    await page.keyboard.type("doctor")
    await expect(page.get_by_role("option")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(visitor.heading("System")).to_be_visible()
    dark = await page.locator("html").get_attribute("data-theme")
    await page.keyboard.press("Control+k")
    await page.keyboard.type("theme")
    await page.keyboard.press("Enter")
    await expect(page.locator("html")).not_to_have_attribute("data-theme", dark or "")
    await page.keyboard.press("Control+k")
    await page.keyboard.type("nothing is called so")
    await expect(page.get_by_text("Nothing is called that.")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(field).to_have_count(0)


async def test_the_phone_has_the_places_in_the_thumbs_reach(new_visitor: NewVisitor) -> None:
    visitor = await new_visitor("phone")
    await visitor.sign_in()
    for place in ("Operations", "Audit", "System", "Bots"):
        await visitor.link(place).tap()
        await expect(visitor.link(place)).to_have_attribute("aria-current", "page")
        await expect(visitor.page.get_by_role("heading", level=1)).to_contain_text(place)
        assert await visitor.page.evaluate("document.documentElement.scrollWidth") <= 390
        box = await visitor.link(place).bounding_box()
        assert box is not None
        assert box["y"] > 700
    for place in ("API tokens", "People", "Teams", "Usage"):
        await visitor.button("Account of admin").tap()
        await visitor.page.get_by_role("menuitem", name=place).tap()
        await expect(visitor.heading(place)).to_be_visible()
        assert await visitor.page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_operations_appear_as_they_happen(visitor: Visitor) -> None:
    page, api = visitor.page, visitor.botyard.api
    await visitor.go("/operations")
    shown = page.get_by_role("list", name="Operations").get_by_role("listitem")
    await expect(shown.first).to_be_visible()
    bot = f"admin.seen-{secrets.token_hex(3)}"
    api.deploy(visitor.botyard.spec(bot.partition(".")[2]))
    await expect(shown.first).to_contain_text(f"Deployed {bot}")
    api.ask("PATCH", f"/bots/{bot}", {"spec": {"model": {"name": "unauthorized"}}}, Prefer="wait=60")
    await visitor.button("Failed").click()
    await expect(shown.first).to_contain_text(bot)
    await expect(shown.first).to_contain_text("key")
    await shown.first.get_by_role("link").click()
    await expect(visitor.heading("The change failed")).to_be_visible()
    await visitor.go(f"/audit?bot={bot}")
    entries = page.get_by_role("list", name="Audit log").get_by_role("listitem")
    await expect(entries).to_have_count(2)
    await expect(entries.first).to_contain_text("Changed")
    await expect(entries.first).to_contain_text("failed")
    await expect(entries.last).to_contain_text("admin")


async def test_a_token_is_shown_once_and_revoked(visitor: Visitor) -> None:
    page, name = visitor.page, f"laptop-{secrets.token_hex(3)}"
    await visitor.go("/tokens")
    await visitor.field("Name").fill(name)
    await visitor.button("Make the token").click()
    token = await page.get_by_role("status").locator("code", has_text="byt_").inner_text()
    bearer = {"Authorization": f"Bearer {token}"}

    def status() -> int:
        return httpx2.get(f"{visitor.botyard.url}/api/v1/bots", headers=bearer, trust_env=False).status_code

    assert status() == 200
    await page.reload()
    row = page.get_by_role("list", name="Tokens").get_by_role("listitem").filter(has_text=name)
    await expect(row).to_contain_text("bots:read bots:write")
    await expect(page.get_by_text(token)).to_have_count(0)
    await visitor.button(f"Revoke {name}").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Revoke").click()
    await expect(row).to_have_count(0)
    assert status() == 401


async def test_somebody_is_let_in_by_a_link_and_shut_out(visitor: Visitor, new_visitor: NewVisitor) -> None:
    page, name = visitor.page, f"eve{secrets.token_hex(3)}"
    visitor.expected = {409}
    await visitor.go("/users")
    await visitor.field("Name").fill(name)
    await visitor.button("Let in").click()
    row = page.get_by_role("list", name="People").get_by_role("listitem").filter(has_text=name)
    await expect(row).to_contain_text("user")
    await visitor.field("Name").fill(name)
    await visitor.button("Let in").click()
    await expect(page.get_by_role("alert")).to_contain_text(name)
    await visitor.button(f"Sign-in link for {name}").click()
    link = await row.get_by_role("status").locator("span").first.inner_text()

    eve = await new_visitor()
    eve.expected = {401}
    await eve.page.goto(link)
    await expect(eve.button(f"Account of {name}")).to_be_visible()
    await eve.go("/users")
    await expect(eve.page.get_by_role("list", name="People").get_by_role("listitem")).to_have_count(1)
    await expect(eve.heading("Let a person in")).to_have_count(0)
    await visitor.button(f"Shut out {name}").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Shut out").click()
    await expect(row).to_contain_text("shut out")
    await eve.page.reload()
    await expect(eve.heading("Sign in with a link")).to_be_visible()


async def test_the_system_says_how_its_parts_are(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.go("/system")
    parts = page.get_by_role("list", name="Parts").get_by_role("listitem")
    for part in ("control", "database", "fleet", "dispatcher", "gateway"):
        await expect(parts.filter(has_text=part).first).to_contain_text("Works")
    machine = page.get_by_role("list", name="This machine").get_by_role("listitem")
    await expect(machine.filter(has_text="git")).to_contain_text("Works")
    checks = visitor.botyard.api.read("/system/checks")
    for each in checks["items"]:
        each["state"] = "ok"
    await page.route("**/api/v1/system/checks", lambda route: route.fulfill(json=checks))
    await visitor.button("Look again").click()
    await expect(page.get_by_text("Everything works.")).to_be_visible()
    disk = next(each for each in checks["items"] if each["name"] == "disk")
    disk |= {"state": "warning", "detail": "1 GiB is free", "next_step": "make room"}
    await page.route("**/api/v1/system/checks", lambda route: route.fulfill(json=checks))
    await visitor.button("Look again").click()
    await expect(machine.filter(has_text="disk")).to_contain_text("make room")
    found = f"1 of {len(checks['items'])} checks"
    await expect(page.get_by_text(f"{found} need you.")).to_be_visible()
    system = visitor.botyard.api.read("/system")
    system["parts"][1] = {"name": "database", "state": "failed", "detail": "it does not answer"}
    await page.route("**/api/v1/system", lambda route: route.fulfill(json=system))
    await visitor.button("Look again").click()
    await expect(page.get_by_text(f"1 of {len(system['parts'])} parts and {found} need you.")).to_be_visible()
    await expect(parts.nth(1)).to_contain_text("it does not answer")
