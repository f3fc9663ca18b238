"""What the receiver knows of a chat platform that sends messages to `/webhook/{id}/{channel}`.

A platform's `inbound` module is its `WebhookInbound`. It holds no token and no secret: what it needs to know
a request by, it asks of `Proof`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from agent_runtime.mail import Arrival


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A request as it came: names of headers in lower case, and for a GET what its query says."""

    headers: Mapping[str, str]
    body: bytes = b""
    query: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What a proven request comes to: messages to store, in order, and what the platform hears then."""

    arrivals: Sequence[Arrival] = ()
    answer: bytes = b""
    media_type: str | None = None


class Proof(Protocol):
    """What there is to know one bot's platform by."""

    @property
    def told(self) -> str | None:
        """What the channel's listener has announced, as hexadecimal digits: a digest, a public key."""

    async def signed(self, message: bytes, signature: str) -> bool:
        """Whether `signature`, in hexadecimal digits, is its HMAC-SHA256 under the channel's signing secret.

        Compared in constant time, where that secret is; it is never told. ProblemError 503 where nobody
        can say so now.
        """


class WebhookInbound(Protocol):
    """A module: whether a request comes from the platform, and what it holds."""

    @property
    def CHANNEL(self) -> str:  # noqa: N802 - a constant of the module
        """Its name in the specification."""

    def is_promising(self, headers: Mapping[str, str], now: float) -> bool:
        """Whether the headers may be the platform's, sent lately; of all others the body is not even read."""

    async def is_proven(self, request: WebhookRequest, proof: Proof) -> bool:
        """Whether the platform sent it, to this bot."""

    def take(self, request: WebhookRequest) -> Taken:
        """What a proven POST holds. Raises ValueError where it can't be read, now or ever."""

    def greet(self, request: WebhookRequest, proof: Proof) -> bytes | None:
        """The answer to a GET by which the platform asks whether the address is ours; None if it is not."""
