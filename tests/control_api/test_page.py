"""The built page, its files and the calls side by side."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import httpx2

from tests.agent_runtime.hive.running import until
from tests.control_api.engines import SilentEngine
from tests.control_api.service import Service, running


async def test_the_page_is_served_and_never_instead_of_a_call(home: Path, tmp_path: Path) -> None:
    page = tmp_path / "dist"
    (page / "assets").mkdir(parents=True)
    (page / "index.html").write_text("<!doctype html><title>Botyard</title>")
    (page / "assets" / "app-1a2b.js").write_text("0")
    async with running(home, frontend=page) as service:
        client = service.client()
        html = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
        index = await client.get(f"{service.url}/", headers=html)
        assert "Botyard" in index.text
        assert index.headers["cache-control"] == "no-cache"
        assert _scripts(index) == "'self'"
        (page / "index.html").write_text(
            "<!doctype html><title>Botyard</title><script data-x>start()</script>"
        )
        index = await client.get(f"{service.url}/", headers=html)
        digest = b64encode(sha256(b"start()").digest()).decode()
        for path in ("/", "/typed"):
            inline = await client.get(f"{service.url}{path}", headers=html)
            assert _scripts(inline) == f"'self' 'sha256-{digest}'", path
            assert inline.headers["x-frame-options"] == "DENY"
        kept = await client.get(f"{service.url}/", headers=html | {"If-None-Match": index.headers["etag"]})
        assert (kept.status_code, _scripts(kept)) == (304, _scripts(inline))
        assert (await client.get(f"{service.url}/bots/a.b", headers=html)).text == index.text
        script = await client.get(f"{service.url}/assets/app-1a2b.js")
        assert "immutable" in script.headers["cache-control"]
        assert (await client.get(f"{service.url}/assets/gone.js")).status_code == 404
        for path in ("/api/v1/nothing", "/api/v2/bots", "/git/fleet.git/HEAD"):
            answer = await client.get(f"{service.url}{path}", headers=html)
            assert answer.status_code in {401, 404}, path
            assert "Botyard</title>" not in answer.text


def _scripts(answer: httpx2.Response) -> str:
    """Which scripts the answer's policy lets run."""
    policy = answer.headers["content-security-policy"]
    return str(policy.partition("script-src ")[2].partition(";")[0])


async def test_files_of_the_page_come_compressed_as_the_build_left_them(home: Path, tmp_path: Path) -> None:
    page = tmp_path / "dist"
    (page / "assets").mkdir(parents=True)
    (page / "index.html").write_text("<!doctype html><title>Botyard</title>")
    script = page / "assets" / "app-1a2b.js"
    for end in ("", ".br", ".gz"):
        script.with_name(script.name + end).write_text(f"in{end}")
    (tmp_path / "secret.txt").write_text("not of the page")
    async with running(home, frontend=page) as service, service.client() as client:

        async def ask(path: str, accepted: str, **more: str) -> tuple[int, str | None, bytes]:
            headers = {"Accept-Encoding": accepted, **more}
            async with client.stream("GET", f"{service.url}{path}", headers=headers) as answer:
                raw = b"".join([piece async for piece in answer.aiter_raw()])
                tags.append(answer.headers.get("etag"))
                return answer.status_code, answer.headers.get("content-encoding"), raw

        tags: list[str | None] = []
        url = "/assets/app-1a2b.js"
        assert await ask(url, "gzip, deflate, br, zstd") == (200, "br", b"in.br")
        assert await ask(url, "gzip;q=0.8, br;q=0") == (200, "gzip", b"in.gz")
        assert await ask(url, "identity") == (200, None, b"in")
        assert len(set(tags)) == 3
        assert await ask(url, "br", **{"If-None-Match": tags[0] or ""}) == (304, None, b"")
        for path in ("/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "/assets", "/%00"):
            assert (await ask(path, "br"))[0] == 404, path
        script.write_text("anew")
        script.with_name("app-1a2b.js.br").unlink()
        assert await ask(url, "br") == (200, None, b"anew")


async def test_streams_end_when_the_server_is_told_to_stop(home: Path) -> None:
    async with running(home, SilentEngine, synced_within=60) as service:
        operation = (await service.deploy(wait=0)).json()["operation"]["id"]
        paths = (f"/operations/{operation}/events", "/bots/admin.support/events")
        heard = [asyncio.Event() for _ in paths]
        watching = [
            asyncio.create_task(read(service, path, each)) for path, each in zip(paths, heard, strict=True)
        ]
        waiting = asyncio.create_task(service.write("POST", "/bots/admin.support/restart"))
        for each in heard:
            await asyncio.wait_for(each.wait(), 10)
        await until(lambda: restarts(service))
        service.app.state.platform.bells.close()
        answers = await asyncio.wait_for(asyncio.gather(*watching), 3)
        assert all("admin.support" in answer for answer in answers)
        assert (await asyncio.wait_for(waiting, 3)).status_code == 202


async def read(service: Service, path: str, heard: asyncio.Event) -> str:
    """A stream's whole text; `heard` is set when the first of it is there."""
    text = ""
    async with service.http.stream("GET", path) as response:
        async for piece in response.aiter_text():
            text += piece
            heard.set()
    return text


async def restarts(service: Service) -> bool:
    found = (await service.http.get("/operations")).json()["items"]
    return "restart" in [one["kind"] for one in found]
