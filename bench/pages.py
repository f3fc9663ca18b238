"""The page in Chromium: what the first load takes, how soon it can be used, how a long list scrolls."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from bench.figures import Measured
from bench.played import many, serving
from bench.scale import Scale
from bench.world import BenchWorld
from tests.browser import chromium
from tests.page.conftest import QUIET

_FRONTEND = Path(__file__).resolve().parent.parent / "frontend"
_DESK: ViewportSize = {"width": 1280, "height": 860}
# Drawn, and the thread free again: what is clicked now is answered at once.
_INTERACTIVE = """window.interactive = new Promise((resolve) => {
  const look = () => {
    if (!document.querySelector("SELECTOR")) return requestAnimationFrame(look);
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
  };
  requestAnimationFrame(look);
});"""
# One step a frame; what a frame took beyond its time was not drawn.
_SCROLL = """async ({ pixels, frames }) => {
  const took = [];
  let last = await new Promise(requestAnimationFrame);
  for (let n = 0; n < frames; n += 1) {
    scrollBy(0, pixels);
    const now = await new Promise(requestAnimationFrame);
    took.push(now - last);
    last = now;
  }
  return took;
}"""
_FRAME = 1000 / 60
_STEP = 60  # pixels a frame: a page of 100 rows in two seconds


def measure(world: BenchWorld, scale: Scale) -> dict[str, Measured]:
    world.api.deploy(world.models.spec("hello"))
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        try:
            session = _signed_in(browser, world)
            return {
                "page_first_load_kb": _first_load(browser, world, session),
                "page_interactive_over_static": _interactive(browser, world, session, Path(folder), scale),
                "list_10k_scroll_dropped_frames_pct": _scrolled(browser, world, scale),
            }
        finally:
            browser.close()


def _signed_in(browser: Browser, world: BenchWorld) -> Any:
    answer = world.api.ask("POST", "/users/admin/sign-in-link")
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{world.installation.url}/#/sign-in?code={answer.json()['code']}")
    page.get_by_role("link", name="To the bots").click()
    page.get_by_role("link", name="admin.hello").wait_for()
    state = context.storage_state()
    context.close()
    return state


def _first_load(browser: Browser, world: BenchWorld, session: Any) -> Measured:
    """Scripts as they come over the wire, compressed, of a browser that knows nothing yet."""
    context = browser.new_context(storage_state=session, service_workers="block", viewport=_DESK)
    page = context.new_page()
    network = context.new_cdp_session(page)
    urls: dict[str, str] = {}
    sizes: dict[str, int] = {}
    network.on("Network.responseReceived", lambda e: urls.update({e["requestId"]: e["response"]["url"]}))
    network.on("Network.loadingFinished", lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]}))
    network.send("Network.enable")
    page.goto(world.installation.url)
    page.get_by_role("link", name="admin.hello").wait_for()
    page.wait_for_load_state("load")
    everything = {urls[each]: size for each, size in sizes.items() if each in urls}
    scripts = sum(size for url, size in everything.items() if url.endswith(".js"))
    context.close()
    return Measured(scripts / 1000, beside={"with_all_else_kb": sum(everything.values()) / 1000})


def _interactive(browser: Browser, world: BenchWorld, session: Any, folder: Path, scale: Scale) -> Measured:
    """In turns, each with an empty cache; the median of each turn's ratio."""
    _build_hello(folder)
    ours, theirs = [], []
    with serving(folder) as hello:
        for _ in range(scale.page_turns + 1):
            ours.append(_opened(browser, world.installation.url, "[data-row]", session))
            theirs.append(_opened(browser, hello, "button", None))
    # The first of each warms what is outside the browser.
    ratios = [mine / other for mine, other in zip(ours[1:], theirs[1:], strict=True)]
    beside = {"page_ms": statistics.median(ours[1:]), "static_ms": statistics.median(theirs[1:])}
    ratio = statistics.median(ratios)
    return Measured(ratio, ratio, beside=beside)


def _opened(browser: Browser, url: str, selector: str, session: Any) -> float:
    context = browser.new_context(storage_state=session, service_workers="block", viewport=_DESK)
    context.add_init_script(_INTERACTIVE.replace("SELECTOR", selector))
    page = context.new_page()
    page.goto(url)
    taken = page.evaluate("window.interactive")
    context.close()
    return float(taken)


def _build_hello(folder: Path) -> None:
    vite = _FRONTEND / "node_modules/.bin/vite"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = [str(vite), "build", str(_FRONTEND / "tests/hello"), "--outDir", str(folder), "--emptyOutDir"]
    subprocess.run([*command, "--logLevel", "error"], check=True, env={**os.environ, "PATH": path})


def _scrolled(browser: Browser, world: BenchWorld, scale: Scale) -> Measured:
    """The API is played: what is measured is the browser's work, and making the bots takes ten minutes."""
    me, bot = world.api.read("/me"), world.api.read("/bots/admin.hello")
    with serving(_FRONTEND / "dist", many(scale.listed_bots, me, bot)) as url:
        context = browser.new_context(service_workers="block", viewport=_DESK)
        page = context.new_page()
        page.goto(url)
        page.locator("[data-row]").first.wait_for()
        took = page.evaluate(_SCROLL, {"pixels": _STEP, "frames": scale.scrolled_frames})
        rows = page.locator("[data-row]").count()
        empty = context.new_page()
        empty.goto(f"{url}/mark.svg")
        idle = empty.evaluate(_SCROLL, {"pixels": 0, "frames": min(scale.scrolled_frames, 300)})
        context.close()
    assert 0 < rows < 100, f"{rows} rows are drawn"
    beside = {"longest_frame_ms": max(took), "without_any_work_pct": _dropped(idle)}
    return Measured(_dropped(took), beside=beside)


def _dropped(took: list[float]) -> float:
    """How many frames in a hundred were not drawn."""
    due = sum(max(1, round(each / _FRAME)) for each in took)
    return 100 * (due - len(took)) / due
