"""The public chat: open where a bot says so, closed else, bounded, silent about the owner's business."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from control_api.public_chat import turnstile
from tests.control_api.service import Service, running, spec

_SITE = "https://www.example.com"
_HELLO = {"text": "hello", "conversation": "0" * 32}


async def deployed(service: Service, name: str, **web: object) -> str:
    body = {"spec": spec(name, channels={"web": web}, description="Answers.")}
    answer = await service.http.post("/bots", json=body, headers={"Prefer": "wait=15"})
    assert answer.status_code == 200, answer.text
    return f"{service.url}/c/admin.{name}"


async def test_it_is_open_where_the_specification_says_so_and_nowhere_else(
    home: Path, tmp_path: Path
) -> None:
    page = tmp_path / "dist"
    page.mkdir()
    (page / "index.html").write_text("<!doctype html><title>Botyard</title>")
    (page / "chat.html").write_text('<!doctype html><script src="./start.js"></script>')
    (page / "embed.js").write_text("0")
    async with running(home, frontend=page) as service:
        public = await deployed(service, "public", public=True, origins=[_SITE])
        alone = await deployed(service, "alone", public=True)
        private = await deployed(service, "private", public=False)
        stranger = service.client()

        shown = await stranger.get(public)
        assert 'src="/start.js"' in shown.text
        assert f"frame-ancestors {_SITE}" in shown.headers["content-security-policy"]
        assert "unsafe" not in shown.headers["content-security-policy"]
        assert "x-frame-options" not in shown.headers
        unframed = await stranger.get(alone)
        assert "frame-ancestors 'none'" in unframed.headers["content-security-policy"]
        assert unframed.headers["x-frame-options"] == "DENY"
        script = await stranger.get(f"{public}/embed.js")
        assert script.headers["cross-origin-resource-policy"] == "cross-origin"
        about = await stranger.get(f"{public}/about")
        assert about.json() == {
            "id": "admin.public",
            "name": "public",
            "description": "Answers.",
            "template": None,
        }

        nobody = f"{service.url}/c/admin.nobody"
        for path in ("", "/about", "/embed.js"):
            hidden, missing = await stranger.get(private + path), await stranger.get(nobody + path)
            assert hidden.status_code == missing.status_code == 404, path
            assert hidden.text == missing.text
        for closed in (private, nobody):
            assert (await stranger.post(f"{closed}/chat", json=_HELLO)).status_code == 404
        assert (await stranger.get("/bots/admin.public")).status_code == 401


async def test_a_visitor_gets_an_answer_and_nothing_else(home: Path) -> None:
    async with running(home) as service:
        public = await deployed(service, "public", public=True)
        stranger = service.client()
        answer = await stranger.post(f"{public}/chat", json=_HELLO)
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in answer.text.splitlines() if line.startswith("data:")]
        assert set(json.loads(lines[-1].removeprefix("data:"))) == {"text"}
        wrong: tuple[dict[str, object], ...] = (
            {},
            {**_HELLO, "text": ""},
            {**_HELLO, "text": "x" * 4_001},
            {**_HELLO, "conversation": "web:" + "0" * 32},
            {**_HELLO, "conversation": "0" * 32 + "\n"},
            {**_HELLO, "more": 1},
        )
        for body in wrong:
            assert (await stranger.post(f"{public}/chat", json=body)).status_code == 422, body
        plain = await stranger.post(
            f"{public}/chat", content=json.dumps(_HELLO), headers={"Content-Type": "text/plain"}
        )
        assert plain.status_code == 422


async def test_who_asks_too_much_waits(home: Path) -> None:
    async with running(home) as service:
        public, other = (
            await deployed(service, "public", public=True),
            await deployed(service, "other", public=True),
        )
        stranger = service.client()
        answers = [
            await stranger.post(f"{public}/chat", json={**_HELLO, "conversation": f"{i:032x}"})
            for i in range(turnstile.A_MINUTE + 1)
        ]
        assert [each.status_code for each in answers] == [200] * turnstile.A_MINUTE + [429]
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
        assert answers[-1].headers["content-type"] == "application/problem+json"
        assert (await stranger.post(f"{other}/chat", json=_HELLO)).status_code == 200


def test_the_turnstile_counts_a_visitor_and_a_bot() -> None:
    gate = turnstile.Turnstile()
    with gate.entered("a.b", "one"), gate.entered("a.b", "one"), gate.entered("a.b", "one"):
        refused = pytest.raises(turnstile.TooFastError, match="Your last messages")
        with refused, gate.entered("a.b", "one"):
            raise AssertionError("a fourth answer at a time")
        with gate.entered("a.b", "two"):
            pass
    with gate.entered("a.b", "one"):
        pass


def test_a_message_that_is_refused_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turnstile, "OF_A_BOT", 1)
    gate = turnstile.Turnstile()
    with gate.entered("a.b", "one"):
        for _ in range(turnstile.A_MINUTE + 1):
            others = pytest.raises(turnstile.TooFastError, match="Others are being answered")
            with others, gate.entered("a.b", "two"):
                raise AssertionError("a second answer at a time")
    for _ in range(turnstile.A_MINUTE):
        with gate.entered("a.b", "two"):
            pass
    with pytest.raises(turnstile.TooFastError, match="a lot in one minute"), gate.entered("a.b", "two"):
        raise AssertionError("one more than a minute has")


def test_many_visitors_cost_no_more_each_and_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turnstile, "_MOST_REMEMBERED", 100)
    clock = [1_000.0]
    monkeypatch.setattr("control_api.public_chat.turnstile.time.monotonic", lambda: clock[0])
    gate = turnstile.Turnstile()
    for number in range(150):
        with gate.entered("a.b", f"visitor {number}"):
            pass
    assert list(gate._recent) == [f"visitor {number}" for number in range(50, 150)]
    clock[0] += 61
    with gate.entered("a.b", "late"):
        pass
    assert list(gate._recent) == ["late"]
    assert not gate._under_way


def test_a_visitor_is_an_address_or_a_whole_network_of_the_new_kind() -> None:
    assert turnstile.visitor_of("a.b", "192.0.2.1") != turnstile.visitor_of("a.b", "192.0.2.2")
    assert turnstile.visitor_of("a.b", "192.0.2.1") != turnstile.visitor_of("a.c", "192.0.2.1")
    first, second = (turnstile.visitor_of("a.b", f"2001:db8::{end}") for end in ("1", "ffff"))
    assert first == second
    assert re.fullmatch("[0-9a-f]{16}", turnstile.visitor_of("a.b", "192.0.2.1"))
