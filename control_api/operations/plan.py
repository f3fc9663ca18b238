"""Which steps each kind of operation takes. Pure."""

from __future__ import annotations

ACCEPTED, COMMITTED, SYNCED, STARTED, CONNECTED, ANSWERED, STOPPED, REMOVED = (
    "accepted",
    "committed",
    "synced",
    "started",
    "connected",
    "answered",
    "stopped",
    "removed",
)
BULK = "bulk"
# A change of an owner's quota, of no bot: it is done once it is committed.
QUOTA = "quota"
_TO_RUN = (ACCEPTED, COMMITTED, SYNCED, STARTED, CONNECTED, ANSWERED)
_STEPS = {
    "pause": (ACCEPTED, COMMITTED, SYNCED, STOPPED),
    "delete": (ACCEPTED, COMMITTED, SYNCED, REMOVED),
    QUOTA: (ACCEPTED, COMMITTED),
}
OVER = frozenset({"succeeded", "failed", "skipped"})
ENDED = frozenset({"succeeded", "failed"})


def steps(kind: str) -> tuple[str, ...]:
    """The steps of a kind."""
    return _STEPS.get(kind, _TO_RUN)
