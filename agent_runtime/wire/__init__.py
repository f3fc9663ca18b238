"""How parts of the runtime are asked: `Peer` is one connection with frames, `Link` one that is renewed.

`Near` asks a part of the same process; it and `Link` are a `Line`.
"""

from __future__ import annotations

from agent_runtime.wire.line import Line, Near
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
    "Line",
    "Link",
    "Near",
    "Peer",
    "PeerGoneError",
    "ProblemError",
]
