"""Pictures of every page, at a desk in both themes and on a phone: `make screenshots`.

`python -m tests.page.screenshots [FOLDER] [NAME…]` takes some of them. They are for looking at, not for
comparing.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Iterator
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
# Each page by its name: its address, and a text that is there when all of it is. `{op}` is an operation's id.
PAGES = {
    "bots": ("/", "demo.hello"),
    "templates": ("/new", "Customer support"),
    "new-bot": ("/new/customer-support", "What will be committed"),
    "operation": ("/operations/{op}", "Deployed"),
    "bot": ("/bots/admin.orders", "Overview"),
    "chat": ("/bots/admin.orders/chat", "New conversation"),
    "history": ("/bots/admin.orders/history", "Deploy"),
    "logs": ("/bots/admin.orders/logs", "Logs"),
    "settings": ("/bots/admin.orders/settings", "Instructions"),
    "operations": ("/operations", "Deployed"),
    "audit": ("/audit", "Who did what"),
    "tokens": ("/tokens", "Make the token"),
    "users": ("/users", "Let a person in"),
    "system": ("/system", "Embedded brain"),
    "not-found": ("/nowhere", "Nothing stands here"),
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


def _wanted(names: list[str]) -> Iterator[tuple[str, str, str]]:
    for name, (path, text) in PAGES.items():
        if not names or name in names:
            yield name, path, text


async def _take(browser: Browser, world: World, operation: str, folder: Path, names: list[str]) -> None:
    for look, (screen, theme) in _LOOKS.items():
        options: dict[str, Any] = {**SCREENS[screen], "color_scheme": theme, "reduced_motion": "reduce"}
        context = await browser.new_context(**options)
        page = await context.new_page()
        await _shot(page, folder / f"sign-in-{look}.png", f"{world.url}/#/sign-in", "Sign in")
        await page.goto(f"{world.url}/#/sign-in?code={world.sign_in_code()}")
        await expect(page.get_by_role("heading", name="Bots")).to_be_visible(timeout=30_000)
        for name, path, text in _wanted(names):
            address = f"{world.url}/#{path.format(op=operation)}"
            await _shot(page, folder / f"{name}-{look}.png", address, text)
        await context.close()


async def _shot(page: Page, to: Path, address: str, text: str) -> None:
    await page.goto(address)
    await expect(page.get_by_text(text).first).to_be_attached(timeout=30_000)
    await expect(page.locator("[aria-busy=true]")).to_have_count(0)
    # Streams stay open, so the network is never idle; fonts and layout are ready after two frames.
    await page.evaluate("() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")
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
