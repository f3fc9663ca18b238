"""The list of bots: live by events, searched, filtered, and many bots changed as one operation."""

from __future__ import annotations

import re
import secrets

import pytest
from playwright.async_api import expect

from tests.page.conftest import NewVisitor
from tests.page.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


def herd(visitor: Visitor, count: int, **fields: str) -> list[str]:
    """As many new bots, whose names share a beginning that no other bot has."""
    word = f"herd{secrets.token_hex(3)}"
    names = [f"{word}-{number}" for number in range(count)]
    items = [
        {"op": "create", "id": f"admin.{name}", "spec": visitor.botyard.spec(name, **fields)}
        for name in names
    ]
    visitor.botyard.api.write("POST", "/bulk", items)
    return [f"admin.{name}" for name in names]


async def test_the_list_is_live_without_asking_again(visitor: Visitor) -> None:
    page, api = visitor.page, visitor.botyard.api
    [bot] = herd(visitor, 1)
    await visitor.go(f"/?q={bot.removeprefix('admin.')}")
    row = page.get_by_role("list", name="Bots").get_by_role("listitem").filter(has=visitor.link(bot))
    await expect(row).to_contain_text("no turns yet")
    await expect(page.get_by_role("list", name="Bots").get_by_role("listitem")).to_have_count(1)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/bots?" in request.url else None)
    api.ask("POST", f"/bots/{bot}/chat", {"text": "hello"})
    await expect(row.get_by_role("img", name=re.compile("^[12] turns? in 14 days"))).to_be_visible()
    await expect(row).to_contain_text("just now")
    api.write("POST", f"/bots/{bot}/pause")
    await expect(row).to_contain_text("Paused")
    sister = f"{bot}0"
    api.deploy(visitor.botyard.spec(sister.removeprefix("admin.")))
    await expect(visitor.link(sister)).to_be_visible()
    api.write("DELETE", f"/bots/{sister}")
    await expect(visitor.link(sister)).to_have_count(0)
    assert asked == []


async def test_many_are_paused_and_deleted_as_one_operation(new_visitor: NewVisitor) -> None:
    for screen in ("desk", "phone"):
        visitor = await new_visitor(screen)
        await visitor.sign_in()
        page, bots = visitor.page, herd(visitor, 4)
        await visitor.field("Search bots").fill(bots[0].removeprefix("admin.")[:-2])
        await expect(page.get_by_role("list", name="Bots").get_by_role("listitem")).to_have_count(4)
        # The box is the bot's face, which a mouse or a finger touches.
        await page.locator("label", has=visitor.field(f"Select {bots[0]}")).click()
        last = page.locator("label", has=visitor.field(f"Select {bots[2]}"))
        await last.click(modifiers=["Shift"] if screen == "desk" else [])
        chosen = page.get_by_role("region", name="Selected bots")
        await expect(chosen).to_contain_text("3 bots selected" if screen == "desk" else "2 bots selected")
        await chosen.get_by_role("button", name="Pause").click()
        await page.get_by_role("alertdialog").get_by_role("button", name="Pause").click()
        progress = page.get_by_role("region", name="Progress")
        await expect(progress).to_contain_text("Changed many bots", timeout=60_000)
        phases = [(await visitor.stored(bot))["status"]["phase"] for bot in bots]
        count = 3 if screen == "desk" else 2
        assert phases.count("paused") == count
        await visitor.button("Paused").click()
        await expect(page.get_by_role("list", name="Bots").get_by_role("listitem")).to_have_count(count)
        await visitor.button("Paused").click()
        await page.locator("label", has=visitor.field(f"Select {bots[0]}")).click()
        await chosen.get_by_role("button", name="All").click()
        await chosen.get_by_role("button", name="Delete").click()
        await visitor.field("Type delete 4 to go on").fill("delete 4")
        await page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
        await expect(page.get_by_text("No bot matches")).to_be_visible(timeout=60_000)


async def test_the_list_by_keyboard(visitor: Visitor) -> None:
    page, bots = visitor.page, herd(visitor, 3)
    await page.keyboard.press("/")
    await expect(visitor.field("Search bots")).to_be_focused()
    await page.keyboard.type(bots[0].removeprefix("admin.")[:-2])
    await expect(page.get_by_role("list", name="Bots").get_by_role("listitem")).to_have_count(3)
    await visitor.link(bots[0]).focus()
    await page.keyboard.press("ArrowDown")
    await expect(visitor.link(bots[1])).to_be_focused()
    await page.keyboard.press("x")
    await expect(visitor.field(f"Select {bots[1]}")).to_be_checked()
    await page.keyboard.press("Enter")
    await expect(visitor.heading(bots[1].removeprefix("admin."))).to_be_visible()
    await page.go_back()
    # What was looked for is in the address.
    await expect(page.get_by_role("list", name="Bots").get_by_role("listitem")).to_have_count(3)


async def test_a_long_list_draws_what_is_seen(visitor: Visitor) -> None:
    """The API is played: ten thousand bots take minutes to make."""
    page = visitor.page
    bot = visitor.botyard.api.read("/bots/demo.hello")

    def answer(cursor: str | None) -> dict[str, object]:
        start = int(cursor or 0)
        items = [
            {**bot, "id": f"al.b{n:05}", "owner": "al", "name": f"b{n:05}"} for n in range(start, start + 100)
        ]
        return {"items": items, "next_cursor": str(start + 100), "total": 10_000, "event": 0}

    pages: list[str] = []

    async def serve(route: object) -> None:
        query = dict(part.split("=") for part in route.request.url.partition("?")[2].split("&"))  # type: ignore[attr-defined]
        pages.append(query.get("cursor", ""))
        await route.fulfill(json=answer(query.get("cursor")))  # type: ignore[attr-defined]

    await page.route("**/api/v1/bots?*", serve)
    await page.route("**/api/v1/events?*", lambda route: route.fulfill(status=204))
    await page.reload()
    await expect(visitor.link("al.b00000")).to_be_visible()
    height = await page.evaluate("document.documentElement.scrollHeight")
    assert height > 700_000
    rows = page.get_by_role("list", name="Bots").get_by_role("listitem")
    for _ in range(12):
        await page.mouse.wheel(0, 4_000)
        assert await rows.count() < 60
    await expect(visitor.link("al.b00635")).to_be_attached()
    assert len(pages) == len(set(pages)), "no page is asked for twice"
    assert await page.evaluate("document.documentElement.scrollHeight") == height
