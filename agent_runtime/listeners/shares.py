"""Which listener an owner's bots belong to: all of an owner's with one, and the same one at every start."""

from __future__ import annotations

import hashlib


def share_of(bot: str, count: int) -> int:
    owner = bot.split(".")[0]
    return int.from_bytes(hashlib.sha256(owner.encode()).digest()[:4], "big") % count
