"""Who may talk to a bot on a chat platform: pairing, an allowlist, or everybody.

This is runtime data and not Git: people come and go by talking, and by their owner's yes or no.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from agent_runtime.channels.channel import Incoming
from agent_runtime.commands import START
from agent_runtime.spec.bot import Access as AccessSpec
from agent_runtime.store.ledger import People, Person
from agent_runtime.store.ledger.sql_people import PAIRING_CODE

PAIRED = "You are now the owner of this bot. Say something!"
UNPAIRED = "This bot has no owner yet. Its owner can open the pairing link that Botyard shows."
WRONG_CODE = "That pairing code is not valid. Open the link that Botyard shows for this bot."
ASKED = "This bot is private. I have told its owner that you ask to talk to it."
STILL_ASKING = "This bot is private, and its owner has not let you in yet."
NOT_LISTED = "This bot is private: it talks only to people on its owner's list."

Report = Callable[[str, dict[str, Any]], object]


class CallError(Exception):
    """A call that cannot be done; the status is as in HTTP, the text says what to do."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail

    @property
    def problem(self) -> dict[str, Any]:
        """As RFC 9457 has it."""
        title = HTTPStatus(self.status).phrase
        return {"type": "about:blank", "title": title, "status": self.status, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class Access:
    """The gate of one bot."""

    spec: AccessSpec
    people: People
    greeting: str
    report: Report

    async def check(self, sender: str, conversation: str, incoming: Incoming, at: float) -> str | None:
        """What to say in place of a turn: a greeting or a refusal. None lets the message through.

        Nothing, an empty text, is said where a group would read the same refusal again and again.
        """
        started = incoming.command == START
        if started and incoming.argument and self.spec.policy == "pairing":
            if await self.people.pair(Person(sender, incoming.name, "owner", at), incoming.argument):
                self.report("access", {"event": "paired", "sender": sender, "name": incoming.name})
                return PAIRED
            if not await self.may(sender, conversation):
                return WRONG_CODE
        if await self.may(sender, conversation):
            return self.greeting if started else None
        return await self._refuse(sender, incoming, at)

    async def may(self, sender: str, conversation: str) -> bool:
        """Whether somebody may talk to the bot there: as this person, or because all of the group may."""
        who = {sender, _chat_of(conversation)}
        match self.spec.policy:
            case "open":
                return True
            case "allowlist":
                return not who.isdisjoint(self.spec.allow)
            case _:
                return any([await self.people.role(each) in ("owner", "member") for each in who])

    async def _refuse(self, sender: str, incoming: Incoming, at: float) -> str:
        name = incoming.name
        if self.spec.policy == "allowlist":
            return "" if incoming.in_group else NOT_LISTED
        if not await self._has_owner():
            return UNPAIRED
        if await self.people.role(sender) == "asking":
            return "" if incoming.in_group else STILL_ASKING
        await self.people.put(Person(sender, name, "asking", at))
        self.report("access", {"event": "asked", "sender": sender, "name": name})
        return ASKED

    async def _has_owner(self) -> bool:
        return any(person.role == "owner" for person in await self.people.everybody())

    async def pairing_code(self) -> str | None:
        """The code that makes its sender the owner; None where nobody needs one. It works once."""
        if self.spec.policy != "pairing" or await self._has_owner():
            return None
        code = await self.people.note(PAIRING_CODE)
        return code if code is not None else await self.new_code()

    async def new_code(self) -> str:
        """A fresh code, for another owner or in place of one that leaked; the old one is worth nothing."""
        if self.spec.policy != "pairing":
            raise CallError(
                409, f"The bot's access policy is {self.spec.policy}; codes are for policy pairing."
            )
        code = secrets.token_urlsafe(16)
        await self.people.set_note(PAIRING_CODE, code)
        return code

    async def approve(self, sender: str, name: str, at: float) -> None:
        """Let somebody in, whether they asked or not."""
        if self.spec.policy != "pairing":
            raise CallError(
                409,
                f"The bot's access policy is {self.spec.policy}: "
                "who may talk is decided by `access` in its specification.",
            )
        if await self.people.role(sender) != "owner":
            await self.people.put(Person(sender, name, "member", at))

    async def revoke(self, sender: str) -> None:
        """Take somebody's leave to talk, or turn a request down."""
        if not await self.people.remove(sender):
            raise CallError(404, "There is nobody with this id; `botyard access` lists everybody.")


def _chat_of(conversation: str) -> str:
    """`telegram:<chat>:<topic>` → `telegram:<chat>`, which is also the id of a person who talks alone."""
    return ":".join(conversation.split(":")[:2])
