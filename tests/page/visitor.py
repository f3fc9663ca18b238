"""A person at the page: what they do, in their words, and what the browser complained about meanwhile."""

from __future__ import annotations

import secrets
from typing import Any

from playwright.async_api import ConsoleMessage, Locator, Page, expect

from tests.journeys.world import World

STEPS = ["accepted", "committed", "synced", "started", "connected", "answered"]
# What Chromium calls it when a connection is refused, or broken off before, within or after an answer's head.
_CAUSES = (
    "FAILED",
    "INTERNET_DISCONNECTED",
    "CONNECTION_RESET",
    "EMPTY_RESPONSE",
    "INCOMPLETE_CHUNKED_ENCODING",
    "NETWORK_CHANGED",
)
_SHORT = 15_000
_LONG = 90_000


class Visitor:
    """One page of one browser profile."""

    def __init__(self, page: Page, botyard: World) -> None:
        self.page = page
        self.botyard = botyard
        self.url = botyard.url
        self.expected: set[int] = set()
        self.cut_off = False
        self._said: list[str] = []
        page.set_default_timeout(_SHORT)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._said.append(f"page error: {error}"))

    @property
    def complaints(self) -> list[str]:
        """Errors in the console, content security among them, but for what the test said it expects."""
        answers = tuple(
            f"Failed to load resource: the server responded with a status of {s}" for s in self.expected
        )
        if self.cut_off:
            answers = (*answers, *(f"Failed to load resource: net::ERR_{cause}" for cause in _CAUSES))
        # What the page keeps for offline would answer before the routes that tests play.
        answers = (*answers, "Service Worker registration blocked by Playwright")
        return [text for text in self._said if not text.startswith(answers)]

    def forget(self) -> None:
        """What the browser said so far was looked at, and was right."""
        self._said.clear()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._said.append(message.text)

    async def go(self, path: str) -> None:
        await self.page.goto(f"{self.url}/#{path}")

    async def sign_in(self) -> None:
        """By a fresh link, as `botyard up` prints it."""
        await self.go(f"/sign-in?code={self.botyard.sign_in_code()}")
        await expect(self.heading("Bots")).to_be_visible()

    def heading(self, name: str) -> Locator:
        return self.page.get_by_role("heading", name=name)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("link", name=name, exact=True)

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(label, exact=True)

    async def search(self, bot: str) -> None:
        """Look for a bot in the list, which draws no more of its rows than are in sight."""
        await self.field("Search bots").fill(bot)

    async def choose_model(self, model: str) -> None:
        """The simulated model server, under the name of a behaviour."""
        await self.page.get_by_role("radio", name="OpenAI-compatible").check()
        await self.field("Base URL").fill(self.botyard.model_url)
        await self.field("Model name").fill(model)

    async def fill_new_bot(self, template: str, model: str = "echo") -> str:
        """From the list to a filled form; the new bot's name."""
        name = f"page-{secrets.token_hex(4)}"
        await self.go("/new")
        await self.link(template).click()
        await self.field("Name").fill(name)
        await self.choose_model(model)
        return name

    async def deploy(self, template: str = "Customer support", model: str = "echo") -> str:
        """A new bot from a template until it has answered; its id."""
        name = await self.fill_new_bot(template, model)
        await self.button("Deploy").click()
        await self.succeeded("Deployed")
        return f"admin.{name}"

    async def succeeded(self, headline: str) -> None:
        """The operation on the page has come to its good end."""
        await expect(self.page.get_by_role("heading", level=1)).to_have_text(headline, timeout=_LONG)

    async def steps(self) -> dict[str, str]:
        """The state of each step that the page shows."""
        shown = self.page.get_by_role("list", name="Steps").get_by_role("listitem")
        found = await shown.evaluate_all("items => items.map(i => [i.dataset.step, i.dataset.state])")
        return {str(name): str(state) for name, state in found}

    async def say(self, text: str) -> Locator:
        """Send a message in the chat; the place of the newest answer."""
        await self.page.get_by_role("textbox", name="Message to").fill(text)
        await self.page.keyboard.press("Enter")
        return self.page.locator("[role=log] > [data-state]").last

    async def stored(self, bot: str) -> dict[str, Any]:
        """The bot as the API knows it."""
        found: dict[str, Any] = self.botyard.api.read(f"/bots/{bot}")
        return found
