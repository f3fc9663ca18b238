"""The first visit of all: what the page says before anybody has signed in, and where it leads from there."""

from __future__ import annotations

import secrets

from playwright.sync_api import Page, expect, sync_playwright

from tests.browser import chromium
from tests.page.conftest import QUIET, SCREENS

_LONG = 90_000


def first_run(url: str, link: str) -> None:
    """From the bare address, by the terminal's link, to a first bot that has answered; then back again."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        try:
            page = browser.new_context(**SCREENS["phone"], service_workers="block").new_page()
            page.set_default_timeout(15_000)
            _received(page, url)
            password = _welcomed(page, link)
            _deployed(page)
            _back_by_password(page, password)
        finally:
            browser.close()


def _received(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.get_by_role("heading", name="Welcome to Botyard")).to_be_visible()
    expect(page.get_by_text("Nobody has signed in here yet.")).to_be_visible()
    # Somebody may have been given a password before anybody has signed in.
    expect(page.get_by_label("Password")).to_be_hidden()
    page.get_by_text("Sign in with a password").click()
    expect(page.get_by_label("Password")).to_be_visible()
    page.get_by_text("Sign in with a password").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def _welcomed(page: Page, link: str) -> str:
    """Signs in by the link; the password that is set."""
    _tab_to(page, "Link or code")
    page.keyboard.insert_text(link)
    page.keyboard.press("Enter")
    expect(page.get_by_text("You are admin, the operator")).to_be_visible()
    password = secrets.token_urlsafe(12)
    page.get_by_label("New password").fill(password[:9])
    expect(page.get_by_role("button", name="Set the password")).to_be_disabled()
    page.get_by_label("New password").fill("")
    _tab_to(page, "New password")
    page.keyboard.insert_text(password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").get_by_text("It is set.")).to_be_visible()
    _tab_to(page, "Email")
    page.keyboard.insert_text("admin@example.org")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").get_by_text("It is saved.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    return password


_NAME = "e => e.getAttribute('aria-label') || e.labels?.[0]?.innerText || e.innerText || ''"


def _tab_to(page: Page, name: str) -> None:
    """Press Tab until something of this name has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        # After the last of the page comes the browser's own part, and then its first.
        if focused.count() and focused.evaluate(_NAME).strip().startswith(name):
            return
    raise AssertionError(f"{name!r} is not on the way")


def _deployed(page: Page) -> None:
    _tab_to(page, "Choose a template")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="General assistant").click()
    page.get_by_label("Name", exact=True).fill("first")
    page.get_by_role("button", name="Deploy", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Deployed", timeout=_LONG)
    expect(page.locator("[data-step=answered] blockquote")).not_to_be_empty()


def _back_by_password(page: Page, password: str) -> None:
    """Signed out, the page knows that it is in use, and the password leads to the list."""
    page.get_by_role("button", name="Account of admin").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in with a link")).to_be_visible()
    page.get_by_text("Sign in with a password").click()
    page.get_by_label("Name").fill("admin")
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Bots")).to_be_visible()
    expect(page.get_by_role("link", name="admin.first")).to_be_visible()
