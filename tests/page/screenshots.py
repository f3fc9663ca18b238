"""Pictures of every page and what opens on it, at a desk and on a phone, in both themes: `make screenshots`.

`python -m tests.page.screenshots [FOLDER] [NAME…]` takes some of them. They are for looking at, not for
comparing; three of them are the README's, in `docs/pictures`.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.async_api import Browser, Page, Request, async_playwright, expect

from tests.browser import chromium
from tests.journeys.world import World
from tests.page.conftest import QUIET, SCREENS
from tests.page.scenes import ASKED, OUTSIDE, SCENES, Scene

_FOLDER = Path("frontend/screenshots")
_LOOKS = {
    "desk-light": ("desk", "light"),
    "desk-dark": ("desk", "dark"),
    "phone-light": ("phone", "light"),
    "phone-dark": ("phone", "dark"),
}
_BOTS = {
    "onboarding": "Walks new colleagues through their first week",
    "night-desk": "Takes what people need at night and hands it over in the morning",
    "tutor": "Explains mathematics to twelve-year-olds, one step at a time",
    "release-notes": "Turns merged pull requests into words that customers read",
    "menu": "Knows the menu of the day and what is in it",
}
# As long as names may be.
_LONG = ("the-whole-of-customer-operations", "answers-what-nobody-else-answers")


def _fill(world: World) -> dict[str, str]:
    """Bots in different states, some of them talked to; ids for the pages."""
    api = world.api
    assert api.ask("POST", "/sign-in", {"code": world.sign_in_code()}).is_success, "the first visit is over"
    items = [
        {"op": "create", "id": f"admin.{name}", "spec": world.spec(name, "clerk", description=text)}
        for name, text in _BOTS.items()
    ]
    api.write("POST", "/bulk", items)
    deploy = api.write("POST", "/bots", _orders(world))["id"]
    for number in range(5):
        for name in [*_BOTS, "orders"][number:]:
            api.ask("POST", f"/bots/admin.{name}/chat", {"text": [ASKED, "Say hello."][number % 2]})
    api.write("POST", "/bots/admin.night-desk/pause", {})
    wrong = {"spec": {"model": {"name": "unauthorized"}}}
    refused = api.ask("PATCH", "/bots/admin.release-notes", wrong, Prefer="wait=60")
    hello = {"version": 1, "name": "hello", "description": "Says hello", "instructions": "You are Hello."}
    api.ask("POST", "/bots", {"owner": "demo", "spec": hello}, Prefer="wait=60")
    _people(world)
    talk = api.read("/bots/admin.orders/conversations")["items"][-1]["id"]
    many = api.read("/operations?limit=100")["items"][-1]["id"]
    owner, long = _LONG
    assert api.ask("POST", "/teams", {"name": owner}).is_success
    spec = world.spec(long, "long-markdown", description=f"{_BOTS['night-desk']}, {_BOTS['tutor']}")
    api.ask("POST", "/bots", {"owner": owner, "spec": spec}, Prefer="wait=60")
    _backdate(world)
    api.ask("POST", "/bots", {"spec": world.spec("slow-to-answer", "silent")})
    return {
        "deploy": deploy,
        "failure": refused.json()["operation"]["id"],
        "talk": quote(talk, safe=""),
        "many": many,
        "long": f"{owner}.{long}",
    }


def _people(world: World) -> None:
    """A team with a quota that is nearly used up."""
    api = world.api
    api.ask("POST", "/teams", {"name": "desk"})
    for name, role in (("ines", "editor"), ("tomasz", "viewer")):
        api.ask("POST", "/users", {"name": name, "email": f"{name}@example.org"})
        api.ask("PUT", f"/teams/desk/members/{name}", {"role": role})
    api.ask("POST", "/bots", {"owner": "desk", "spec": world.spec("returns", "clerk")}, Prefer="wait=60")
    quota = {"bots": 2, "secrets": 10, "cpu": "1", "memory": "1Gi"}
    api.ask("PUT", "/teams/desk/quota", quota, Prefer="wait=60")


def _orders(world: World) -> dict[str, Any]:
    """The bot that most of the pages are of."""
    channels = {"telegram": {"token": {"secret": "TELEGRAM_TOKEN"}}, "web": {"public": True}}
    text = "Answers questions about orders and returns"
    spec = world.spec("orders", "clerk", description=text, channels=channels)
    spec["instructions"] = (
        "You answer questions about orders.\n- Ask for the order's number.\n- Never promise a date."
    )
    return {"spec": spec, "secrets": {"TELEGRAM_TOKEN": world.telegram.bot().token}}


def _backdate(world: World) -> None:
    """Two weeks of turns, as a bot has them that people like; more of them on working days."""
    with sqlite3.connect(world.home / "control.db", timeout=30) as database:
        for bot, kept in database.execute("SELECT bot, turns FROM bot_status").fetchall():
            seed, turns = sum(map(ord, bot)), dict(json.loads(kept))
            for ago in range(1, 14):
                day = datetime.now(UTC).date() - timedelta(days=ago)
                turns[day.isoformat()] = (seed * (ago + 7)) % 11 + (9 if day.weekday() < 5 else 0)
            database.execute("UPDATE bot_status SET turns = ? WHERE bot = ?", (json.dumps(turns), bot))


async def _take(browser: Browser, world: World, ids: dict[str, str], folder: Path, names: list[str]) -> None:
    for look, (screen, theme) in _LOOKS.items():
        options: dict[str, Any] = {**SCREENS[screen], "color_scheme": theme, "reduced_motion": "reduce"}
        context = await browser.new_context(**options, service_workers="block")
        page = await context.new_page()
        for name in names or OUTSIDE:
            if scene := OUTSIDE.get(name):
                await _shot(page, folder / f"{name}-{look}.png", f"{world.url}/#{scene.path}", scene)
        await page.goto(f"{world.url}/#/sign-in?code={world.sign_in_code()}")
        await expect(page.get_by_role("heading", name="Bots")).to_be_visible(timeout=30_000)
        ids["running"] = _begin(world, look)
        for name in names or SCENES:
            if scene := SCENES.get(name):
                path = scene.path.format(**ids)
                address = f"{world.url}{path if path.startswith('/c/') else f'/#{path}'}"
                await _shot(page, folder / f"{name}-{look}.png", address, scene)
        await context.close()


def _begin(world: World, words: str) -> str:
    """An operation that stays at its last step for longer than its picture takes."""
    change = {"spec": {"instructions": f"Think about {words}."}}
    return str(world.api.ask("PATCH", "/bots/admin.slow-to-answer", change).json()["operation"]["id"])


async def _shot(page: Page, to: Path, address: str, scene: Scene) -> None:
    # From nowhere, so that what is shown is this page and not the one before it.
    await page.goto("about:blank")
    await page.unroute_all(behavior="ignoreErrors")
    await scene.before(page)
    asked: set[Request] = set()
    page.on("request", lambda request: asked.add(request))
    for end in ("requestfinished", "requestfailed"):
        page.on(end, lambda request: asked.discard(request))
    await page.goto(address)
    if scene.rests:
        await expect(page.get_by_role("heading", level=1)).to_have_count(1, timeout=30_000)
        await _settled(page, asked)
        await scene.act(page)
        await _settled(page, asked)
    else:
        await expect(page.locator("[aria-busy=true]")).to_have_count(1)
    screen = page.viewport_size
    if scene.whole and screen:
        # A taller screen, and no picture of all of it: bars keep their place at its foot.
        tall = await page.evaluate("document.documentElement.scrollHeight")
        await page.set_viewport_size({**screen, "height": max(tall, screen["height"])})
        await page.evaluate(_TWO_FRAMES)
    await page.screenshot(path=to, animations="disabled")
    if screen:
        await page.set_viewport_size(screen)


_TWO_FRAMES = "() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))"


async def _settled(page: Page, asked: set[Request]) -> None:
    """Streams stay open; all else has been answered, and what the answers bring is drawn after two frames."""
    while any("event" not in request.url and "follow=" not in request.url for request in asked):
        await page.evaluate(_TWO_FRAMES)
    await page.evaluate(_TWO_FRAMES)
    await expect(page.locator("[aria-busy=true]")).to_have_count(0, timeout=30_000)


async def take_all(world: World, ids: dict[str, str], folder: Path, names: list[str]) -> None:
    """Takes the named pages, or all."""
    folder.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        await _take(browser, world, ids, folder, names)
        await browser.close()


def main() -> None:
    """Takes pictures of a Botyard of its own."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else _FOLDER
    with tempfile.TemporaryDirectory() as home, World(Path(home)) as world:
        asyncio.run(take_all(world, _fill(world), folder, sys.argv[2:]))
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")


if __name__ == "__main__":
    main()
