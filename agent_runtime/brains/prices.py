"""What OpenAI's models cost, for budgets and for showing; the provider's bill is what counts.

US dollars for a million tokens in and out, at the standard tier, without the discount for cached input (so
never too low) and up to 272,000 tokens in. As of 2026-11-21; source:
https://developers.openai.com/api/docs/pricing and the dated entries of
https://developers.openai.com/changelog. A model that is not listed counts its tokens and no money:
`budget.tokens_per_day` holds for it, `budget.usd_per_day` cannot.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_DATED = re.compile(r"-20\d\d-\d\d-\d\d$")


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens."""

    tokens_in: float
    tokens_out: float

    def cost(self, tokens_in: int, tokens_out: int) -> float:
        return (tokens_in * self.tokens_in + tokens_out * self.tokens_out) / 1_000_000


FREE = Price(0.0, 0.0)

_OPENAI = {
    "gpt-4o": Price(2.50, 10.00),
    "gpt-4o-mini": Price(0.15, 0.60),
    "gpt-4.1": Price(2.00, 8.00),
    "gpt-4.1-mini": Price(0.40, 1.60),
    "gpt-4.1-nano": Price(0.10, 0.40),
    "o3": Price(2.00, 8.00),
    "o4-mini": Price(1.10, 4.40),
    "gpt-5": Price(1.25, 10.00),
    "gpt-5-mini": Price(0.25, 2.00),
    "gpt-5-nano": Price(0.05, 0.40),
    "gpt-5.1": Price(1.25, 10.00),
    "gpt-5.2": Price(1.75, 14.00),
    "gpt-5.4": Price(2.50, 15.00),
    "gpt-5.4-mini": Price(0.75, 4.50),
    "gpt-5.4-nano": Price(0.20, 1.25),
    "gpt-5.5": Price(5.00, 30.00),
    "gpt-5.6-sol": Price(5.00, 30.00),
    "gpt-5.6-terra": Price(2.00, 12.00),
    "gpt-5.6-luna": Price(0.20, 1.20),
    "gpt-6-sol": Price(2.00, 10.00),
    "gpt-6-luna": Price(0.10, 0.50),
    "gpt-6-astra": Price(10.00, 50.00),
    "gpt-6.1-terra": Price(1.00, 5.00),
}


# For a minute of sound.
_TRANSCRIPTION = {"whisper-1": 0.006, "gpt-4o-transcribe": 0.006, "gpt-4o-mini-transcribe": 0.003}


def transcription_price(model: str) -> float | None:
    """US dollars for a minute of sound that OpenAI makes text of."""
    return _TRANSCRIPTION.get(model)


def openai_price(model: str) -> Price | None:
    """The price of a model at OpenAI, by its name or a dated one such as `gpt-4o-2024-08-06`."""
    return _OPENAI.get(model) or _OPENAI.get(_DATED.sub("", model))
