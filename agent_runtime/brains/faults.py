"""What a failed model call means, in words that a bot's owner can act on."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Iterator

import httpx2
import openai

from agent_runtime.brains.brain import BrainError
from agent_runtime.network import AddressRefusedError

_LATER = "Nothing to do if it passes; else look at the provider's status page."

# Of https://platform.openai.com/docs/guides/error-codes: those that say which setting is at fault. Any other
# code is the server's own text.
_KNOWN_CODES = frozenset(
    {
        "billing_hard_limit_reached",
        "content_filter",
        "content_policy_violation",
        "decimal_above_max_value",
        "decimal_below_min_value",
        "integer_above_max_value",
        "integer_below_min_value",
        "invalid_prompt",
        "invalid_type",
        "invalid_value",
        "missing_required_parameter",
        "model_not_found",
        "string_above_max_length",
        "unknown_parameter",
        "unsupported_country_region_territory",
        "unsupported_parameter",
        "unsupported_value",
    }
)


def fault(error: Exception, model: str) -> BrainError:
    """The error of the SDK as ours. Nothing of the server's text is kept: providers repeat keys in it."""
    if isinstance(error, openai.APIStatusError):
        return _refused(error, model)
    for cause in _chain(error):
        if isinstance(cause, AddressRefusedError):
            return BrainError(str(cause), "Give the model a base_url on a public address.")
    if isinstance(error, openai.APITimeoutError | httpx2.TimeoutException):
        return BrainError(f"The model {model} did not answer in time.", _LATER, retryable=True)
    if any(isinstance(cause, httpx2.ConnectError) for cause in _chain(error)):
        return BrainError(
            f"The server of the model {model} cannot be reached.",
            "Check base_url and whether the server runs.",
            retryable=True,
        )
    if isinstance(error, ValueError | openai.APIResponseValidationError):
        return BrainError(
            f"The server of the model {model} sent something that is no answer.",
            "Check that base_url speaks OpenAI's chat completions.",
            retryable=True,
        )
    return BrainError(f"The answer of the model {model} broke off.", _LATER, retryable=True)


def _refused(error: openai.APIStatusError, model: str) -> BrainError:
    status, code = error.status_code, error.code
    if status == 401:
        return BrainError(
            f"The provider of {model} refuses the API key.",
            "Set the secret to a key that is valid there.",
            breaks="key",
        )
    if status == 403:
        return BrainError(
            f"The API key may not use the model {model}.", "Allow the model for this key, or choose another."
        )
    if status == 404:
        return BrainError(
            f"There is no model {model} at this provider, or the path of base_url is wrong.",
            "Check model.name and model.base_url.",
        )
    if status == 429 and code == "insufficient_quota":
        return BrainError(
            f"The account behind the key of {model} has no credit left.",
            "Add credit at the provider, or use another key.",
            breaks="key",
        )
    if status == 429:
        return BrainError(
            f"The provider of {model} says: too many requests.",
            "Ask for a higher limit there, or give the bot a fallback model.",
            retryable=True,
            retry_after=_retry_after(error.response) or 1.0,
            breaks="model",
        )
    if status in (408, 409) or status >= 500:
        return BrainError(
            f"The provider of {model} has trouble (HTTP {status}).",
            _LATER,
            retryable=True,
            retry_after=_retry_after(error.response),
        )
    if 300 <= status < 400:
        return BrainError(
            f"The server of {model} sends us elsewhere, and redirects are not followed.",
            "Set base_url to the address that it redirects to.",
        )
    if status == 413 or code == "context_length_exceeded":
        return BrainError(
            f"The conversation is longer than the model {model} can read.",
            "Lower memory.turns, shorten the instructions, or choose a model that reads more.",
            too_long=True,
        )
    known = f", {code}" if isinstance(code, str) and code in _KNOWN_CODES else ""
    return BrainError(
        f"The provider of {model} refuses the request (HTTP {status}{known}).",
        "Check the model's settings: name, temperature, max_output_tokens.",
    )


def _retry_after(response: httpx2.Response) -> float | None:
    """Seconds, from `retry-after-ms` or `retry-after` as RFC 9110, section 10.2.3 has it."""
    headers = response.headers
    try:
        if "retry-after-ms" in headers:
            return max(0.0, float(headers["retry-after-ms"]) / 1000)
        raw = headers.get("retry-after")
        if raw is None:
            return None
        if raw.strip().replace(".", "", 1).isdigit():
            return float(raw)
        return max(0.0, email.utils.parsedate_to_datetime(raw).timestamp() - time.time())
    except ValueError:
        return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__
