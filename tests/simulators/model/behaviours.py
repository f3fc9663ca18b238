"""What the model does with a request: behaviours chosen by the model's name, such as `echo` or `cut:2`.

`name:argument` gives a behaviour its number: how often it fails, how many pieces it sends, how long it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.simulators.media import described

LONG_MARKDOWN = "\n\n".join(
    [
        "# How the parcel finds its way",
        "A **short** introduction with _emphasis_, `code`, and a [link](https://example.org/a?b=c&d=e).",
        *[
            f"## Step {n}\n\n"
            f"Paragraph {n} with **bold words {n}** and an emoji \U0001f4e6, "
            "and tricky signs: _ * [ ] ( ) ~ > # + - = | { } . !\n\n"
            f"- first point of {n}\n- second point of {n} with `inline_{n}`\n\n"
            f"```python\ndef step_{n}(parcel: str) -> str:\n    # Step {n} of the way.\n"
            + "".join(f'    print("line {line} of step {n}: <parcel> & co")\n' for line in range(12))
            + "    return parcel\n```"
            for n in range(1, 15)
        ],
        "That is the whole way.",
    ]
)


@dataclass(frozen=True)
class Behaviour:
    """One answer. `status` other than 200 is an error body; the rest shapes the stream."""

    text: str = ""
    status: int = 200
    code: str | None = None
    kind: str = "server_error"
    message: str = "The server had an error while processing your request. Sorry about that!"
    headers: dict[str, str] = field(default_factory=dict)
    first_delay: float = 0.0
    delay: float = 0.0
    cut_after: int | None = None
    garbage_after: int | None = None
    garbage: str = '{"id": "chatcmpl-'
    error_after: int | None = None
    usage: bool = True
    finish: str = "stop"
    refuses: tuple[str, ...] = ()


def rate_limited(seconds: float = 1) -> Behaviour:
    """https://platform.openai.com/docs/guides/error-codes: 429, rate limit reached for requests."""
    return Behaviour(
        status=429,
        code="rate_limit_exceeded",
        kind="requests",
        message="Rate limit reached for requests.",
        headers={"retry-after": f"{seconds:g}"},
    )


OUT_OF_QUOTA = Behaviour(
    status=429,
    code="insufficient_quota",
    kind="insufficient_quota",
    message="You exceeded your current quota, please check your plan and billing details.",
)
BROKEN = Behaviour(status=500)
OVERLOADED = Behaviour(status=529, kind="overloaded_error", message="Overloaded")
UNAUTHORIZED = Behaviour(
    status=401, code="invalid_api_key", kind="invalid_request_error", message="Incorrect API key provided."
)


def last_text(messages: Sequence[dict[str, Any]]) -> str:
    for message in reversed(messages):
        if message["role"] == "user":
            content = message["content"]
            return content if isinstance(content, str) else "\n".join(map(described, content))
    return ""


def system_text(messages: Sequence[dict[str, Any]]) -> str:
    return "\n".join(str(m["content"]) for m in messages if m["role"] in {"system", "developer"})


def _echo(messages: Sequence[dict[str, Any]]) -> Behaviour:
    return Behaviour(text=f"echo: {last_text(messages)}")


def _talk(messages: Sequence[dict[str, Any]]) -> Behaviour:
    """A partner for a whole conversation, who does as the last message wants it: slowly, or in code."""
    text = last_text(messages)
    if "in code" in text:
        return Behaviour(text=LONG_MARKDOWN)
    return Behaviour(text=f"echo: {text}", delay=0.25 if "slowly" in text else 0.0)


def _clerk(messages: Sequence[dict[str, Any]]) -> Behaviour:
    """Who answers as one would like to be answered, for pictures."""
    if "hello" in last_text(messages).lower():
        return Behaviour(text="Hello!")
    steps = "1. Tell me the order's **number**; it stands in the mail.\n2. I look where the parcel is."
    return Behaviour(
        text=f"I am sorry to hear that. Let us find it:\n\n{steps}\n3. Has it gone astray, I ask a person."
    )


def _seconds(argument: str, default: float) -> float:
    return float(argument) if argument else default


Maker = Callable[[Sequence[dict[str, Any]], str, int], Behaviour]
# messages, the argument after the colon, and how many requests for this name and key came before.
BEHAVIOURS: dict[str, Maker] = {
    "echo": lambda messages, argument, seen: _echo(messages),
    "talk": lambda messages, argument, seen: _talk(messages),
    "clerk": lambda messages, argument, seen: _clerk(messages),
    "instructions": lambda messages, argument, seen: Behaviour(text=system_text(messages)),
    "history": lambda messages, argument, seen: Behaviour(
        text=" | ".join(f"{m['role']}: {m['content']}" for m in messages if m["role"] != "system")
    ),
    "long-markdown": lambda messages, argument, seen: Behaviour(text=LONG_MARKDOWN),
    "slow": lambda messages, argument, seen: Behaviour(
        text=_echo(messages).text, first_delay=_seconds(argument, 2.0)
    ),
    "trickle": lambda messages, argument, seen: Behaviour(
        text=_echo(messages).text, delay=_seconds(argument, 0.2)
    ),
    "silent": lambda messages, argument, seen: Behaviour(text="late", first_delay=3600),
    "rate-limited": lambda messages, argument, seen: (
        rate_limited() if not argument or seen < int(argument) else _echo(messages)
    ),
    "broken": lambda messages, argument, seen: (
        BROKEN if not argument or seen < int(argument) else _echo(messages)
    ),
    "overloaded": lambda messages, argument, seen: (
        OVERLOADED if not argument or seen < int(argument) else _echo(messages)
    ),
    "out-of-quota": lambda messages, argument, seen: OUT_OF_QUOTA,
    "unauthorized": lambda messages, argument, seen: UNAUTHORIZED,
    "cut": lambda messages, argument, seen: Behaviour(
        text=f"one two three four five {last_text(messages)}", cut_after=int(argument or 3)
    ),
    "error-event": lambda messages, argument, seen: Behaviour(
        text="one two three four five", error_after=int(argument or 2)
    ),
    "bad-json": lambda messages, argument, seen: Behaviour(
        text="one two three four five", garbage_after=int(argument or 2)
    ),
    "bad-piece": lambda messages, argument, seen: Behaviour(
        text="one two three four five", garbage_after=int(argument or 2), garbage='{"choices": [3]}'
    ),
    "empty": lambda messages, argument, seen: Behaviour(text=""),
    "no-usage": lambda messages, argument, seen: Behaviour(text=_echo(messages).text, usage=False),
    "filtered": lambda messages, argument, seen: Behaviour(text="", finish="content_filter"),
    # The reasoning models take neither: https://platform.openai.com/docs/guides/reasoning
    "reasoning": lambda messages, argument, seen: Behaviour(
        text=_echo(messages).text, refuses=("max_tokens", "temperature")
    ),
}


def behaviour_of(model: str, messages: Sequence[dict[str, Any]], seen: int) -> Behaviour | None:
    """The behaviour that a model's name asks for; None for a model that does not exist."""
    name, _, argument = model.partition(":")
    maker = BEHAVIOURS.get(name)
    return maker(messages, argument, seen) if maker else None
