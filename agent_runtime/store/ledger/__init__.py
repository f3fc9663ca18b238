"""What one bot remembers: turns, what they spent, what is to be sent, who may talk. It has one writer."""

from __future__ import annotations

from agent_runtime.store.ledger.protocol import Ledger, Outbox, People, Spend, Turns
from agent_runtime.store.ledger.records import (
    Exchange,
    Limits,
    Part,
    PartState,
    Person,
    Step,
    Turn,
    TurnState,
    Used,
)
from agent_runtime.store.ledger.sqlite import SqliteLedger, create, memory_ledger, open_ledger

__all__ = [
    "Exchange",
    "Ledger",
    "Limits",
    "Outbox",
    "Part",
    "PartState",
    "People",
    "Person",
    "Spend",
    "SqliteLedger",
    "Step",
    "Turn",
    "TurnState",
    "Turns",
    "Used",
    "create",
    "memory_ledger",
    "open_ledger",
]
