"""Every page for everybody: controls have names, pages one title, and a narrow screen cuts nothing off."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.page.conftest import NewVisitor
from tests.page.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

_CONTROLS = {
    "button",
    "link",
    "textbox",
    "searchbox",
    "radio",
    "switch",
    "combobox",
    "menuitem",
    "image",
    "dialog",
}
TABS = ("", "/chat", "/conversations", "/logs", "/history", "/access", "/secrets", "/settings")
ELSEWHERE = (
    "/",
    "/new",
    "/operations",
    "/audit",
    "/tokens",
    "/users",
    "/users/admin",
    "/usage",
    "/teams",
    "/teams/demo",
    "/welcome",
    "/system",
)
_NARROWEST = 320  # CSS pixels, WCAG 2.2, 1.4.10 Reflow.


# What moved without anybody's doing, of all that has been drawn: https://web.dev/articles/cls.
_MOVED = """() => new Promise((tell) => {
  const moved = [];
  const note = (shift) => {
    if (!shift.hadRecentInput && shift.value > 0.001)
      moved.push(`${shift.value} ${shift.sources.map(({ node }) => node?.outerHTML?.slice(0, 120))}`);
  };
  new PerformanceObserver((list) => list.getEntries().forEach(note))
    .observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => tell(moved))));
})"""


async def _nameless(visitor: Visitor) -> list[Any]:
    """Controls without a name, as the browser tells assistive technology."""
    session = await visitor.page.context.new_cdp_session(visitor.page)
    tree = await session.send("Accessibility.getFullAXTree")
    await session.detach()
    seen = [node for node in tree["nodes"] if not node["ignored"]]
    controls = [node for node in seen if node.get("role", {}).get("value") in _CONTROLS]
    assert controls
    return [node for node in controls if not node.get("name", {}).get("value", "").strip()]


async def test_every_page(new_visitor: NewVisitor) -> None:
    visitor = await new_visitor("phone", viewport={"width": _NARROWEST, "height": 700})
    visitor.expected = {404}
    page = visitor.page
    await visitor.sign_in()
    bot = await visitor.deploy()
    operation = page.url.partition("#")[2]
    tabs = [f"/bots/{bot}{tab}" for tab in TABS]
    for path in (*ELSEWHERE, "/new/data-analyst", operation, *tabs, "/bots/admin.nobody", "/nowhere"):
        await page.goto("about:blank")
        await visitor.go(path)
        await expect(page.get_by_role("heading", level=1)).to_have_count(1)
        await expect(page.locator("[aria-busy=true]")).to_have_count(0)
        assert await page.evaluate(_MOVED) == [], f"{path}: something jumped while it was loading"
        assert await _nameless(visitor) == [], path
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= _NARROWEST, f"{path} is {width} wide"
        title = await page.title()
        assert title.endswith("Botyard"), title
        assert await page.evaluate("document.documentElement.lang") == "en"


async def test_the_theme_follows_the_system_until_one_is_chosen(new_visitor: NewVisitor) -> None:
    visitor = await new_visitor(color_scheme="dark")
    page = visitor.page
    await visitor.sign_in()
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await page.emulate_media(color_scheme="light")
    await expect(page.locator("html")).to_have_attribute("data-theme", "light")
    await visitor.button("Dark theme").click()
    await page.reload()
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await visitor.button("Light theme").click()
    await expect(page.locator("html")).to_have_attribute("data-theme", "light")
