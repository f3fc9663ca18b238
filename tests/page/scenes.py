"""Every page, and what it is with something open, empty, on its way or gone wrong, for the pictures."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import NamedTuple

from playwright.async_api import Error, Page, Route, expect

# Said in the chats before their picture is taken.
ASKED = "My parcel has not come. What now?"
Act = Callable[[Page], Awaitable[None]]


async def _nothing(page: Page) -> None:
    """The page as it comes."""


class Scene(NamedTuple):
    """An address with the ids of the pictures' bots in braces, what is done before it is opened and on it."""

    path: str
    act: Act = _nothing
    before: Act = _nothing
    #: Whether the page beyond the screen's edge is in the picture as well.
    whole: bool = False
    #: Whether it comes to rest, and does not wait for an answer that never comes.
    rests: bool = True


def _press(name: str, role: str = "button") -> Act:
    async def act(page: Page) -> None:
        await page.get_by_role(role, name=name, exact=True).first.click()  # type: ignore[arg-type]

    return act


def _fill(label: str, text: str, button: str) -> Act:
    async def act(page: Page) -> None:
        await page.get_by_label(label, exact=True).fill(text)
        await _press(button)(page)

    return act


async def _choose(page: Page) -> None:
    for number in range(3):
        await page.get_by_role("list", name="Bots").locator("label").nth(number).click()


async def _find(page: Page) -> None:
    await page.keyboard.press("Control+k")
    await page.get_by_role("combobox", name="Go to").fill("or")


async def _delete_many(page: Page) -> None:
    await _choose(page)
    await _press("Delete")(page)


async def _name_it(page: Page) -> None:
    await page.get_by_label("Name", exact=True).fill("-no-")
    await page.get_by_role("radio", name="OpenAI-compatible").check()
    await page.get_by_role("switch", name="Telegram").check()
    await page.get_by_label("Telegram token", exact=True).fill("not a token")
    await _press("Deploy")(page)
    await expect(page.get_by_label("Name", exact=True)).to_have_attribute("aria-invalid", "true")


async def _more(page: Page) -> None:
    if await page.get_by_role("button", name="More").count():
        await _press("More")(page)


async def _ask(page: Page) -> None:
    await page.get_by_role("textbox", name="Message to").fill(ASKED)
    await page.keyboard.press("Enter")
    await expect(page.locator("[role=log] > [data-state=whole]").last).to_be_visible()


async def _log(page: Page) -> None:
    await expect(page.get_by_role("log", name="Log").get_by_role("time").first).to_be_visible()


async def _no_answer(page: Page) -> None:
    async def wait(route: Route) -> None:
        with suppress(Error):
            await asyncio.sleep(5)
            await route.abort()

    await page.route("**/api/v1/**", wait)


async def _no_network(page: Page) -> None:
    await page.route("**/api/v1/**", lambda route: route.abort("connectionrefused"))


async def _no_bots(page: Page) -> None:
    await page.route(
        "**/api/v1/bots?**", lambda route: route.fulfill(json={"items": [], "next_cursor": None})
    )


async def _first_run(page: Page) -> None:
    await page.route("**/api/v1/sign-in", lambda route: route.fulfill(json={"first_run": True}))


# What is shown to who has not signed in.
OUTSIDE = {
    "first-run": Scene("/sign-in", before=_first_run),
    "sign-in": Scene("/sign-in"),
}
SCENES = {
    "bots": Scene("/"),
    # While it is on its way.
    "deploy-running": Scene("/operations/{running}"),
    "templates": Scene("/new"),
    "new-bot": Scene("/new/customer-support"),
    "deploy": Scene("/operations/{deploy}"),
    "failure": Scene("/operations/{failure}"),
    "bot": Scene("/bots/admin.orders"),
    "chat": Scene("/bots/admin.orders/chat", _ask),
    "conversations": Scene("/bots/admin.orders/conversations"),
    "conversation": Scene("/bots/admin.orders/conversations/{talk}"),
    "history": Scene("/bots/admin.orders/history"),
    "logs": Scene("/bots/admin.orders/logs", _log),
    "access": Scene("/bots/admin.orders/access"),
    "secrets": Scene("/bots/admin.orders/secrets"),
    "settings": Scene("/bots/admin.orders/settings"),
    "operations": Scene("/operations"),
    "audit": Scene("/audit"),
    "tokens": Scene("/tokens"),
    "users": Scene("/users"),
    "user": Scene("/users/admin"),
    "usage": Scene("/usage"),
    "teams": Scene("/teams"),
    "team": Scene("/teams/desk"),
    "system": Scene("/system"),
    "welcome": Scene("/welcome"),
    "not-found": Scene("/nowhere"),
    # Before it is talked to.
    "public-first": Scene("/c/admin.orders"),
    "public": Scene("/c/admin.orders", _ask),
    # And what opens on them, or goes wrong.
    "bots-none": Scene("/", before=_no_bots),
    "bots-not-found": Scene("/?q=nobody"),
    "bots-loading": Scene("/", before=_no_answer, rests=False),
    "bots-away": Scene("/", before=_no_network),
    "bots-chosen": Scene("/", _choose),
    "bots-delete": Scene("/", _delete_many),
    "palette": Scene("/", _find),
    "account": Scene("/", _press("Account of admin")),
    "new-bot-whole": Scene("/new/customer-support", whole=True),
    "new-bot-file": Scene("/new/customer-support", _press("File", "tab")),
    "new-bot-wrong": Scene("/new/customer-support", _name_it, whole=True),
    "deploy-many": Scene("/operations/{many}"),
    "bot-whole": Scene("/bots/admin.orders", whole=True),
    "bot-degraded": Scene("/bots/admin.release-notes"),
    "bot-long": Scene("/bots/{long}", whole=True),
    "bot-more": Scene("/bots/admin.orders", _more),
    "bot-actions": Scene("/bots/admin.orders", _press("Actions")),
    "bot-none": Scene("/bots/admin.nobody"),
    "chat-first": Scene("/bots/admin.tutor/chat"),
    "chat-code": Scene("/bots/{long}/chat", _ask),
    "conversations-none": Scene("/bots/{long}/conversations"),
    "history-change": Scene("/bots/admin.release-notes/history", _press("Show the change")),
    "history-back": Scene("/bots/admin.release-notes/history", _press("Roll back to this")),
    "secrets-replace": Scene("/bots/admin.orders/secrets", _press("Replace TELEGRAM_TOKEN")),
    "settings-whole": Scene("/bots/admin.orders/settings", whole=True),
    "settings-file": Scene("/bots/admin.orders/settings", _press("File", "tab")),
    "settings-review": Scene(
        "/bots/admin.orders/settings", _fill("Instructions", "Answer like a pirate.", "Review the change")
    ),
    "settings-delete": Scene("/bots/admin.orders/settings", _press("Delete orders")),
    "tokens-new": Scene("/tokens", _fill("Name", "laptop", "Make the token")),
}
