"""One browser for the run, and a fresh visitor with a clean profile for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.browser import chromium
from tests.journeys.processes import eventually
from tests.journeys.world import World
from tests.page.visitor import Visitor

# The browser asks nobody outside this machine for anything.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCREENS: dict[str, dict[str, Any]] = {
    "desk": {"viewport": {"width": 1280, "height": 860}},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
}

NewVisitor = Callable[..., Awaitable[Visitor]]


@pytest.fixture(scope="session")
def demo_bot(botyard: World) -> str:
    """`demo.hello`, live. `botyard up` deploys it on an empty fleet; another test may have been quicker."""
    spec = {
        "version": 1,
        "name": "hello",
        "instructions": "You are Hello.",
        "model": {"provider": "embedded"},
    }
    if botyard.api.ask("GET", "/bots/demo.hello").status_code == 404:
        botyard.api.ask("POST", "/bots", {"owner": "demo", "spec": spec})

    def live() -> bool:
        bot = botyard.api.ask("GET", "/bots/demo.hello").json()
        return bot.get("status", {}).get("phase") in {"live", "idle"}

    eventually("demo.hello is live", live, within=90)
    return "demo.hello"


@pytest.fixture(scope="session")
def known(botyard: World) -> None:
    """Somebody has signed in before: who does so first of all is welcomed, which has a test of its own."""
    assert botyard.api.ask("POST", "/sign-in", {"code": botyard.sign_in_code()}).is_success


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def new_visitor(
    browser: Browser, botyard: World, demo_bot: str, known: None
) -> AsyncIterator[NewVisitor]:
    """Makes visitors; at the end of the test none of them may have met an error that it did not expect."""
    async with AsyncExitStack() as stack:
        visitors: list[Visitor] = []

        async def make(screen: str = "desk", **options: Any) -> Visitor:
            context = await browser.new_context(**{"service_workers": "block", **SCREENS[screen], **options})
            stack.push_async_callback(context.close)
            visitor = Visitor(await context.new_page(), botyard)
            visitors.append(visitor)
            return visitor

        yield make
        complaints = [complaint for visitor in visitors for complaint in visitor.complaints]
        assert complaints == []


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(new_visitor: NewVisitor) -> Visitor:
    """Somebody at a desk, signed in by a link."""
    visitor = await new_visitor()
    await visitor.sign_in()
    return visitor
