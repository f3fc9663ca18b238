"""One turn: history and message → prompt, what a brain said → reply. Pure: a test replays it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agent_runtime.brains.brain import Message, OnText, Prompt
from agent_runtime.brains.policy import Said
from agent_runtime.media import Media
from agent_runtime.store.ledger.records import Exchange, Used

_FENCE = re.compile(r"^\s{0,3}```", re.MULTILINE)

# A person waits; what takes longer is better answered by "try again".
TURN_SECONDS = 120.0

CUT_OFF = "(The answer broke off here. Ask me to go on.)"
FAILED = "Sorry, I cannot answer right now. Please try again in a little while."
NOTHING = "I have no answer to that. Please put it another way."
FILTERED = "I cannot answer that: the model's provider held the answer back."
STOPPED = "(Stopped.)"
TOO_LONG = "(This is as long as my answers may be. Ask me to go on.)"
OVER_BUDGET = "I have reached my limit for today. Please come back tomorrow."
TOO_MANY = "You have asked me a lot in the last hour. Please wait a little before you ask again."


@dataclass(frozen=True, slots=True)
class Outcome:
    """A turn's reply and what it cost. `remembered` says whether it belongs to the conversation's history.

    `aside` has what is said in other conversations because of it.
    """

    reply: str
    finish: str
    usage: dict[str, Any]
    remembered: bool
    said: Said
    aside: tuple[tuple[str, str], ...] = ()


def prompt_of(
    instructions: str,
    history: Sequence[Exchange],
    text: str,
    max_output_tokens: int | None = None,
    media: tuple[Media, ...] = (),
) -> Prompt:
    """What the model is asked. Instructions and messages go in as they are: they are never templates."""
    messages = [Message("system", instructions)] if instructions.strip() else []
    for exchange in history:
        messages += [Message("user", exchange.text), Message("assistant", exchange.reply)]
    return Prompt((*messages, Message("user", text, media)), max_output_tokens)


def outcome_of(said: Said, stream: OnText, limited: bool = False) -> Outcome:
    """The reply. What is added to the model's words is streamed too, so that both ways read the same.

    `limited` says that the caller asked for a short answer, which is then no reason to say more.
    """
    text = said.text.rstrip()
    if said.outcome != "complete" and len(_FENCE.findall(text)) % 2:
        # What broke off inside a block of code must not take the note with it.
        text += "\n```"
    note = "" if limited and said.outcome == "length" and text else _note(said.outcome, bool(text))
    reply = "\n\n".join(part for part in (text, note) if part)
    if note:
        stream(reply[len(said.text.rstrip()) :])
    remembered = bool(text) and said.outcome != "filtered"
    return Outcome(reply, said.outcome, usage_of(said.used), remembered, said)


def notice_of(
    text: str,
    finish: str = "notice",
    *,
    remembered: bool = False,
    aside: tuple[tuple[str, str], ...] = (),
) -> Outcome:
    """A reply that no model was asked for; nothing is sent where it is empty."""
    return Outcome(text, finish, {}, remembered, Said(), aside)


def _note(outcome: str, said_something: bool) -> str:
    """The sentence that a person reads after the model's words, or in place of them."""
    match outcome:
        case "complete":
            return "" if said_something else NOTHING
        case "length":
            return TOO_LONG if said_something else NOTHING
        case "partial":
            return CUT_OFF
        case "filtered":
            return FILTERED
        case "stopped":
            return STOPPED
        case "budget":
            return OVER_BUDGET
    return FAILED


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
