"""What strangers write stays text, and the page brings nothing that the browser would have to trust."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.page.conftest import NewVisitor
from tests.page.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

_EVIL = '<img src=x onerror="document.title=\'broken in\'"><script>document.title="broken in"</script>'
_LINKS = f"{_EVIL} [click](javascript:document.title='broken_in') ![p](http://127.0.0.1:9/pixel.png)"
_LARGEST_SCRIPT = 180 * 1024


async def test_markup_in_names_and_answers_is_inert(visitor: Visitor) -> None:
    page = visitor.page
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    spec = visitor.botyard.spec("evil", description=_EVIL)
    visitor.botyard.api.deploy({**spec, "instructions": _EVIL})
    await visitor.go("/")
    await expect(page.get_by_text(_EVIL).first).to_be_visible()
    for tab in ("", "/history", "/settings", "/chat"):
        await visitor.go(f"/bots/admin.evil{tab}")
        await expect(visitor.heading("evil")).to_be_visible()
    answer = await visitor.say(_LINKS)
    await expect(answer).to_have_attribute("data-state", "whole")
    assert await page.locator("main img, main script").count() == 0
    assert await page.locator("a[href^='javascript' i]").count() == 0
    await answer.get_by_text("click").click()
    assert "broken" not in await page.title()
    assert all(url.startswith(visitor.botyard.url) for url in requests)


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
