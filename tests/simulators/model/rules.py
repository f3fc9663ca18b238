"""What OpenAI refuses in a request: https://platform.openai.com/docs/api-reference/chat/create."""

from __future__ import annotations

import json
from typing import Any

from tests.simulators.media import decoded, problem_of_image

_ROLES = {"system", "developer", "user", "assistant", "tool"}
_PARAMETERS = {
    "frequency_penalty", "logit_bias", "logprobs", "max_completion_tokens", "max_tokens", "messages",
    "metadata", "model", "n", "parallel_tool_calls", "presence_penalty", "reasoning_effort",
    "response_format", "seed", "stop", "store", "stream", "stream_options", "temperature", "tool_choice",
    "tools", "top_logprobs", "top_p", "user",
}  # fmt: skip


class RefusedError(Exception):
    """A 400 in OpenAI's shape."""

    def __init__(self, message: str, param: str | None = None, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
        self.body = {
            "error": {"message": message, "type": "invalid_request_error", "param": param, "code": None}
        }


def check(raw: bytes) -> dict[str, Any]:
    """The request, or `RefusedError`."""
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise RefusedError("We could not parse the JSON body of your request.") from error
    if not isinstance(body, dict) or not isinstance(body.get("model"), str):
        raise RefusedError("you must provide a model parameter", "model")
    for name in body:
        if name not in _PARAMETERS:
            raise RefusedError(f"Unrecognized request argument supplied: {name}", name)
    _check_messages(body.get("messages"))
    _check_numbers(body)
    if body.get("stream_options") is not None and not body.get("stream"):
        raise RefusedError(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options"
        )
    return body


def _check_messages(messages: Any) -> None:
    if not isinstance(messages, list) or not messages:
        raise RefusedError(
            "Invalid 'messages': empty array. Expected an array with minimum length 1.", "messages"
        )
    for n, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in _ROLES:
            raise RefusedError(f"Invalid value for 'messages[{n}].role'.", f"messages[{n}].role")
        if message["role"] != "assistant" and message.get("content") is None:
            raise RefusedError(
                "Invalid value for 'content': expected a string, got null.", f"messages[{n}].content"
            )
        if isinstance(message.get("content"), list):
            _check_parts(message["content"], f"messages[{n}].content")


def _check_parts(parts: list[Any], param: str) -> None:
    """https://platform.openai.com/docs/api-reference/chat/create: the content parts of a user's message."""
    for n, part in enumerate(parts):
        kind = part.get("type") if isinstance(part, dict) else None
        if kind not in ("text", "image_url", "input_audio"):
            raise RefusedError(
                f"Invalid value: '{kind}'. Supported values are: 'text', …", f"{param}[{n}].type"
            )
        if not isinstance(part.get(kind), str if kind == "text" else dict):
            raise RefusedError(f"Missing required parameter: '{param}[{n}].{kind}'.", f"{param}[{n}].{kind}")
        if kind == "image_url" and (problem := problem_of_image(str(part[kind].get("url")))):
            raise RefusedError(problem, param)
        if kind == "input_audio" and not decoded(str(part[kind].get("data"))):
            raise RefusedError("Invalid value: 'input_audio.data' is no base64.", f"{param}[{n}].{kind}")


def _check_numbers(body: dict[str, Any]) -> None:
    temperature = body.get("temperature")
    if temperature is not None and not 0 <= temperature <= 2:
        raise RefusedError("Invalid 'temperature': expected a value between 0 and 2.", "temperature")
    if body.get("max_tokens") is not None and body.get("max_completion_tokens") is not None:
        raise RefusedError(
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."
        )
    for name in ("max_tokens", "max_completion_tokens"):
        value = body.get(name)
        if value is not None and (not isinstance(value, int) or value < 1):
            raise RefusedError(f"Invalid '{name}': integer below minimum value. Expected a value >= 1.", name)
