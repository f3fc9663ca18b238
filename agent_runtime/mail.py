"""One message on its way to a bot, as the inbox keeps it and a worker gets it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

# Nobody changes a message. Its two forms are not frozen all the same: to make one would cost three times as
# much, and messages are many.


@dataclass(slots=True)
class Arrival:
    """What an inbound channel takes from a platform's message: ids to keep order by, and the whole of it.

    `payload` is JSON text, which nobody reads until the bot does: on its way it costs next to nothing.
    `stops` says that it is also to stop the turn that runs in its conversation, and not to wait for that.
    """

    platform_id: str
    conversation: str
    sender: str
    payload: str
    stops: bool = False

    def to_dict(self) -> dict[str, Any]:
        told = asdict(self)
        if not self.stops:
            # A dispatcher of the version before knows no such thing.
            del told["stops"]
        return told


@dataclass(slots=True)
class Mail:
    """A stored message; `key` is `<channel>:<platform id>`, unique for a bot; `attempt` counts crashes."""

    key: str
    bot: str
    channel: str
    conversation: str
    sender: str
    payload: str
    received_at: float
    attempt: int = 0

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Mail:
        return cls(**data)


class MailWaitsError(Exception):
    """A reply is kept and can't leave yet, which is no fault of the message.

    Handing it in again goes on where this stopped: after a while, or `for_revision` with the next revision.
    """

    def __init__(self, reason: str, next_step: str, *, for_revision: bool = False) -> None:
        super().__init__(reason)
        self.next_step = next_step
        self.for_revision = for_revision


def mail_key(channel: str, platform_id: str) -> str:
    return f"{channel}:{platform_id}"
