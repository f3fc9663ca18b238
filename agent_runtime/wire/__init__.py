"""Frames between the processes of the hive: `Peer` is one connection, `Link` one that is renewed."""

from __future__ import annotations

from agent_runtime.wire.link import Link
from agent_runtime.wire.peer import FORMAT, LONGEST_FRAME, Asked, Call, Gone, Heard, Peer, PeerGoneError
from agent_runtime.wire.problem import Json, ProblemError

__all__ = [
    "FORMAT",
    "LONGEST_FRAME",
    "Asked",
    "Call",
    "Gone",
    "Heard",
    "Json",
    "Link",
    "Peer",
    "PeerGoneError",
    "ProblemError",
]
