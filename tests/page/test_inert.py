"""What strangers write stays text, and the page brings nothing that the browser would have to trust."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from playwright.async_api import expect

from tests.journeys.world import World
from tests.page.conftest import NewVisitor
from tests.page.test_reach import ELSEWHERE, TABS
from tests.page.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

_EVIL = '<img src=x onerror="document.title=\'broken in\'"><script>document.title="broken in"</script>'
_LINKS = f"{_EVIL} [click](javascript:document.title='broken_in') ![p](http://127.0.0.1:9/pixel.png)"
_LARGEST_SCRIPT = 180 * 1024


async def test_markup_of_strangers_is_inert_on_every_page(visitor: Visitor) -> None:
    page = visitor.page
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    _fill(visitor.botyard)
    await visitor.go("/bots/admin.evil/chat")
    answer = await visitor.say(_LINKS)
    await expect(answer).to_have_attribute("data-state", "whole")
    await answer.get_by_text("click").click()
    await _is_inert(visitor, "the answer")
    said = visitor.botyard.api.read("/bots/admin.evil/conversations")["items"]
    talks = [f"/bots/admin.evil/conversations/{quote(talk['id'], safe='')}" for talk in said]
    assert len(talks) == 2
    tabs = [f"/bots/admin.evil{tab}" for tab in TABS]
    new = quote(_EVIL, safe="")
    visitor.expected = {404}
    for path in (
        *ELSEWHERE,
        *tabs,
        *talks,
        f"/?q={new}",
        f"/new/{new}",
        f"/bots/{new}",
        f"/operations/{new}",
    ):
        await visitor.go(path)
        await expect(page.get_by_role("heading", level=1)).to_have_count(1)
        await expect(page.locator("[aria-busy=true]")).to_have_count(0)
        await _is_inert(visitor, path)
    for path, word in {"/": _EVIL, "/tokens": _EVIL, "/bots/admin.evil/access": "Let in"}.items():
        await visitor.go(path)
        await expect(page.get_by_text(word).first).to_be_visible()
        await _is_inert(visitor, path)
    await visitor.go("/bots/admin.evil/history")
    await visitor.button("Show the change").first.click()
    await _is_inert(visitor, "a change")
    await page.goto(f"{visitor.url}/c/admin.evil")
    await expect(page.get_by_text(_EVIL).first).to_be_visible()
    await _is_inert(visitor, "the public chat")
    assert all(url.startswith((visitor.url, "data:image/svg+xml,")) for url in requests)


def _fill(botyard: World) -> None:
    """A bot, a token and a person in Telegram, all called so."""
    channels = {"web": {"public": True}, "telegram": {"token": {"secret": "TOKEN"}}}
    spec = botyard.spec("evil", description=_EVIL, channels=channels)
    telegram = botyard.telegram.bot()
    written = {"spec": {**spec, "instructions": _EVIL}, "secrets": {"TOKEN": telegram.token}}
    botyard.api.write("POST", "/bots", written)
    assert botyard.api.ask("POST", "/tokens", {"name": _EVIL[:100], "scopes": ["bots:read"]}).is_success
    code = botyard.api.read("/bots/admin.evil/access")["link"].partition("start=")[2]
    telegram.person(7801).say(f"/start {code}", name=_EVIL)
    stranger = telegram.person(7802)
    stranger.say(_LINKS, name=_EVIL)
    stranger.reads(1)
    owner = telegram.person(7801)
    owner.say(_LINKS)
    owner.reads(2)


async def _is_inert(visitor: Visitor, place: str) -> None:
    page = visitor.page
    assert await page.locator("main img, main script, [onerror], [onload]").count() == 0, place
    assert await page.locator("a[href^='javascript' i], a[href^='data' i]").count() == 0, place
    assert "broken" not in await page.title(), place


async def test_the_first_load_is_small_and_strict(new_visitor: NewVisitor) -> None:
    visitor = await new_visitor()
    sizes: dict[str, int] = {}
    session = await visitor.page.context.new_cdp_session(visitor.page)
    await session.send("Network.enable")
    urls: dict[str, str] = {}
    session.on("Network.responseReceived", lambda e: urls.update({e["requestId"]: e["response"]["url"]}))
    session.on(
        "Network.loadingFinished",
        lambda e: sizes.update({urls.get(e["requestId"], ""): int(e["encodedDataLength"])}),
    )
    await visitor.sign_in()
    await expect(visitor.page.get_by_role("list", name="Bots").get_by_role("link").first).to_be_visible()
    scripts = {url: size for url, size in sizes.items() if url.endswith(".js")}
    assert scripts
    assert sum(scripts.values()) <= _LARGEST_SCRIPT, scripts
    home = await visitor.page.request.get(visitor.botyard.url)
    policy = home.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
