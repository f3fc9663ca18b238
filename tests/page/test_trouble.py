"""What the page says when something goes wrong, and what it does about it by itself."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import expect

from tests.journeys.processes import eventually
from tests.page.conftest import NewVisitor
from tests.page.line import Line
from tests.page.visitor import STEPS, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

# The addresses of all that the page's worker keeps, in whatever cache.
_KEPT = """async () => {
  const caches_ = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
  const requests = await Promise.all(caches_.map((each) => each.keys()));
  return requests.flat().map(({ url }) => url);
}"""


async def test_a_used_link_says_how_to_get_another(new_visitor: NewVisitor) -> None:
    visitor = await new_visitor()
    visitor.expected = {400, 401}
    code = visitor.botyard.sign_in_code()
    assert visitor.botyard.api.ask("POST", "/sign-in", {"code": code}).is_success
    await visitor.go(f"/sign-in?code={code}")
    await expect(visitor.heading("That link did not sign you in")).to_be_visible()
    assert code not in visitor.page.url
    await expect(visitor.page.get_by_text("botyard user link")).to_be_visible()
    await visitor.field("Link or code").fill(
        f"{visitor.botyard.url}/#/sign-in?code={visitor.botyard.sign_in_code()}"
    )
    await visitor.button("Sign in").click()
    await expect(visitor.heading("Bots")).to_be_visible()


async def test_signed_out_there_is_nothing_to_see(new_visitor: NewVisitor) -> None:
    visitor = await new_visitor()
    visitor.expected = {401}
    await visitor.go("/bots/demo.hello")
    await expect(visitor.heading("Sign in with a link")).to_be_visible()
    await visitor.sign_in()
    await visitor.button("Account of admin").click()
    await visitor.page.get_by_role("menuitem", name="Sign out").click()
    await expect(visitor.heading("Sign in with a link")).to_be_visible()
    await visitor.page.reload()
    await expect(visitor.heading("Sign in with a link")).to_be_visible()


async def test_a_refused_telegram_token_is_a_failure_with_its_remedy(visitor: Visitor) -> None:
    page = visitor.page
    name = await visitor.fill_new_bot("Customer support")
    await page.get_by_role("switch", name="Telegram").check()
    await visitor.field("Telegram token").fill(visitor.botyard.telegram.refused_token())
    await expect(page.get_by_role("status").get_by_text("Telegram does not know this token")).to_be_visible()
    await visitor.button("Deploy").click()
    await visitor.succeeded("Deploying failed")
    steps = await visitor.steps()
    assert steps["started"] == "succeeded"
    assert steps["connected"] == "failed"
    alert = page.get_by_role("alert")
    await expect(alert).to_contain_text("It stopped while connecting its channels")
    await expect(alert).to_contain_text("BotFather")

    await visitor.link("Fix in settings").click()
    await visitor.field("Telegram token").fill(visitor.botyard.telegram.bot().token)
    await visitor.button("Review the change").click()
    await expect(page.get_by_text("Sealed and committed with it")).to_contain_text("TELEGRAM_TOKEN")
    await visitor.button("Commit and deploy").click()
    await visitor.succeeded("Changed")
    await expect(visitor.heading("Pair with it in Telegram")).to_be_visible()
    await expect(page.get_by_role("img", name="QR code of https://t.me/")).to_be_visible()
    assert (await visitor.stored(f"admin.{name}"))["channels"]["telegram"]["state"] == "connected"


async def test_what_is_wrong_is_said_at_its_field(visitor: Visitor) -> None:
    page = visitor.page
    visitor.expected = {409, 422}
    await visitor.fill_new_bot("Customer support")
    await visitor.field("Name").fill("-no-")
    await visitor.button("Deploy").click()
    await expect(visitor.field("Name")).to_have_attribute("aria-invalid", "true")
    await expect(visitor.field("Name")).to_be_focused()
    await visitor.field("Name").fill("good")
    await visitor.field("Base URL").fill("ftp://models")
    await visitor.button("Deploy").click()
    await expect(visitor.field("Base URL")).to_have_attribute("aria-invalid", "true")
    await expect(visitor.field("Name")).not_to_have_attribute("aria-invalid", "true")
    await page.get_by_role("radio", name="OpenAI", exact=True).check()
    await visitor.button("Deploy").click()
    await expect(visitor.field("API key")).to_have_attribute("aria-invalid", "true")
    await visitor.choose_model("echo")
    await visitor.field("Owner").select_option("demo")
    await visitor.field("Name").fill("hello")
    await visitor.button("Deploy").click()
    await expect(page.get_by_role("alert").first).to_be_visible()


async def test_a_stale_form_does_not_overwrite(visitor: Visitor) -> None:
    page = visitor.page
    visitor.expected = {412}
    bot = await visitor.deploy()
    await visitor.go(f"/bots/{bot}/settings")
    await visitor.field("Instructions").fill("Mine.")
    await visitor.button("Review the change").click()
    await expect(visitor.button("Commit and deploy")).to_be_visible()
    visitor.botyard.api.write("PATCH", f"/bots/{bot}", {"spec": {"instructions": "Theirs."}})
    await visitor.button("Commit and deploy").click()
    await expect(page.get_by_role("alertdialog").get_by_role("alert")).to_contain_text("changed meanwhile")
    await visitor.button("Cancel").click()
    await visitor.button("Load the newer one").click()
    await expect(visitor.field("Instructions")).to_have_value("Theirs.")


async def test_a_deploy_outlives_a_reload_and_a_lost_connection(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.fill_new_bot("Research assistant", model="slow:3")
    await visitor.button("Deploy").click()
    await expect(page.locator("[data-step=answered][data-state=running]")).to_be_visible()
    await page.route("**/operations/*/events", lambda route: route.abort())
    visitor.cut_off = True
    await page.reload()
    await expect(page.locator("[data-step=answered][data-state=running]")).to_be_visible()
    await expect(page.get_by_text("Reconnecting")).to_be_visible()
    await page.unroute("**/operations/*/events")
    await visitor.succeeded("Deployed")
    await expect(page.get_by_text("Reconnecting")).to_have_count(0)


async def test_what_happens_while_the_line_is_cut_is_made_up_for(new_visitor: NewVisitor) -> None:
    visitor = await new_visitor()
    page, api = visitor.page, visitor.botyard.api
    async with Line(visitor.botyard.url) as line:
        visitor.url = line.url
        await visitor.sign_in()
        await visitor.fill_new_bot("Research assistant", model="slow:2")
        await visitor.button("Deploy").click()
        await expect(page.locator("[data-step=answered][data-state=running]")).to_be_visible()
        operation = page.url.rpartition("/")[2]
        line.cut()
        visitor.cut_off = True
        await expect(page.get_by_text("Reconnecting")).to_be_visible()
        ended = asyncio.to_thread(
            eventually, "it is deployed", lambda: api.read(f"/operations/{operation}")["state"] == "succeeded"
        )
        await ended
        await expect(page.locator("[data-step=answered][data-state=running]")).to_be_visible()
        line.mend()
        await visitor.succeeded("Deployed")
        await expect(page.get_by_text("Reconnecting")).to_have_count(0)
        assert await visitor.steps() == dict.fromkeys(STEPS, "succeeded")
        await expect(page.locator("[data-step=answered] blockquote")).not_to_be_empty()


async def test_an_answer_can_be_stopped(visitor: Visitor) -> None:
    bot = await visitor.deploy(model="trickle:0.4")
    await visitor.go(f"/bots/{bot}/chat")
    answer = await visitor.say("one two three four five six seven eight nine ten")
    await expect(answer).to_contain_text("echo: one")
    await visitor.button("Stop").click()
    await expect(answer).to_have_attribute("data-state", "stopped")
    await expect(visitor.page.get_by_text("You stopped it here.")).to_be_visible()


async def test_a_model_that_fails_is_said_where_the_owner_looks(visitor: Visitor) -> None:
    page = visitor.page
    bot = await visitor.deploy()
    change = {"spec": {"model": {"name": "unauthorized"}}}
    assert visitor.botyard.api.ask("PATCH", f"/bots/{bot}", change, Prefer="wait=60").status_code == 409
    await visitor.go(f"/bots/{bot}")
    await expect(page.get_by_label("Status")).to_contain_text("Degraded")
    await expect(page.get_by_label("Status")).to_contain_text("key")
    await visitor.go(f"/bots/{bot}/chat")
    answer = await visitor.say("hello?")
    await expect(answer).to_contain_text("Sorry")


async def test_without_a_network_the_page_opens_and_says_so(new_visitor: NewVisitor) -> None:
    visitor = await new_visitor(service_workers="allow")
    page = visitor.page
    await visitor.sign_in()
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    # The worker has a hand on what is asked from now on, and the page asks the API again.
    await page.reload()
    await expect(visitor.heading("Bots")).to_be_visible()
    assert await page.evaluate("navigator.serviceWorker.controller !== null")
    kept = await page.evaluate(_KEPT)
    assert [url for url in kept if "/assets/index-" in url], kept
    assert not [url for url in kept if "/api/" in url], "what the API answers is not kept"
    visitor.cut_off = True
    await page.context.set_offline(True)
    await page.reload()
    await expect(page.get_by_text("Botyard cannot be reached")).to_be_visible()
    await page.context.set_offline(False)
    await visitor.button("Try again").click()
    await expect(visitor.heading("Bots")).to_be_visible()
    manifest = await page.request.get(f"{visitor.botyard.url}/manifest.webmanifest")
    assert manifest.headers["content-type"].startswith("application/manifest+json")
    for icon in (await manifest.json())["icons"]:
        picture = await page.request.get(f"{visitor.botyard.url}/{icon['src']}")
        assert picture.headers["content-type"] == icon["type"]
