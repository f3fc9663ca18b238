"""Pictures of every page, at a desk in both themes and on a phone: `make screenshots`.

`python -m tests.page.screenshots [FOLDER] [NAME…]` takes some of them. They are for looking at, not for
comparing.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright, expect

from tests.browser import chromium
from tests.journeys.world import World
from tests.page.conftest import QUIET, SCREENS

_FOLDER = Path("frontend/screenshots")
_LOOKS = {
    "desk-light": ("desk", "light"),
    "desk-dark": ("desk", "dark"),
    "phone-light": ("phone", "light"),
    "phone-dark": ("phone", "dark"),
}
# Each page by its name; `{op}` is the id of an operation.
PAGES = {
    "bots": "/",
    "templates": "/new",
    "new-bot": "/new/customer-support",
    "operation": "/operations/{op}",
    "bot": "/bots/admin.orders",
    "chat": "/bots/admin.orders/chat",
    "conversations": "/bots/admin.orders/conversations",
    "history": "/bots/admin.orders/history",
    "logs": "/bots/admin.orders/logs",
    "access": "/bots/admin.orders/access",
    "secrets": "/bots/admin.orders/secrets",
    "settings": "/bots/admin.orders/settings",
    "operations": "/operations",
    "audit": "/audit",
    "tokens": "/tokens",
    "users": "/users",
    "system": "/system",
    "not-found": "/nowhere",
}
_BOTS = {
    "orders": "Answers questions about orders and returns",
    "onboarding": "Walks new colleagues through their first week",
    "night-desk": "Takes what people need at night and hands it over in the morning",
    "tutor": "Explains mathematics to twelve-year-olds, one step at a time",
    "release-notes": "Turns merged pull requests into words that customers read",
    "menu": "Knows the menu of the day and what is in it",
}


def _fill(world: World) -> str:
    """Bots in different states, some of them talked to; the id of one deploy."""
    api = world.api
    items = [
        {"op": "create", "id": f"admin.{name}", "spec": world.spec(name, description=text)}
        for name, text in _BOTS.items()
    ]
    api.write("POST", "/bulk", items)
    telegram = world.telegram.bot()
    channels = {"telegram": {"token": {"secret": "TELEGRAM_TOKEN"}}}
    body = {"spec": {"channels": channels}, "secrets": {"TELEGRAM_TOKEN": telegram.token}}
    operation = api.write("PATCH", "/bots/admin.orders", body)["id"]
    for number in range(5):
        for name in list(_BOTS)[: 6 - number]:
            api.ask("POST", f"/bots/admin.{name}/chat", {"text": f"What about number {number}?"})
    api.write("POST", "/bots/admin.night-desk/pause", {})
    wrong = {"spec": {"model": {"name": "unauthorized"}}}
    api.ask("PATCH", "/bots/admin.release-notes", wrong, Prefer="wait=60")
    hello = {"version": 1, "name": "hello", "description": "Says hello", "instructions": "You are Hello."}
    api.ask("POST", "/bots", {"owner": "demo", "spec": hello}, Prefer="wait=60")
    return str(operation)


async def _take(browser: Browser, world: World, operation: str, folder: Path, names: list[str]) -> None:
    for look, (screen, theme) in _LOOKS.items():
        options: dict[str, Any] = {**SCREENS[screen], "color_scheme": theme, "reduced_motion": "reduce"}
        context = await browser.new_context(**options, service_workers="block")
        page = await context.new_page()
        await _shot(page, folder / f"sign-in-{look}.png", f"{world.url}/#/sign-in")
        await page.goto(f"{world.url}/#/sign-in?code={world.sign_in_code()}")
        await expect(page.get_by_role("heading", name="Bots")).to_be_visible(timeout=30_000)
        for name in names or PAGES:
            address = f"{world.url}/#{PAGES[name].format(op=operation)}"
            await _shot(page, folder / f"{name}-{look}.png", address)
        await context.close()


async def _shot(page: Page, to: Path, address: str) -> None:
    # From nowhere, so that what is shown is this page and not the one before it.
    await page.goto("about:blank")
    await page.goto(address)
    await expect(page.get_by_role("heading", level=1)).to_have_count(1, timeout=30_000)
    # Streams stay open, so the network is never idle; fonts and layout are ready after two frames.
    await page.evaluate("() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")
    await expect(page.locator("[aria-busy=true]")).to_have_count(0, timeout=30_000)
    await page.screenshot(path=to, animations="disabled")


async def take_all(world: World, operation: str, folder: Path, names: list[str]) -> None:
    """Takes the named pages, or all."""
    folder.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        await _take(browser, world, operation, folder, names)
        await browser.close()


def main() -> None:
    """Takes pictures of a Botyard of its own."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else _FOLDER
    with tempfile.TemporaryDirectory() as home, World(Path(home)) as world:
        operation = _fill(world)
        asyncio.run(take_all(world, operation, folder, sys.argv[2:]))
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")


if __name__ == "__main__":
    main()
