"""Keeping a question within what the small model can take: its answer's length and its context."""

from __future__ import annotations

import json
from typing import Any

LONGEST_ANSWER = 1024
_LENGTHS = ("max_tokens", "max_completion_tokens", "n_predict")


class BadRequestError(Exception):
    """The body is no chat completion; the message says what is wrong."""


def read(body: bytes) -> dict[str, Any]:
    """The question as asked, with a bounded length of answer. Raises BadRequestError."""
    try:
        question = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequestError(f"the body is not JSON: {error}") from error
    if not isinstance(question, dict) or not isinstance(question.get("messages"), list):
        raise BadRequestError("the body has no list `messages`")
    if not question["messages"]:
        raise BadRequestError("`messages` is empty: say something")
    lengths = [question.pop(name, None) for name in _LENGTHS]
    asked = [length for length in lengths if isinstance(length, int) and length > 0]
    question["max_tokens"] = min([*asked, LONGEST_ANSWER])
    return question


def shorter(question: dict[str, Any]) -> dict[str, Any] | None:
    """The question with the older half of its conversation left out; None when there is nothing to spare.

    Instructions and the latest message stay. A single message that is too long loses its middle.
    """
    messages = question["messages"]
    system = [m for m in messages if _role(m) in ("system", "developer")]
    talk = [m for m in messages if _role(m) not in ("system", "developer")]
    if len(talk) > 1:
        return {**question, "messages": [*system, *talk[(len(talk) + 1) // 2 :]]}
    longest = max(messages, key=lambda m: len(_text(m)))
    text = _text(longest)
    if len(text) < 200:
        return None
    kept = {**longest, "content": f"{text[: len(text) // 3]}\n…\n{text[-len(text) // 3 :]}"}
    return {**question, "messages": [kept if m is longest else m for m in messages]}


def _role(message: Any) -> str:
    return str(message.get("role", "")) if isinstance(message, dict) else ""


def _text(message: Any) -> str:
    content = message.get("content") if isinstance(message, dict) else None
    return content if isinstance(content, str) else ""
