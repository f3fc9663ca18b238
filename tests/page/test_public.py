"""The public chat: a page of its own and a part of other sites, for people without an account."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.async_api import expect

from tests.journeys.world import World
from tests.page.conftest import NewVisitor
from tests.page.test_accessible import both_themes

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def site(botyard: World) -> Iterator[str]:
    """Somebody's own site, under a strict policy, with the one line on it; its origin."""
    line = '<script src="{}/c/{}/embed.js" data-theme="dark" async></script>'

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f"<!doctype html><title>Shop</title><h1>Shop</h1>{line.format(botyard.url, self.path[1:])}"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            policy = f"default-src 'none'; script-src {botyard.url}; frame-src {botyard.url}"
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


async def test_anybody_talks_to_a_public_bot(new_visitor: NewVisitor) -> None:
    visitor = await new_visitor("phone")
    page, api = visitor.page, visitor.botyard.api
    name = f"open-{secrets.token_hex(4)}"
    spec = visitor.botyard.spec(name, description="Tells of the open day.")
    api.deploy({**spec, "channels": {"web": {"public": True}}})
    await page.goto(f"{visitor.botyard.url}/c/admin.{name}")
    await expect(visitor.heading(name)).to_be_visible()
    await expect(page.get_by_text("Tells of the open day.")).to_be_visible()
    await both_themes(page, "the public chat")
    await page.get_by_role("textbox", name=f"Message to {name}").fill("When is **it**?")
    await page.keyboard.press("Enter")
    answer = page.locator("[role=log] > [data-state]").last
    await expect(answer).to_have_attribute("data-state", "whole")
    await expect(answer).to_contain_text("echo: When is it?")
    await both_themes(page, "the public chat with an answer")
    await page.reload()
    await expect(page.get_by_text("echo: When is it?")).to_be_visible()
    await visitor.button("New conversation").click()
    await expect(page.get_by_text("echo: When is it?")).to_have_count(0)
    [conversation] = api.read(f"/bots/admin.{name}/conversations")["items"]
    assert conversation["id"].startswith("web:public-")

    visitor.expected = {404}
    await page.goto(f"{visitor.botyard.url}/c/demo.hello")
    await expect(visitor.heading("There is no chat here")).to_be_visible()


async def test_one_line_puts_it_on_a_site_that_is_named(new_visitor: NewVisitor, site: str) -> None:
    visitor = await new_visitor()
    page, api = visitor.page, visitor.botyard.api
    name = f"shop-{secrets.token_hex(4)}"
    spec = visitor.botyard.spec(name)
    api.deploy({**spec, "channels": {"web": {"public": True, "origins": [site]}}})
    api.deploy({**spec, "name": f"{name}-too", "channels": {"web": {"public": True}}})
    await page.goto(f"{site}/admin.{name}")
    await visitor.button("Open the chat").click()
    chat = page.frame_locator("iframe")
    await expect(chat.locator("html")).to_have_attribute("data-theme", "dark")
    await chat.get_by_role("textbox").fill("From the shop")
    await page.keyboard.press("Enter")
    await expect(chat.get_by_text("echo: From the shop")).to_be_visible()
    await visitor.button("Close the chat").click()
    await expect(page.locator("iframe")).to_be_hidden()

    await page.goto(f"{site}/admin.{name}-too")
    async with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
        await visitor.button("Open the chat").click()
    await expect(page.frame_locator("iframe").get_by_role("textbox")).to_have_count(0)
    visitor.forget()
