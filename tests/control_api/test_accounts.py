"""Signing in, sessions, CSRF, tokens, throttling, the bootstrap token."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from control_api.first_operator import create_sign_in_link, local_token
from tests.control_api.databases import BOTH
from tests.control_api.service import Service, new_bootstrap_token, running, settings_in, spec

DATABASES = BOTH


async def test_a_sign_in_link_signs_in_once(service: Service) -> None:
    link = await create_sign_in_link(service.settings)
    assert link.url == f"{service.settings.url}/#/sign-in?code={link.code}"
    client = service.client()
    answer = await client.post("/sign-in", json={"code": link.code})
    assert answer.status_code == 200
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Secure" not in cookie
    assert (await client.get("/me")).json()["csrf"] == answer.json()["csrf"]
    assert (await service.client().post("/sign-in", json={"code": link.code})).status_code == 401
    assert (await service.client().post("/sign-in", json={"code": "wrong"})).status_code == 401


async def test_the_first_sign_in_of_all_is_told_apart(service: Service) -> None:
    anybody = service.client()
    assert (await anybody.get("/sign-in")).json() == {"first_run": True}
    for first in (True, False):
        link = await create_sign_in_link(service.settings)
        assert (await service.client().post("/sign-in", json={"code": "wrong"})).status_code == 401
        assert (await anybody.get("/sign-in")).json() == {"first_run": first}
        answer = await service.client().post("/sign-in", json={"code": link.code})
        assert answer.json()["first"] is first
    assert (await anybody.get("/sign-in")).json() == {"first_run": False}


async def test_where_much_was_done_by_token_nobody_is_the_first(service: Service) -> None:
    for number in range(50):
        assert (await service.http.post("/users", json={"name": f"user{number}"})).status_code == 201
    assert (await service.client().get("/sign-in")).json() == {"first_run": False}


async def test_over_https_the_cookie_is_bound_to_the_host(service: Service) -> None:
    link = await create_sign_in_link(service.settings)
    answer = await service.client().post(
        "/sign-in", json={"code": link.code}, headers={"X-Forwarded-Proto": "https"}
    )
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-botyard-session=")
    assert "Secure" in cookie
    assert "Path=/" in cookie


async def test_behind_a_tls_proxy_the_public_url_makes_the_cookie_secure(home: Path) -> None:
    async with running(home, public_url="https://bots.example.com") as service:
        for host, secure in (
            ("bots.example.com", True),
            ("BOTS.example.com:443", True),
            ("bots.example.com:8080", False),
            ("127.0.0.1", False),
        ):
            link = await create_sign_in_link(service.settings)
            answer = await service.client().post("/sign-in", json={"code": link.code}, headers={"Host": host})
            cookie = answer.headers["set-cookie"]
            assert cookie.startswith("__Host-botyard-session=") == secure, host
            assert ("Secure" in cookie) == secure, host
            assert ("strict-transport-security" in answer.headers) == secure, host


async def test_an_old_code_is_refused(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import timedelta

    from control_api.sign_in import service as sign_in

    monkeypatch.setattr(sign_in, "CODE_LIVES", timedelta(seconds=-1))
    link = await create_sign_in_link(service.settings)
    assert (await service.client().post("/sign-in", json={"code": link.code})).status_code == 401


async def test_a_session_writes_only_with_its_csrf_token_and_from_its_own_page(service: Service) -> None:
    page = await service.sign_in()
    assert (await page.post("/bots", json={"spec": spec()})).status_code == 202
    foreign = {"Origin": "https://evil.example"}
    assert (await page.post("/bots", json={"spec": spec("b")}, headers=foreign)).status_code == 403
    for token in ("", "wrong", "ü".encode().decode("latin-1")):
        page.headers["X-CSRF-Token"] = token
        assert (await page.post("/bots", json={"spec": spec("b")})).status_code == 403, token
    del page.headers["X-CSRF-Token"]
    assert (await page.post("/bots", json={"spec": spec("b")})).status_code == 403
    assert (await page.get("/bots")).status_code == 200


async def test_signing_out_ends_the_session(service: Service) -> None:
    page = await service.sign_in()
    kept = dict(page.cookies)
    assert (await page.post("/sign-out")).status_code == 204
    assert (await page.get("/me")).status_code == 401
    again = service.client(cookies=kept)
    assert (await again.get("/me")).status_code == 401


async def test_tokens_are_shown_once_and_give_no_more_than_they_have(service: Service) -> None:
    page = await service.sign_in()
    token = await service.token_of(page, "admin", "bots:read")
    assert token.startswith("byt_")
    assert len(token) >= 26
    listed = (await page.get("/tokens")).json()["items"]
    assert token not in (await page.get("/tokens")).text
    assert {each["name"] for each in listed} == {"command line", "test"}
    client = service.client(token)
    assert (await client.get("/me")).json()["scopes"] == ["admin", "bots:read"]
    more = await client.post("/tokens", json={"name": "more", "scopes": ["bots:write"]})
    assert more.status_code == 403
    used = (await page.get("/tokens")).json()["items"]
    assert next(each for each in used if each["name"] == "test")["last_used_at"]


async def test_a_token_with_fewer_scopes_opens_no_session(service: Service) -> None:
    page = await service.sign_in()
    await service.user("bob")
    admin = service.client(await service.token_of(page, "admin"))
    for name in ("admin", "bob"):
        refused = await admin.post(f"/users/{name}/sign-in-link")
        assert refused.status_code == 403, name
        assert "bots:write" in refused.json()["detail"]
    assert (await admin.post("/users", json={"name": "eve", "operator": True})).status_code == 403
    assert (await service.http.get("/users/eve")).status_code == 404
    assert (await admin.post("/users", json={"name": "eve"})).status_code == 201
    for client in (page, service.http):
        assert (await client.post("/users/bob/sign-in-link")).status_code == 201
    assert (await page.post("/users", json={"name": "op", "operator": True})).status_code == 201


async def test_a_new_local_token_replaces_the_one_before(service: Service) -> None:
    fresh = await local_token(service.settings)
    assert (await service.http.get("/me")).status_code == 401
    assert (await service.client(fresh).get("/me")).status_code == 200


async def test_wrong_tokens_are_429_within_20_tries_and_after_a_restart(home: Path) -> None:
    async with running(home) as service:
        tries = [(await service.client(f"byt_{n:022}").get("/me")).status_code for n in range(20)]
        assert tries[0] == 401
        assert 429 in tries
        assert tries[-1] == 429
        blocked = await service.client().post("/sign-in", json={"code": "wrong"})
        assert blocked.status_code == 429
        assert int(blocked.headers["Retry-After"]) > 0
        assert (await service.http.get("/me")).status_code == 200
    async with running(home) as service:
        assert (await service.client("byt_wrong").get("/me")).status_code == 429


async def test_the_bootstrap_token_is_the_first_operators(tmp_path: Path) -> None:
    token = new_bootstrap_token()
    async with running(tmp_path / "home", bootstrap_token=token) as service:
        me = (await service.client(token).get("/me")).json()
        assert (me["user"]["name"], me["user"]["operator"]) == ("admin", True)
        assert "demo" in [owner["name"] for owner in me["owners"]]
    later = new_bootstrap_token()
    async with running(tmp_path / "home", bootstrap_token=later) as service:
        assert (await service.client(later).get("/me")).status_code == 401
        assert (await service.client(token).get("/me")).status_code == 200


@pytest.mark.parametrize(
    "token",
    ["", "short", "byt_short", "byt_aaaaaaaaaaaaaaaaaaaaaaaaaaaa", "byt_change_me_change_me_change_me"],
)
def test_a_weak_bootstrap_token_refuses_to_start(tmp_path: Path, token: str) -> None:
    with pytest.raises(ValidationError) as refused:
        settings_in(tmp_path, bootstrap_token=token)
    assert token not in str(refused.value.errors(include_input=False, include_url=False)) or not token
