"""Bad input: a problem that a person can act on, and nothing changed."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import AsyncIterator
from typing import Any

import psutil

from tests.control_api.service import Service, spec

MIB = 1 << 20
PROBLEM = "application/problem+json"
BAD_NAMES = [
    "..",
    "../x",
    ".git/hooks/post-commit",
    "%2e%2e",
    "x" * 300,
    "Support",
    "1st",
    "ends-",
    "",
    "a.b",
    "a b",
    "caf\u00e9",
    unicodedata.normalize("NFD", "caf\u00e9"),
    "a\x00b",
    "--upload-pack=touch /tmp/p",
    "ext::sh -c id",
    "<img onerror=alert(1)>",
]
BAD_BODIES: list[tuple[str | bytes, str]] = [
    ('{"spec": {"version": 1, "name": "a", "name": "b"}}', "twice"),
    ('{"spec": {}, "spec": {}}', "twice"),
    ('{"spec": NaN}', "NaN"),
    ('{"spec": ' + "[" * 100_000 + "]" * 100_000 + "}", "deep"),
    ('{"spec": ' + '{"a":' * 60 + "1" + "}" * 60 + "}", "deep"),
    ("{", "JSON"),
    (b'{"spec": "\xff"}', "UTF-8"),
    ("[]", "object"),
    ("", "required"),
    ('{"spec": {}, "sepc": 1}', "unknown field"),
]
# Texts that some reader of YAML, a template or a shell would take for something else.
HARMLESS = [
    "1e3",
    "0o17",
    "{{ .Values.x }}",
    "${VAR}",
    "---\nspec: {}",
    "a\u2028b",
    "&a *a !!python/x",
]
BAD_HOSTS = ["evil.example", "127.0.0.1.evil.example", "a/?x=", "localhost:x", "", "0.0.0.0", "[::1"]
IMPOSSIBLE_IDS = ["admin", "admin.", "..", "admin.x.y", "A.b", "admin.%2e%2e", "x" * 400]
UNBUILT: list[tuple[str, Any]] = [
    ("/proposals", None),
]


async def test_names_that_break_the_rule(service: Service) -> None:
    for name in BAD_NAMES:
        answer = await service.http.post("/bots", json={"spec": spec(name)})
        assert answer.status_code == 422, name
        assert answer.headers["content-type"] == PROBLEM
        assert "/spec/name" in {error["pointer"] for error in answer.json()["errors"]}, name
        owned = await service.http.post("/bots", json={"spec": spec(), "owner": name})
        assert owned.status_code == 422, name
        assert (await service.http.post("/teams", json={"name": name})).status_code == 422, name
        assert (await service.http.post("/users", json={"name": name})).status_code == 422, name
    assert (await service.http.get("/bots")).json()["items"] == []


async def test_fields_that_are_wrong_are_named_with_what_was_meant(service: Service) -> None:
    async def errors(**more: Any) -> dict[str, str]:
        answer = await service.http.post("/bots", json={"spec": spec(**more)})
        assert answer.status_code == 422, answer.text
        return {error["pointer"]: error["detail"] for error in answer.json()["errors"]}

    assert "instructions" in (await errors(instruction="x"))["/spec/instruction"]
    assert "not available yet" in (await errors(knowledge=["x"]))["/spec/knowledge"]
    assert "is required" in (await errors(channels={"slack": {}}))["/spec/channels/slack/token"]
    assert "/spec/model/temperature" in await errors(model={"temperature": 9})
    assert "/spec/instructions" in await errors(instructions="a\x00b")
    assert "/spec/instructions" in await errors(instructions=7)
    # Words that begin like others of the body.
    unknown = await errors(ownership="x", secrets={}, commits=1)
    assert unknown.keys() == {"/spec/ownership", "/spec/secrets", "/spec/commits"}


async def test_a_query_that_is_wrong_is_named_by_its_parameter(service: Service) -> None:
    for params, pointer, words in (
        ({"phase": "nope"}, "query:phase", "must be 'pending'"),
        ({"q": "a" * 101}, "query:q", "must be at most 100 characters long"),
    ):
        answer = await service.http.get("/bots", params=params)
        assert answer.status_code == 422
        [error] = answer.json()["errors"]
        assert error["pointer"] == pointer
        assert words in error["detail"]


async def test_a_person_without_a_channel_is_refused(service: Service) -> None:
    await service.deploy()
    for sender in ("bob", "telegram:bob", "telegram:1\n", "web:1"):
        answer = await service.http.post("/bots/admin.support/access", json={"sender": sender})
        assert answer.status_code == 422, sender
        assert "such as telegram:1234" in answer.json()["errors"][0]["detail"]
    revoked = await service.http.delete("/bots/admin.support/access", params={"sender": "bob"})
    assert revoked.status_code == 200


async def test_bodies_that_are_not_what_they_should_be(service: Service) -> None:
    headers = {"Content-Type": "application/json"}
    for body, says in BAD_BODIES:
        answer = await service.http.post("/bots", content=body, headers=headers)
        assert answer.status_code == 422, answer.text
        assert says.lower() in answer.text.lower()
        assert answer.headers["content-type"] == PROBLEM


async def test_a_body_that_does_not_say_it_is_json_is_told_how(service: Service) -> None:
    for kind in ({}, {"Content-Type": "application/x-www-form-urlencoded"}):
        answer = await service.http.post("/bots", content=b'{"spec": {}}', headers=kind)
        assert answer.status_code == 422
        assert "Content-Type: application/json" in answer.json()["detail"]


async def test_texts_that_look_like_something_else_stay_as_they_are(service: Service) -> None:
    for number, text in enumerate(HARMLESS):
        name, path = f"b{number}", f"/bots/admin.b{number}"
        answer = await service.deploy(spec=spec(name, instructions=text))
        assert answer.status_code == 200, answer.text
        assert (await service.http.get(path)).json()["spec"]["instructions"] == text
        again = await service.http.put(path, json={"spec": spec(name, instructions=text)})
        assert again.json()["bot"]["version"] == answer.json()["bot"]["version"]
        assert again.json()["operation"]["commit"] is None


async def test_a_patch_that_makes_it_invalid_is_422_at_once_and_behind_others(service: Service) -> None:
    path = "/bots/admin.support"
    await service.http.post("/bots", json={"spec": spec()})
    for _ in range(2):
        answer = await service.http.patch(path, json={"spec": {"model": {"temperature": 9}}})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/spec/model/temperature"
        renamed = await service.http.patch(path, json={"spec": {"name": "other"}})
        assert renamed.status_code == 422
        await service.write("POST", f"{path}/restart")


async def test_half_characters_and_nul_are_refused_everywhere(service: Service) -> None:
    for text in ("\\ud800", "\\u0000"):
        for path, body in (
            ("/users", f'{{"name": "a", "email": "{text}"}}'),
            ("/tokens", f'{{"name": "{text}", "scopes": ["admin"]}}'),
            ("/bots", f'{{"spec": {{"version": 1, "name": "a", "instructions": "{text}"}}}}'),
            ("/bots", f'{{"spec": {{}}, "secrets": {{"A": "{text}"}}}}'),
            ("/bots/admin.a/chat", f'{{"text": "{text}"}}'),
        ):
            headers = {"Content-Type": "application/json"}
            answer = await service.http.post(path, content=body, headers=headers)
            assert answer.status_code in {404, 422}, (path, answer.text)


async def test_ids_that_cannot_be_are_404_or_refused(service: Service) -> None:
    for identity in IMPOSSIBLE_IDS:
        answer = await service.http.get(f"/bots/{identity}")
        assert answer.status_code in {404, 422}, identity
        assert answer.headers["content-type"] == PROBLEM


async def test_a_gigabyte_is_413_and_memory_stays_flat(service: Service) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(service.url.rpartition(":")[2]))
    writer.write(
        f"POST /api/v1/bots HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {service.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {1 << 30}\r\n\r\n".encode()
    )
    declared = await asyncio.wait_for(reader.read(2000), 5)
    assert declared.startswith(b"HTTP/1.1 413")
    assert PROBLEM.encode() in declared
    writer.close()
    await writer.wait_closed()

    async def gigabyte() -> AsyncIterator[bytes]:
        for _ in range(1024):
            yield b" " * MIB
            await asyncio.sleep(0)

    before = psutil.Process().memory_info().rss
    headers = {"Content-Type": "application/json"}
    chunked = await service.http.post("/bots", content=gigabyte(), headers=headers)
    assert chunked.status_code == 413
    assert chunked.headers["content-type"] == PROBLEM
    assert psutil.Process().memory_info().rss - before < 50 * MIB
    assert (await service.http.get("/me")).status_code == 200


async def test_a_host_that_is_not_ours_is_400(service: Service) -> None:
    for host in BAD_HOSTS:
        assert (await service.http.get("/me", headers={"Host": host})).status_code == 400, host
    for host in ("localhost", "127.0.0.1", "[::1]:8080", "LOCALHOST:1"):
        assert (await service.http.get("/me", headers={"Host": host})).status_code == 200, host


async def test_every_answer_carries_the_security_headers(service: Service) -> None:
    root = service.client()
    for answer in (
        await service.http.get("/me"),
        await service.http.get("/nothing"),
        await root.get(f"{service.url}/"),
        await root.get(f"{service.url}/api/v1/docs"),
    ):
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await service.http.get("/nothing")).status_code == 404
    assert (await service.http.get("/me")).headers["cache-control"] == "no-store"


async def test_a_method_that_a_call_does_not_take_is_405(service: Service) -> None:
    for path, allowed in (("/bots", "GET, POST"), ("/bots/a.b/restart", "POST")):
        answer = await service.http.put(path, json={})
        assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
        assert answer.headers["content-type"] == PROBLEM
    assert (await service.http.put("/nothing", json={})).status_code == 404


async def test_what_is_not_built_says_so(service: Service) -> None:
    for path, body in UNBUILT:
        answer = await (service.http.get(path) if body is None else service.http.post(path, json=body))
        assert answer.status_code == 422
        assert "not available yet" in answer.json()["detail"]
