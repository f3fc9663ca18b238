"""One call of a model: what streams in, what it costs, and what a failure says to the bot's owner."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable

import httpx2
import pytest

from agent_runtime.addresses import Reach
from agent_runtime.brains.brain import BrainError, Completion, Message, Prompt
from agent_runtime.brains.openai_compatible import OpenAICompatible
from agent_runtime.brains.prices import Price, openai_price
from agent_runtime.network import guarded_client
from tests.simulators.fixtures import ModelServer
from tests.simulators.model.behaviours import Behaviour

KEY = "sk-canary-4f1d"
Make = Callable[..., OpenAICompatible]


@pytest.fixture
async def make(model_server: ModelServer) -> AsyncIterator[Make]:
    client = guarded_client(Reach.LOOPBACK, httpx2.Timeout(2.0))

    def brain(
        model: str, key: str | None = KEY, base_url: str | None = None, **more: object
    ) -> OpenAICompatible:
        options: dict[str, object] = {"temperature": 0.7, "max_output_tokens": 800, **more}
        return OpenAICompatible(client, base_url or model_server.base_url, model, key, **options)  # type: ignore[arg-type]

    yield brain
    await client.aclose()


async def ask(
    brain: OpenAICompatible, text: str = "hello there", **more: int
) -> tuple[Completion, list[str]]:
    heard: list[str] = []
    prompt = Prompt((Message("system", "Be kind."), Message("user", text)), **more)
    return await brain.complete(prompt, heard.append), heard


async def failure(brain: OpenAICompatible) -> BrainError:
    with pytest.raises(BrainError) as caught:
        await ask(brain)
    assert KEY not in f"{caught.value!r} {caught.value.reason} {caught.value.next_step}"
    return caught.value


async def test_an_answer_streams_and_is_counted(make: Make, model_server: ModelServer) -> None:
    completion, heard = await ask(make("echo", price=Price(1.0, 10.0)))
    assert completion.text == "echo: hello there"
    assert heard == ["echo: ", "hello ", "there"]
    assert completion.finish == "complete"
    assert (completion.used.tokens_in, completion.used.tokens_out) == (5, 5)
    assert completion.used.usd == pytest.approx(55e-6)
    assert not completion.used.estimated
    (seen,) = model_server.inside.requests
    assert seen.body["messages"][0] == {"role": "system", "content": "Be kind."}
    assert seen.body["max_tokens"] == 800
    assert seen.body["stream_options"] == {"include_usage": True}


async def test_instructions_are_never_a_template(make: Make) -> None:
    text = "{{ .Values.x }} ${VAR} {0} %s {% raw %} \u2028 1e3"
    assert (await ask(make("echo"), text))[0].text == f"echo: {text}"


async def test_a_short_answer_can_be_asked_for(make: Make) -> None:
    completion, _ = await ask(make("long-markdown"), max_output_tokens=16)
    assert completion.finish == "length"
    assert completion.used.tokens_out <= 16


async def test_a_server_without_usage_is_estimated(make: Make) -> None:
    used = (await ask(make("no-usage")))[0].used
    assert used.estimated
    assert used.tokens_in > 0
    assert used.tokens_out == 5


async def test_a_model_that_takes_neither_length_nor_temperature_is_asked_its_way(
    make: Make, model_server: ModelServer
) -> None:
    brain = make("reasoning")
    for _ in range(2):
        assert (await ask(brain))[0].text == "echo: hello there"
    assert model_server.asked() == 4
    last = model_server.inside.requests[-1].body
    assert "temperature" not in last
    assert last["max_completion_tokens"] == 800


@pytest.mark.parametrize(
    ("model", "says", "does", "retryable"),
    [
        ("unauthorized", "refuses the API key", "Set the secret", False),
        ("no-such-model", "There is no model no-such-model", "model.name", False),
        ("out-of-quota", "no credit left", "Add credit", False),
        ("rate-limited", "too many requests", "fallback", True),
        ("broken", "HTTP 500", "passes", True),
        ("overloaded", "HTTP 529", "passes", True),
        ("silent", "in time", "passes", True),
        ("cut:0", "broke off", "passes", True),
    ],
)
async def test_an_owner_reads_what_is_wrong_and_what_to_do(
    make: Make, model: str, says: str, does: str, retryable: bool
) -> None:
    error = await failure(make(model))
    assert says in error.reason
    assert does in error.next_step
    assert error.retryable is retryable
    assert error.partial == ""


async def test_a_refused_key_is_in_no_error_though_the_server_repeats_it(make: Make) -> None:
    key = "sk-refused-canary-77"
    with pytest.raises(BrainError) as caught:
        await ask(make("echo", key=key))
    error: BaseException | None = caught.value
    while error is not None:
        assert key not in f"{error!s} {error!r}"
        error = error.__cause__ if error.__suppress_context__ else (error.__cause__ or error.__context__)


async def test_the_wait_that_a_server_asks_for_is_known(make: Make, model_server: ModelServer) -> None:
    model_server.inside.script("m", Behaviour(status=429, headers={"retry-after": "7"}))
    assert (await failure(make("m"))).retry_after == 7
    model_server.inside.script("m", Behaviour(status=503, headers={"retry-after-ms": "250"}))
    assert (await failure(make("m"))).retry_after == 0.25
    model_server.inside.script(
        "m", Behaviour(status=503, headers={"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"})
    )
    assert (await failure(make("m"))).retry_after == 0
    model_server.inside.script("m", Behaviour(status=503, headers={"retry-after": "soon"}))
    assert (await failure(make("m"))).retry_after is None


@pytest.mark.parametrize("model", ["cut:2", "error-event:2", "bad-json:2", "bad-piece:2"])
async def test_what_was_said_before_a_break_is_kept_and_charged(make: Make, model: str) -> None:
    error = await failure(make(model))
    assert error.partial == "one two "
    assert error.used is not None
    assert error.used.estimated
    assert error.used.tokens_out == 2


async def test_a_conversation_that_is_too_long_is_told_apart(make: Make, model_server: ModelServer) -> None:
    model_server.inside.script("m", Behaviour(status=400, code="context_length_exceeded"))
    assert (await failure(make("m"))).too_long


async def test_only_known_codes_are_repeated_and_nothing_else_of_the_server(
    make: Make, model_server: ModelServer
) -> None:
    model_server.inside.script("m", Behaviour(status=400, code="unsupported_value"))
    assert "unsupported_value" in (await failure(make("m"))).reason
    model_server.inside.script("m", Behaviour(status=400, code=f"bad {KEY}"))
    assert (await failure(make("m"))).reason == "The provider of m refuses the request (HTTP 400)."


async def test_a_redirect_is_not_followed(make: Make, model_server: ModelServer) -> None:
    error = await failure(make("echo", base_url=f"{model_server.url}/redirect/v1"))
    assert "redirect" in error.reason
    assert model_server.asked() == 0


async def test_no_server_at_all(make: Make) -> None:
    error = await failure(make("echo", base_url="http://127.0.0.1:9/v1"))
    assert "cannot be reached" in error.reason


async def test_the_operators_own_openai_settings_never_travel(
    make: Make, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-operator")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-the-operator")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "x-operator: secret")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    await ask(make("echo", key=None, base_url=f"{model_server.url}/open/v1"))
    assert model_server.inside.requests[0].key == "none"
    assert "OPENAI_ORG_ID" not in os.environ


def test_prices_are_known_by_name_and_by_dated_name() -> None:
    assert openai_price("gpt-4o-mini") == Price(0.15, 0.60)
    assert openai_price("gpt-4o-2024-08-06") == openai_price("gpt-4o")
    assert openai_price("gpt-4o-mini-2024-07-18") == openai_price("gpt-4o-mini")
    assert openai_price("mystery") is None
