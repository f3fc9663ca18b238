"""Users with passwords: signing in, changing one, wrong tries, shutting somebody out."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator

import httpx2
import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from control_api.kit.problems import TooManyTriesError
from control_api.sign_in import throttle
from control_api.users import passwords
from tests.control_api.service import Service

RIGHT = secrets.token_urlsafe(12)
OTHER = secrets.token_urlsafe(12)


_IN_EARNEST = passwords._hasher


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is tested here is who gets in, not how much a hash costs."""
    cheap = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", PasswordHash((cheap,)))
    passwords._nobodys.cache_clear()
    yield
    passwords._nobodys.cache_clear()


def test_a_hash_costs_what_it_should() -> None:
    assert _IN_EARNEST.hash(RIGHT).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


async def add(service: Service, name: str = "bob", **more: object) -> None:
    answer = await service.http.post("/users", json={"name": name, "password": RIGHT, **more})
    assert answer.status_code == 201, answer.text
    assert RIGHT not in answer.text


async def sign_in(
    service: Service, name: str = "bob", password: str = RIGHT
) -> tuple[httpx2.AsyncClient, httpx2.Response]:
    client = service.client()
    answer = await client.post("/sign-in", json={"name": name, "password": password})
    if answer.status_code == 200:
        client.headers["X-CSRF-Token"] = answer.json()["csrf"]
    return client, answer


async def test_the_right_password_signs_in_and_no_other(service: Service) -> None:
    await add(service)
    client, answer = await sign_in(service)
    assert answer.status_code == 200, answer.text
    assert (await client.get("/me")).json()["user"]["name"] == "bob"
    refusals = [await sign_in(service, name, OTHER) for name in ("bob", "nobody", "admin", "no such name")]
    bodies = {answer.content for _, answer in refusals}
    assert {answer.status_code for _, answer in refusals} == {401}
    assert len(bodies) == 1


async def test_a_sign_in_is_by_code_or_by_name_and_password(service: Service) -> None:
    for body in ({}, {"name": "bob"}, {"password": RIGHT}, {"code": "x", "name": "b", "password": RIGHT}):
        answer = await service.client().post("/sign-in", json=body)
        assert answer.status_code == 422
        assert RIGHT not in answer.text


async def test_a_short_password_is_refused_and_not_repeated(service: Service) -> None:
    answer = await service.http.post("/users", json={"name": "bob", "password": "zzshortz"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/password"
    assert "zzshortz" not in answer.text
    assert (await service.http.get("/users/bob")).status_code == 404


async def test_ones_own_password_needs_the_old_one_and_ends_the_sessions(service: Service) -> None:
    await add(service)
    client, _ = await sign_in(service)
    body = {"password": OTHER}
    assert (await client.put("/users/bob/password", json=body)).status_code == 403
    assert (await client.put("/users/bob/password", json={**body, "old": OTHER})).status_code == 403
    assert (await client.put("/users/admin/password", json=body)).status_code == 404
    elsewhere, _ = await sign_in(service)
    assert (await client.put("/users/bob/password", json={**body, "old": RIGHT})).status_code == 204
    assert (await elsewhere.get("/me")).status_code == 401
    assert (await sign_in(service))[1].status_code == 401
    assert (await sign_in(service, password=OTHER))[1].status_code == 200


async def test_an_operator_sets_a_password_without_the_old_one(service: Service) -> None:
    bob = await service.user("bob")
    assert (await service.http.put("/users/bob/password", json={"password": RIGHT})).status_code == 204
    assert (await bob.get("/me")).status_code == 401
    assert (await sign_in(service))[1].status_code == 200
    entries = (await service.http.get("/audit")).text
    assert "user.password" in entries
    assert RIGHT not in entries


async def test_who_is_disabled_is_out_at_once_and_may_come_back(service: Service) -> None:
    await add(service)
    client, _ = await sign_in(service)
    token = service.client(await service.token_of(client, "bots:read"))
    answer = await service.http.patch("/users/bob", json={"disabled": True})
    assert answer.json()["disabled"] is True
    assert (await client.get("/me")).status_code == 401
    assert (await token.get("/me")).status_code == 401
    assert (await sign_in(service))[1].status_code == 401
    assert (await service.http.patch("/users/bob", json={"disabled": False})).status_code == 200
    assert (await sign_in(service))[1].status_code == 200


async def test_the_last_operator_stays(service: Service) -> None:
    for body in ({"disabled": True}, {"operator": False}):
        assert (await service.http.patch("/users/admin", json=body)).status_code == 409
    assert (await service.http.get("/me")).json()["user"]["operator"] is True
    bob = await service.user("bob")
    assert (await bob.patch("/users/bob", json={"operator": True})).status_code == 403
    assert (await bob.patch("/users/admin", json={"disabled": True})).status_code == 404


async def test_tries_are_counted_by_name_and_by_address(service: Service) -> None:
    database = service.app.state.platform.database
    for number in range(throttle.ALLOWED):
        await throttle.take(database, throttle.of_name("bob"), f"10.0.0.{number}")
    with pytest.raises(TooManyTriesError):
        await throttle.take(database, throttle.of_name("bob"), "10.0.1.1")
    for number in range(throttle.ALLOWED):
        await throttle.take(database, throttle.of_name(f"user-{number}"), "10.0.2.1")
    with pytest.raises(TooManyTriesError):
        await throttle.take(database, throttle.of_name("carol"), "10.0.2.1")


async def test_tries_at_once_are_as_many_as_one_after_another(service: Service) -> None:
    await add(service)
    answers = await asyncio.gather(*(sign_in(service, "bob", OTHER) for _ in range(20)))
    codes = [answer.status_code for _, answer in answers]
    assert (codes.count(401), codes.count(429)) == (throttle.ALLOWED, 20 - throttle.ALLOWED)


async def test_a_token_of_few_scopes_gives_nobody_a_password(service: Service) -> None:
    """By the password its holder would sign in with every scope."""
    await add(service)
    admin = await service.sign_in()
    narrow = service.client(await service.token_of(admin, "admin"))
    for method, path, body in (
        ("PUT", "/users/bob/password", {"password": OTHER}),
        ("PUT", "/users/admin/password", {"password": OTHER}),
        ("PATCH", "/users/bob", {"operator": True}),
        ("POST", "/users", {"name": "carol", "password": OTHER}),
    ):
        assert (await narrow.request(method, path, json=body)).status_code == 403, path
    assert (await sign_in(service))[1].status_code == 200
