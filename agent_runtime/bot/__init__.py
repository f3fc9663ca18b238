"""One bot inside its worker: mail in, turn, reply out.

Reports it makes, as (kind, data), each with an `id` that is the same when it is made again:
`usage` {model, tokens_in, tokens_out, usd, …}, `budget` {limit, day}, `model` {reason, next_step, answered},
`uncertain` {key, part}, `undelivered` {key, reason}, `access` {event, sender, name}.
"""

from __future__ import annotations

from agent_runtime.access import CallError
from agent_runtime.bot.answer import Answer, TurnFailedError
from agent_runtime.bot.bot import Bot
from agent_runtime.bot.delivery import DeliveryError
from agent_runtime.bot.warm import warm_up

__all__ = ["Answer", "Bot", "CallError", "DeliveryError", "TurnFailedError", "warm_up"]
