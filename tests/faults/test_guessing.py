"""Ten thousand guesses at passwords: nearly all are refused before anything is looked at, restart or not."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import secrets
from collections import Counter
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from control_api.kit.problems import TooManyTriesError
from control_api.sign_in import throttle
from control_api.users import passwords
from tests.control_api.conftest import prepared
from tests.control_api.service import Service, copy_home, running

__all__ = ["prepared"]

RIGHT = secrets.token_urlsafe(12)
# Of each half of the guesses, those that come as requests; the others ask what the requests would ask.
GUESSES, REQUESTS, AT_ONCE = 5000, 100, 10
MOST_LOOKED_AT = 20
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")


@pytest.mark.long
async def test_ten_thousand_guesses_across_a_restart(
    prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = 0
    is_right = passwords.is_right

    async def counted(password: str, stored: str | None) -> bool:
        nonlocal looked_at
        looked_at += 1
        return await is_right(password, stored)

    monkeypatch.setattr(passwords, "is_right", counted)
    # A busy machine may take longer than the minute that tries are counted for.
    monkeypatch.setattr(throttle, "WINDOW", timedelta(minutes=30))
    home = copy_home(prepared, tmp_path / "home")
    async with running(home) as service:
        for name in ("bob", "carol"):
            made = await service.http.post("/users", json={"name": name, "password": RIGHT})
            assert made.status_code == 201, made.text
        one_user = await _guess(service, ["bob"] * REQUESTS)
        assert set(one_user) == {401, 429}
        assert one_user[401] <= MOST_LOOKED_AT
        assert looked_at == one_user[401]
        assert await _let_through(service, ["bob"] * (GUESSES - REQUESTS)) == 0
    async with running(home) as service:
        many_users = await _guess(service, [f"user-{number}" for number in range(REQUESTS)])
        assert set(many_users) <= {401, 429}
        assert looked_at <= MOST_LOOKED_AT, "a restart forgets nothing"
        names = [f"user-{number}" for number in range(REQUESTS, GUESSES)]
        assert await _let_through(service, names) == 0
        # From where the guesses come nobody signs in by a password for a while, and by a link at any time.
        assert await _sign_in(service, "carol", "127.0.0.1") == 429
        assert (await (await service.sign_in("carol")).get("/me")).status_code == 200
        # From elsewhere everybody does but the one who was guessed at.
        assert await _sign_in(service, "carol", "127.0.0.2") == 200
        assert await _sign_in(service, "bob", "127.0.0.3") == 429


async def _sign_in(service: Service, name: str, address: str) -> int:
    transport = httpx2.AsyncHTTPTransport(local_address=address)
    async with httpx2.AsyncClient(base_url=service.url, transport=transport, trust_env=False) as client:
        answer = await client.post("/api/v1/sign-in", json={"name": name, "password": RIGHT})
    assert (int(answer.headers.get("retry-after", 0)) > 0) == (answer.status_code == 429)
    return answer.status_code


async def _let_through(service: Service, names: list[str]) -> int:
    """For how many of the names a password from this address would be looked at."""
    database, through = service.app.state.platform.database, 0
    for name in names:
        with contextlib.suppress(TooManyTriesError):
            await throttle.take(database, throttle.of_name(name), "127.0.0.1")
            through += 1
    return through


async def _guess(service: Service, names: list[str]) -> Counter[int]:
    """A wrong password for each of the names, on many connections at once; how often which status came."""
    shares = [names[number::AT_ONCE] for number in range(AT_ONCE)]
    counts = await asyncio.gather(*(_on_one_connection(service, share) for share in shares))
    return sum(counts, Counter[int]())


async def _on_one_connection(service: Service, names: list[str]) -> Counter[int]:
    url = httpx2.URL(service.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    for number, name in enumerate(names, 1):
        body = json.dumps({"name": name, "password": secrets.token_urlsafe(12)})
        end = "Connection: close\r\n" if number == len(names) else ""
        writer.write(
            f"POST /api/v1/sign-in HTTP/1.1\r\nHost: {url.host}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n{end}\r\n{body}".encode()
        )
    answers = b"".join([part async for part in reader])
    writer.close()
    statuses = Counter(int(status) for status in _STATUS.findall(answers))
    assert statuses.total() == len(names)
    return statuses
