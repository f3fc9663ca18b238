"""axe finds nothing on any page, in either theme: neither by WCAG 2.2, level AA, nor by best practice."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.page.conftest import NewVisitor
from tests.page.test_reach import ELSEWHERE, TABS

pytestmark = pytest.mark.asyncio(loop_scope="session")

# The browser runs it where the page's policy does not reach, so that nothing of the page has to be relaxed.
_AXE = Path(__file__).resolve().parents[2] / "frontend/node_modules/axe-core/axe.min.js"
_FINDINGS = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  const said = (node) => `${node.target.join(" ")} ${node.any[0]?.message ?? ""}`;
  return violations.map(({ id, help, nodes }) => `${id}: ${help} ${nodes.map(said).join(", ")}`);
}"""


async def findings(page: Page) -> list[Any]:
    """What axe has to say about the page as it stands, one line a finding."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(_AXE.read_text(encoding="utf-8") + "; window.axe !== undefined")
    # A colour on its way in is not the colour that is read.
    await page.evaluate("Promise.all(document.getAnimations().map((each) => each.finish?.()))")
    found: list[Any] = await page.evaluate(_FINDINGS)
    return found


async def both_themes(page: Page, place: str) -> None:
    """No finding in light or dark; `place` is what a failure calls the page."""
    for theme in ("light", "dark"):
        await page.evaluate(f"document.documentElement.dataset.theme = {theme!r}")
        assert await findings(page) == [], f"{place}, {theme}"


async def test_every_page_in_both_themes(new_visitor: NewVisitor) -> None:
    visitor = await new_visitor(reduced_motion="reduce")
    visitor.expected = {404}
    page = visitor.page
    await visitor.go("/sign-in")
    await expect(visitor.heading("Sign in with a link")).to_be_visible()
    visitor.expected.add(401)
    await both_themes(page, "/sign-in")
    await visitor.sign_in()
    bot = await visitor.deploy()
    operation = page.url.partition("#")[2]
    await visitor.go(f"/bots/{bot}/chat")
    await expect(await visitor.say("one **two** `three`")).to_have_attribute("data-state", "whole")
    tabs = [f"/bots/{bot}{tab}" for tab in TABS]
    for path in (*ELSEWHERE, "/new/data-analyst", operation, *tabs, "/bots/admin.nobody", "/nowhere"):
        # From nowhere, so that what is judged is this page and not the one before it.
        await page.goto("about:blank")
        await visitor.go(path)
        await expect(page.get_by_role("heading", level=1)).to_have_count(1)
        await expect(page.locator("[aria-busy=true]")).to_have_count(0)
        await both_themes(page, path)
        if path.startswith("/new/"):
            for name in ("File", "Commit", "Try it"):
                await page.get_by_role("tab", name=name).click()
                await both_themes(page, f"{path}, {name}")
        if path.endswith("/history"):
            await visitor.button("Show the change").click()
            await both_themes(page, f"{path}, a change")
        if path.endswith("/conversations"):
            await page.get_by_role("list", name="Conversations").get_by_role("link").click()
            await expect(page.get_by_role("list", name="Messages")).to_be_visible()
            await both_themes(page, f"{path}, one of them")
        if path.endswith("/settings"):
            await visitor.button(f"Delete {bot.partition('.')[2]}").click()
            await both_themes(page, f"{path}, a question")
            await visitor.button("Cancel").click()
            await visitor.field("Instructions").fill("Be brief.")
            await visitor.button("Review the change").click()
            await expect(page.get_by_label("What will be committed")).to_be_visible()
            await both_themes(page, f"{path}, a change")
            await visitor.button("Cancel").click()
            await visitor.button("Discard").click()
            await page.get_by_role("alertdialog").get_by_role("button", name="Discard").click()
        if path == "/tokens":
            await visitor.field("Name").fill("axe")
            await visitor.button("Make the token").click()
            await expect(page.get_by_text("Copy it now")).to_be_visible()
            await both_themes(page, f"{path}, a new one")
    await visitor.go("/")
    await page.get_by_role("list", name="Bots").locator("label").first.click()
    await expect(page.get_by_role("region", name="Selected bots")).to_be_visible()
    await both_themes(page, "a selection")
    await visitor.button("Delete").click()
    await expect(page.get_by_role("alertdialog")).to_be_visible()
    await both_themes(page, "a question about a selection")
    await visitor.button("Cancel").click()
    await visitor.button("Account of admin").click()
    await expect(page.get_by_role("menuitem", name="Sign out")).to_be_visible()
    await both_themes(page, "the account's menu")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("option").first).to_be_visible()
    await both_themes(page, "the palette")
    visitor.cut_off = True
    await page.route("**/api/v1/**", lambda route: route.abort())
    await page.reload()
    await expect(visitor.heading("Botyard cannot be reached")).to_be_visible()
    await both_themes(page, "nothing that answers")


async def test_a_phone_and_what_went_wrong(new_visitor: NewVisitor) -> None:
    visitor = await new_visitor("phone", reduced_motion="reduce")
    page, api = visitor.page, visitor.botyard.api
    await visitor.sign_in()
    name = f"axe-{secrets.token_hex(4)}"
    telegram = visitor.botyard.telegram
    spec = visitor.botyard.spec(name, channels={"telegram": {"token": {"secret": "TOKEN"}}})
    api.write("POST", "/bots", {"spec": spec, "secrets": {"TOKEN": telegram.bot().token}})
    places = [f"/bots/admin.{name}{tab}" for tab in ("", "/access")]
    wrong = {"secrets": {"TOKEN": telegram.refused_token()}}
    failed = api.ask("PATCH", f"/bots/admin.{name}", wrong, Prefer="wait=60").json()["operation"]["id"]
    for path in (
        "/",
        "/audit",
        "/new/data-analyst",
        *places,
        f"/operations/{failed}",
        f"/operations?bot=admin.{name}",
    ):
        # From nowhere, so that what is judged is this page and not the one before it.
        await page.goto("about:blank")
        await visitor.go(path)
        await expect(page.get_by_role("heading", level=1)).to_have_count(1)
        await expect(page.locator("[aria-busy=true]")).to_have_count(0)
        await both_themes(page, path)
    await visitor.go(places[0])
    await page.get_by_role("button", name="More").tap()
    await expect(page.get_by_role("menuitem", name="Secrets")).to_be_visible()
    await both_themes(page, "the rest of the bar")
