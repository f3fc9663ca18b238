"""What people get wrong, from the API to the worker: refused with a reason, or carried byte by byte."""

from __future__ import annotations

import json
import socket
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import httpx2
import psutil
import pytest

from tests.journeys.api import Api, step
from tests.journeys.processes import children, resident
from tests.journeys.simulated import TelegramBot
from tests.journeys.world import World

PROBLEM = "application/problem+json"


def _refused(answer: httpx2.Response, status: int, *expected: str) -> dict[str, Any]:
    """A problem document of this status that says all of this; returns it."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text}"
    assert answer.headers["content-type"].partition(";")[0] == PROBLEM
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    said = json.dumps(problem, ensure_ascii=False)
    assert not [word for word in expected if word not in said], said
    return problem


def _pointers(problem: dict[str, Any]) -> set[str]:
    return {error["pointer"] for error in problem["errors"]}


def _post(botyard: World, spec: Any, secrets: dict[str, Any] | None = None, **more: Any) -> httpx2.Response:
    return botyard.api.ask("POST", "/bots", {"spec": spec, "secrets": secrets or {}, **more})


NAMES = [
    *("", "-a", "a-", "1a", "Upper", "a_b", "a.b", "a b", " a", "a\n", "..", ".", "../x", "a/b", "a%2Fb"),
    *("a" * 33, "a" * 300, "a\0b", "\u202eabc", "ａbc", "*", "--help", "$(id)"),
    unicodedata.normalize("NFC", "café"),
    unicodedata.normalize("NFD", "café"),
]


@pytest.mark.parametrize("name", NAMES)
def test_names_that_break_the_rule(botyard: World, name: str) -> None:
    refused = _refused(_post(botyard, botyard.spec(name)), 422)
    assert "/spec/name" in _pointers(refused)
    assert len(json.dumps(refused)) < 4000
    assert _post(botyard, botyard.spec("fine"), owner=name).status_code in {404, 422}


def test_names_that_are_no_text(botyard: World) -> None:
    for name in (None, 7, True, ["a"], {"a": 1}, 1e308):
        assert "/spec/name" in _pointers(_refused(_post(botyard, botyard.spec("x") | {"name": name}), 422))


@pytest.mark.parametrize(
    "id_", ["..", "a", "a.b.c", "admin.", ".x", "admin.X", "%2e%2e", "admin.%00", "x" * 300]
)
def test_ids_that_cannot_be(botyard: World, id_: str) -> None:
    answer = httpx2.get(
        f"{botyard.url}/api/v1/bots/{id_}",
        headers={"authorization": f"Bearer {botyard.token}"},
        trust_env=False,
    )
    assert answer.status_code in {400, 404}


def test_unknown_keys_name_the_nearest(botyard: World) -> None:
    spec = botyard.spec("keyed") | {"instruction": "x", "memory": {"turn": 3}}
    problem = _refused(_post(botyard, spec), 422, "instructions", "turns")
    assert {"/spec/instruction", "/spec/memory/turn"} <= _pointers(problem)


def test_duplicate_keys_in_json(botyard: World) -> None:
    body = b'{"spec": {"version": 1, "name": "twice", "name": "other", "instructions": "x"}}'
    _refused(botyard.api.ask("POST", "/bots", body), 422, "name")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"spec": NaN}', b"[" * 100_000]
)
def test_bodies_that_are_no_request(botyard: World, body: bytes) -> None:
    answer = botyard.api.ask("POST", "/bots", body)
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"].startswith(PROBLEM)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model", {"provider": "anthropic", "name": "x"}),
        ("tools", [{"mcp": "https://example.org"}]),
        ("knowledge", ["x"]),
        ("scaling", {"max_replicas": 2}),
    ],
)
def test_what_is_not_built_yet_says_so(botyard: World, field: str, value: Any) -> None:
    _refused(
        _post(botyard, botyard.spec("early") | {field: value}), 422, "not available yet", f"/spec/{field}"
    )


def test_a_secret_named_and_not_given(botyard: World) -> None:
    spec = botyard.spec("secretless") | {"channels": {"telegram": {"token": {"secret": "TELEGRAM_TOKEN"}}}}
    problem = _refused(_post(botyard, spec), 422, "TELEGRAM_TOKEN")
    assert "/spec/channels/telegram/token" in " ".join(_pointers(problem))
    assert botyard.api.ask("GET", "/bots/admin.secretless").status_code == 404


@pytest.mark.parametrize("name", ["lower", "1A", "A-B", "A" * 65, "", "A B", "PATH=", "__proto__"])
def test_secret_names_that_break_the_rule(botyard: World, name: str) -> None:
    _refused(_post(botyard, botyard.spec("named"), {name: "x"}), 422)


def test_a_token_that_telegram_refuses(botyard: World) -> None:
    spec = botyard.spec("tokenless", channels={"telegram": {"token": {"secret": "TELEGRAM_TOKEN"}}})
    token = botyard.telegram.refused_token()
    body = {"spec": spec, "secrets": {"TELEGRAM_TOKEN": token}}
    problem = _refused(botyard.api.ask("POST", "/bots", body, Prefer="wait=60"), 409, "Telegram")
    operation = problem["operation"]
    assert step(operation, "connected")["state"] == "failed"
    assert step(operation, "started")["state"] == "succeeded"
    assert operation["error"]["step"] == "connected"
    assert "@BotFather" in operation["error"]["next_step"]
    assert token not in json.dumps(problem)
    bot = botyard.api.read("/bots/admin.tokenless")
    assert bot["status"]["phase"] in {"failed", "degraded"}
    assert bot["status"]["reason"]

    good: TelegramBot = botyard.telegram.bot()
    botyard.api.write("PUT", "/bots/admin.tokenless/secrets/TELEGRAM_TOKEN", {"value": good.token})
    assert botyard.api.phase("admin.tokenless") in {"live", "idle"}


def test_a_taken_name_and_a_stale_version(botyard: World) -> None:
    botyard.api.deploy(botyard.spec("taken"))
    _refused(_post(botyard, botyard.spec("taken")), 409, "admin.taken")
    first = botyard.api.ask("GET", "/bots/admin.taken").headers["etag"]
    botyard.api.write("PATCH", "/bots/admin.taken", {"spec": {"description": "second"}}, If_Match=first)
    stale = botyard.api.ask("PATCH", "/bots/admin.taken", {"spec": {"description": "third"}}, If_Match=first)
    _refused(stale, 412)
    history = botyard.api.read("/bots/admin.taken/history")["items"]
    assert len(history) == 2
    same = botyard.api.ask(
        "PATCH", "/bots/admin.taken", {"spec": {"description": "second"}}, Prefer="wait=30"
    )
    assert same.status_code == 200
    assert len(botyard.api.read("/bots/admin.taken/history")["items"]) == 2, "no commit where nothing changes"


TEXTS = [
    *(
        "1e3",
        "0o17",
        "0x1F",
        "1_000",
        "12:30:45",
        "2001-01-01",
        "yes",
        "null",
        "~",
        ".inf",
        "---",
        "...",
        "- a",
    ),
    *(
        "{{ .Values.x }}",
        "${VAR}",
        "$(id)",
        "%{HOME}",
        "!!python/object:os.system x",
        "&a *a",
        "# no comment",
    ),
    *(
        "a\u2028b\u2029c\u0085d",
        "\ufeffbom",
        "'\"\\",
        "tab\tend",
        "a\r\nb",
        "  lead\n\n  and trail  \n\n",
        "a: b\nc: d",
    ),
    "\U0001f4e6 né e\u0301 \u202e",
]


def test_texts_are_carried_byte_by_byte_to_the_worker(botyard: World) -> None:
    """Each as the instructions of a bot and as a variable of its environment; or refused, never changed."""

    def carried(item: tuple[int, str]) -> tuple[str, str] | None:
        number, text = item
        api = botyard.api
        spec = botyard.spec(f"text-{number}", "instructions", instructions=text, environment={"TEXT": text})
        answer = api.ask("POST", "/bots", {"spec": spec}, Prefer="wait=90")
        if answer.status_code == 422:
            return None
        assert answer.status_code == 200, (text, answer.text)
        kept = api.read(f"/bots/admin.text-{number}")["spec"]
        assert (kept["instructions"], kept["environment"]["TEXT"]) == (text, text)
        return text, str(api.chat(f"admin.text-{number}", "What are you told?")["text"])

    with ThreadPoolExecutor(4) as pool:
        results = [result for result in pool.map(carried, enumerate(TEXTS)) if result]
    prompts = {
        message["content"]
        for request in botyard.models.requests("instructions")
        for message in request["body"]["messages"]
        if message["role"] == "system"
    }
    assert len(results) >= len(TEXTS) - 4
    assert {text for text, _ in results} <= _environments(botyard), "the worker's own file has each"
    assert not [text for text, _ in results if text not in prompts]


def _environments(botyard: World) -> set[str]:
    """The variable TEXT of every bot, as its worker reads it."""
    files = (botyard.home / "hive" / "bots" / "admin").glob("text-*/revisions/*/bot.yaml")
    return {json.loads(path.read_text(encoding="utf-8"))["environment"]["TEXT"] for path in files}


@pytest.mark.parametrize("text", ["a\0b", "a\x1bb", "\ud800"])
def test_texts_that_cannot_be_carried(botyard: World, text: str) -> None:
    body = json.dumps({"spec": botyard.spec("uncarried", instructions=text)}).encode()
    problem = _refused(botyard.api.ask("POST", "/bots", body), 422)
    assert "/spec/instructions" in json.dumps(problem) or "surrogate" in json.dumps(problem).lower()


def test_a_body_of_one_gigabyte(botyard: World) -> None:
    """413, the memory of all parts flat, whether the length is announced or not."""
    everyone = [psutil.Process(botyard.installation.pid), *children(botyard.installation.pid)]
    before = resident(everyone)
    announced = f"Content-Length: {2**30}\r\n"
    for headers in (announced, "Transfer-Encoding: chunked\r\n"):
        status, most = _flood(botyard, headers, everyone)
        assert status == 413
        assert most - before < 64 * 2**20
    assert botyard.api.ask("GET", "/me").status_code == 200


def _flood(botyard: World, headers: str, everyone: list[psutil.Process]) -> tuple[int, int]:
    """Send a gigabyte or as much of it as is taken; the status and the most memory that was in use."""
    place = urlsplit(botyard.url)
    head = f"POST /api/v1/bots HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Type: application/json\r\n"
    head += f"Authorization: Bearer {botyard.token}\r\nConnection: close\r\n{headers}\r\n"
    piece = b" " * 2**20
    if "chunked" in headers:
        piece = f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
    most = 0
    with socket.create_connection((str(place.hostname), int(place.port or 0)), timeout=30) as connection:
        connection.sendall(head.encode())
        connection.settimeout(5)
        for number in range(1024):
            try:
                connection.sendall(piece)
            except OSError:
                break
            if number % 64 == 0:
                most = max(most, resident(everyone))
        answer = b""
        try:
            while b"\r\n" not in answer and (more := connection.recv(4096)):
                answer += more
        except ConnectionResetError:
            pass
    assert answer, "closed without an answer"
    return int(answer.split()[1]), max(most, resident(everyone))


def test_another_owners_bot_is_as_a_missing_one(botyard: World) -> None:
    botyard.api.deploy(botyard.spec("private"))
    with _signed_in_as(botyard, "mallory") as other:
        _sees_nothing(botyard, other)


def _sees_nothing(botyard: World, other: Api) -> None:
    calls: list[tuple[str, str, Any]] = [
        ("GET", "", None),
        ("PUT", "", {"spec": botyard.spec("private")}),
        ("PATCH", "", {"spec": {"description": "mine"}}),
        ("DELETE", "", None),
        *(("POST", f"/{action}", None) for action in ("restart", "pause", "resume")),
        ("POST", "/rollback", {"commit": "0" * 40}),
        *(("GET", f"/{part}", None) for part in ("history", "logs", "events", "conversations", "access")),
        ("GET", f"/diff?from={'0' * 40}", None),
        ("POST", "/chat", {"text": "hello"}),
        ("PUT", "/secrets/KEY", {"value": "x"}),
        ("GET", "/secrets/KEY", None),
    ]
    for method, path, body in calls:
        theirs = other.ask(method, f"/bots/admin.private{path}", body)
        nobodys = other.ask(method, f"/bots/admin.missing{path}", body)
        assert theirs.status_code == 404, f"{method} {path}: {theirs.status_code} {theirs.text}"
        assert theirs.text.replace("admin.private", "admin.missing") == nobodys.text, f"{method} {path}"
    assert other.read("/bots")["items"] == []
    assert other.read("/operations")["items"] == []
    assert _post_as(other, botyard.spec("intruder"), "admin").status_code in {403, 404}
    assert botyard.api.read("/bots/admin.private")["spec"].get("description") is None


def _post_as(api: Api, spec: dict[str, Any], owner: str) -> httpx2.Response:
    return api.ask("POST", "/bots", {"owner": owner, "spec": spec})


def _signed_in_as(botyard: World, name: str) -> Api:
    """A new user, by the link that the operator sends."""
    assert botyard.api.ask("POST", "/users", {"name": name}).status_code == 201
    code = botyard.api.ask("POST", f"/users/{name}/sign-in-link").json()["code"]
    session = Api(botyard.url, None)
    answer = session.ask("POST", "/sign-in", {"code": code})
    assert answer.status_code == 200, answer.text
    session.http.headers["X-CSRF-Token"] = answer.json()["csrf"]
    assert session.ask("POST", "/sign-in", {"code": code}).status_code == 401, "a code works once"
    return session
