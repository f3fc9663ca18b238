"""One turn: history and message → brain → reply. It keeps nothing itself and depends on its inputs alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agent_runtime.brains.brain import Brain, Message, OnText, Prompt
from agent_runtime.brains.policy import Breaker, Purse, Said, ask
from agent_runtime.store.ledger.records import Exchange, Used

# A person waits; what takes longer is better answered by "try again".
TURN_SECONDS = 120.0

CUT_OFF = "(The answer broke off here. Ask me to go on.)"
FAILED = "Sorry, I cannot answer right now. Please try again in a little while."
NOTHING = "I have no answer to that. Please put it another way."
FILTERED = "I cannot answer that: the model's provider held the answer back."
STOPPED = "(Stopped.)"
OVER_BUDGET = "I have reached my limit for today. Please come back tomorrow."
TOO_MANY = "You have asked me a lot in the last hour. Please wait a little before you ask again."


@dataclass(frozen=True, slots=True)
class Outcome:
    """A turn's reply and what it cost. `remembered` says whether it belongs to the conversation's history."""

    reply: str
    finish: str
    usage: dict[str, Any]
    remembered: bool
    said: Said


def prompt_of(
    instructions: str, history: Sequence[Exchange], text: str, max_output_tokens: int | None = None
) -> Prompt:
    """What the model is asked. Instructions and messages go in as they are: they are never templates."""
    messages = [Message("system", instructions)] if instructions.strip() else []
    for exchange in history:
        messages += [Message("user", exchange.text), Message("assistant", exchange.reply)]
    return Prompt((*messages, Message("user", text)), max_output_tokens)


async def take(
    brains: Sequence[Brain],
    prompt: Prompt,
    purse: Purse,
    breaker: Breaker,
    on_text: OnText,
    seconds: float = TURN_SECONDS,
) -> Outcome:
    """Ask, and turn whatever came of it into a reply."""
    said = await ask(brains, prompt, purse, on_text, seconds, breaker)
    return outcome_of(said, on_text)


def outcome_of(said: Said, on_text: OnText) -> Outcome:
    """The reply; what is added to the model's words is streamed too, so that both ways read the same."""
    text = said.text
    match said.outcome:
        case "complete" | "length" if text.strip():
            reply, remembered = text, True
        case "partial" if text.strip():
            reply, remembered = f"{text.rstrip()}\n\n{CUT_OFF}", True
        case "complete" | "length":
            reply, remembered = NOTHING, False
        case "filtered":
            reply, remembered = (f"{text.rstrip()}\n\n{FILTERED}" if text.strip() else FILTERED), False
        case "budget":
            reply, remembered = OVER_BUDGET, False
        case _:
            reply, remembered = FAILED, False
    if reply != text:
        on_text(reply[len(text.rstrip()) :] if text.strip() else reply)
    return Outcome(reply, said.outcome, usage_of(said.used), remembered, said)


def usage_of(used: Sequence[Used]) -> dict[str, Any]:
    """`{model, tokens_in, tokens_out, usd, estimated, calls}`; `usd` is null where a price is not known."""
    if not used:
        return {}
    prices = [one.usd for one in used]
    return {
        "model": used[-1].model,
        "tokens_in": sum(one.tokens_in for one in used),
        "tokens_out": sum(one.tokens_out for one in used),
        "usd": None if None in prices else sum(price or 0.0 for price in prices),
        "estimated": any(one.estimated for one in used),
        "calls": len(used),
    }
