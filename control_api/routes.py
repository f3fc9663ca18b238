"""All calls: those of `/api/v1` in the order in which the documentation shows them, probes, and Git."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from control_api import docs
from control_api.access import endpoints as access
from control_api.audit import endpoints as audit
from control_api.bot_secrets import endpoints as bot_secrets
from control_api.bots import endpoints as bots
from control_api.bulk import endpoints as bulk
from control_api.checks import endpoints as checks
from control_api.conversations import endpoints as conversations
from control_api.drafts import endpoints as drafts
from control_api.events import endpoints as events
from control_api.git import endpoints as git
from control_api.git.address import PATH as GIT_PATH
from control_api.history import endpoints as history
from control_api.kit.gate import LARGEST_BODY
from control_api.kit.problems import (
    NoRoomError,
    NotSignedInError,
    TooManyTriesError,
    UnavailableError,
    declared,
)
from control_api.managed_bots import endpoints as managed_bots
from control_api.operations import endpoints as operations
from control_api.proposals import endpoints as proposals
from control_api.public_chat import endpoints as public_chat
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
    events,
    operations,
    bulk,
    managed_bots,
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


@functools.cache
def calls() -> Sequence[BaseRoute]:
    """The routes, made once: they know nothing of settings, and FastAPI needs a while for them."""
    router = APIRouter(generate_unique_id_function=_operation_id)
    router.include_router(docs.router)
    # With the prefix here FastAPI works every route out once; with that on the router included, twice.
    router.include_router(
        _api(),
        prefix="/api/v1",
        responses=declared(NotSignedInError, TooManyTriesError, UnavailableError, NoRoomError),
        max_body_size=LARGEST_BODY,
    )
    router.include_router(public_chat.router, max_body_size=public_chat.LARGEST_BODY)
    router.include_router(system.probes)
    router.mount(GIT_PATH, git.serve)
    return router.routes


def _api() -> APIRouter:
    router = APIRouter()
    for noun in _NOUNS:
        router.include_router(noun.router)
    return router


def _operation_id(route: APIRoute) -> str:
    """The function's name: unique among ours, and a good name for a generated client."""
    return route.name
