"""All calls of `/api/v1`, in the order in which the documentation shows them."""

from __future__ import annotations

from fastapi import APIRouter

from control_api.access import endpoints as access
from control_api.audit import endpoints as audit
from control_api.bot_secrets import endpoints as bot_secrets
from control_api.bots import endpoints as bots
from control_api.bulk import endpoints as bulk
from control_api.checks import endpoints as checks
from control_api.conversations import endpoints as conversations
from control_api.drafts import endpoints as drafts
from control_api.history import endpoints as history
from control_api.kit.problems import (
    NoRoomError,
    NotSignedInError,
    TooManyTriesError,
    UnavailableError,
    declared,
)
from control_api.operations import endpoints as operations
from control_api.proposals import endpoints as proposals
from control_api.quotas import endpoints as quotas
from control_api.sign_in import endpoints as sign_in
from control_api.streams import endpoints as streams
from control_api.system import endpoints as system
from control_api.teams import endpoints as teams
from control_api.templates import endpoints as templates
from control_api.tokens import endpoints as tokens
from control_api.usage import endpoints as usage
from control_api.users import endpoints as users

_NOUNS = (
    bots,
    history,
    streams,
    bot_secrets,
    access,
    conversations,
    drafts,
    operations,
    bulk,
    templates,
    checks,
    proposals,
    usage,
    audit,
    sign_in,
    users,
    teams,
    quotas,
    tokens,
    system,
)


def api() -> APIRouter:
    """The router of `/api/v1`."""
    router = APIRouter(
        prefix="/api/v1",
        responses=declared(NotSignedInError, TooManyTriesError, UnavailableError, NoRoomError),
    )
    for noun in _NOUNS:
        router.include_router(noun.router)
    return router
