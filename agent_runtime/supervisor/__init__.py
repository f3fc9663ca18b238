"""Keeps programs alive: `Supervisor` on one side, `inherited` and `ready` in the programs on the other."""

from __future__ import annotations

from agent_runtime.supervisor.lifeline import Lifeline, die_with_parent
from agent_runtime.supervisor.lock import HomeInUseError, HomeLock, holder
from agent_runtime.supervisor.memory import children, pss
from agent_runtime.supervisor.part import Part, PartError, Standing, State
from agent_runtime.supervisor.process import Process
from agent_runtime.supervisor.sockets import inherited, listen, my_turn, ready
from agent_runtime.supervisor.supervisor import Supervisor

__all__ = [
    "HomeInUseError",
    "HomeLock",
    "Lifeline",
    "Part",
    "PartError",
    "Process",
    "Standing",
    "State",
    "Supervisor",
    "children",
    "die_with_parent",
    "holder",
    "inherited",
    "listen",
    "my_turn",
    "pss",
    "ready",
]
