"""The calls on a bot's conversations."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, status

from control_api.auth import Reader, Writer
from control_api.conversations.schemas import Conversations, ConversationText
from control_api.conversations.service import ConversationService
from control_api.kit.paging import PagingQuery
from control_api.kit.problems import NotFoundError, declared
from control_api.kit.values import IdPath, Text
from control_api.platform import PlatformDep

router = APIRouter(prefix="/bots/{id}/conversations", tags=["conversations"])
Name = Annotated[Text, Path(max_length=300, description="As the list of conversations gives it.")]


@router.get("", summary="List a bot's conversations", responses=declared(NotFoundError))
async def list_conversations(
    platform: PlatformDep, caller: Reader, bot_id: IdPath, paging: PagingQuery
) -> Conversations:
    return await ConversationService(platform).list(caller, bot_id, paging)


@router.get("/{conversation}", summary="Read or export a conversation", responses=declared(NotFoundError))
async def read_conversation(
    platform: PlatformDep, caller: Reader, bot_id: IdPath, conversation: Name
) -> ConversationText:
    return await ConversationService(platform).read(caller, bot_id, conversation)


@router.delete(
    "/{conversation}",
    summary="Erase a conversation",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=declared(NotFoundError),
)
async def erase_conversation(
    platform: PlatformDep, caller: Writer, bot_id: IdPath, conversation: Name
) -> None:
    await ConversationService(platform).erase(caller, bot_id, conversation)
