"""The model simulator, held against the openai SDK and OpenAI's own refusals."""

from __future__ import annotations

from typing import Any

import httpx2
import openai
import pytest

from tests.simulators.fixtures import ModelServer

HELLO: list[Any] = [{"role": "user", "content": "hello"}]


def client(model_server: ModelServer) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(api_key="sk-x", base_url=model_server.base_url, max_retries=0)


async def test_the_sdk_reads_it_whole_and_streamed(model_server: ModelServer) -> None:
    async with client(model_server) as sdk:
        whole = await sdk.chat.completions.create(model="echo", messages=HELLO)
        assert whole.choices[0].message.content == "echo: hello"
        assert whole.usage is not None
        stream = await sdk.chat.completions.create(
            model="echo",
            messages=HELLO,
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = [chunk async for chunk in stream]
        assert chunks[-1].usage == whole.usage
        assert chunks[-1].choices == []
        assert "echo" in [model.id async for model in sdk.models.list()]


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"messages": HELLO}, 400, "model parameter"),
        ({"model": "echo", "messages": []}, 400, "empty array"),
        ({"model": "echo", "messages": [{"role": "wizard", "content": "x"}]}, 400, "role"),
        ({"model": "echo", "messages": [{"role": "user", "content": None}]}, 400, "content"),
        ({"model": "echo", "messages": HELLO, "magic": 1}, 400, "Unrecognized request argument"),
        ({"model": "echo", "messages": HELLO, "temperature": 3}, 400, "temperature"),
        ({"model": "echo", "messages": HELLO, "max_tokens": 0}, 400, "max_tokens"),
        ({"model": "echo", "messages": HELLO, "max_tokens": 1, "max_completion_tokens": 1}, 400, "same time"),
        ({"model": "echo", "messages": HELLO, "stream_options": {}}, 400, "stream_options"),
        ({"model": "nobody", "messages": HELLO}, 404, "does not exist"),
        ({"model": "reasoning", "messages": HELLO, "max_tokens": 5}, 400, "not supported with this model"),
    ],
)
async def test_what_openai_refuses(
    model_server: ModelServer, body: dict[str, Any], status: int, says: str
) -> None:
    async with httpx2.AsyncClient(trust_env=False) as http:
        headers = {"authorization": "Bearer sk-x"}
        answer = await http.post(f"{model_server.base_url}/chat/completions", json=body, headers=headers)
    assert answer.status_code == status
    assert says in answer.json()["error"]["message"]


async def test_a_key_is_wanted_where_one_is(model_server: ModelServer) -> None:
    body = {"model": "echo", "messages": HELLO}
    async with httpx2.AsyncClient(trust_env=False) as http:
        assert (await http.post(f"{model_server.url}/v1/chat/completions", json=body)).status_code == 401
        assert (await http.post(f"{model_server.url}/open/v1/chat/completions", json=body)).status_code == 200


async def test_a_script_comes_before_the_name(model_server: ModelServer) -> None:
    script = {
        "model": "echo",
        "answers": [{"status": 429, "headers": {"retry-after": "9"}}, {"text": "scripted"}],
    }
    async with client(model_server) as sdk, httpx2.AsyncClient(trust_env=False) as http:
        await http.post(f"{model_server.url}/_sim/script", json=script)
        with pytest.raises(openai.RateLimitError) as caught:
            await sdk.chat.completions.create(model="echo", messages=HELLO)
        assert caught.value.response.headers["retry-after"] == "9"
        said = [(await sdk.chat.completions.create(model="echo", messages=HELLO)) for _ in range(2)]
    assert [one.choices[0].message.content for one in said] == ["scripted", "echo: hello"]
