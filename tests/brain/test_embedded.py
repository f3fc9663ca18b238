"""The embedded brain as a process of its own, asked over its socket."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from agent_runtime.brains.embedded.request import LONGEST_ANSWER, BadRequestError, read, shorter
from agent_runtime.home import Home
from agent_runtime.supervisor import Part, Supervisor

HELLO = {"messages": [{"role": "user", "content": "Say hello in one word"}]}


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    home = Home.at(tmp_path)
    command = [
        sys.executable,
        "-m",
        "agent_runtime.brains.embedded",
        "--home",
        str(home.root),
        "--idle-seconds",
        "1",
    ]
    async with Supervisor(home, [Part("brain", command, sockets=("brain",))]) as running:
        await running.all_ready(30)
        yield home


@pytest.fixture
async def brain(home: Home) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.AsyncHTTPTransport(uds=str(home.socket("brain")))
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://brain", timeout=60, trust_env=False
    ) as client:
        yield client


async def ask(brain: httpx2.AsyncClient, **more: Any) -> httpx2.Response:
    return await brain.post("/v1/chat/completions", json={**HELLO, **more})


async def loaded(brain: httpx2.AsyncClient) -> bool:
    return bool((await brain.get("/healthz")).json()["loaded"])


def model_pid(home: Home) -> int:
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (folder / "cmdline").read_bytes().split(b"\0")
            if str(home.socket("model")).encode() in command:
                return int(folder.name)
    raise AssertionError("the model has no process")


async def test_the_model_answers_streamed_recovers_from_a_crash_and_is_unloaded_when_idle(
    home: Home, brain: httpx2.AsyncClient
) -> None:
    assert not await loaded(brain), "nothing is loaded before the first question"

    answer = (await ask(brain, max_tokens=10**9, temperature=0)).raise_for_status().json()
    assert answer["choices"][0]["message"]["content"].strip()
    assert answer["model"] == "smollm2-135m (demo)"
    assert answer["usage"]["completion_tokens"] > 0

    async with brain.stream("POST", "/v1/chat/completions", json={**HELLO, "stream": True}) as stream:
        pieces = [event.data async for event in httpx2.EventSource(stream)]
    assert len(pieces) > 2
    assert pieces[-1] == "[DONE]"

    os.kill(model_pid(home), signal.SIGKILL)
    for _ in range(20):
        again = await ask(brain, max_tokens=4)
        if again.status_code == 200:
            break
        assert again.status_code == 502  # the one that was under way when it broke off
    assert again.status_code == 200

    long = [{"role": "user", "content": "word " * 5000}, {"role": "assistant", "content": "yes"}]
    squeezed = await ask(brain, messages=[*long, *HELLO["messages"]], max_tokens=4)
    assert squeezed.status_code == 200, squeezed.text

    for _ in range(200):
        if not await loaded(brain):
            break
        await asyncio.sleep(0.05)
    with pytest.raises(AssertionError, match="no process"):
        model_pid(home)


async def test_what_is_no_question_is_refused_and_loads_nothing(brain: httpx2.AsyncClient) -> None:
    url = "/v1/chat/completions"
    assert (await brain.post(url, content=b"{")).status_code == 400
    assert (await brain.post(url, json={"messages": []})).status_code == 400
    assert (await brain.post(url, content=b"[" * 100_000)).status_code == 400
    assert (await brain.post(url, content=b" " * (2 * 1024 * 1024))).status_code == 413
    assert (await brain.get("/slots")).status_code == 404
    assert (await brain.get("/v1/models")).json()["data"][0]["id"] == "smollm2-135m (demo)"
    assert not await loaded(brain)


def test_the_length_of_an_answer_is_bounded() -> None:
    assert read(b'{"messages": [{}], "max_tokens": 5}')["max_tokens"] == 5
    assert read(b'{"messages": [{}], "max_completion_tokens": 99999}')["max_tokens"] == LONGEST_ANSWER
    assert read(b'{"messages": [{}], "n_predict": -1}') == {"messages": [{}], "max_tokens": LONGEST_ANSWER}
    with pytest.raises(BadRequestError):
        read(b'{"messages": "hello"}')


def test_too_long_a_conversation_loses_its_oldest_messages_first() -> None:
    system = {"role": "system", "content": "be kind"}
    talk = [{"role": "user", "content": str(n)} for n in range(4)]
    once = shorter({"messages": [system, *talk]})
    assert once == {"messages": [system, *talk[2:]]}
    twice = shorter(once)
    assert twice == {"messages": [system, talk[3]]}
    assert shorter(twice) is None
    one = shorter({"messages": [{"role": "user", "content": "a" * 300 + "z" * 300}]})
    assert one is not None
    text = one["messages"][0]["content"]
    assert len(text) < 600
    assert (text[0], text[-1]) == ("a", "z")
