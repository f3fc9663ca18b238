"""Who may talk to a bot on a chat platform: pairing, an allowlist, or everybody.

This is runtime data and not Git: people come and go by talking, and by their owner's yes or no.
"""

from __future__ import annotations

import re
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
UNPAIRED = (
    "This bot has no owner yet. Its owner can open the pairing link that Botyard shows, or send the code: "
    "start CODE."
)
WRONG_CODE = "That pairing code is not valid. Open the link that Botyard shows for this bot."
ASKED = "This bot is private. I have told its owner that you ask to talk to it."
LET_IN = "You may talk to me now."
NOBODY_ASKS = "Nobody of that id asks to talk to me any more."
STILL_ASKING = "This bot is private, and its owner has not let you in yet."
NOT_LISTED = "This bot is private: it talks only to people on its owner's list."

_MARKDOWN = re.compile(r"[\\`*_\[\]<>#~|]")
_APPROVE, _DECLINE = "approve_", "decline_"

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
class Verdict:
    """What to say in place of a turn, and what others are told: their conversations, with the words.

    Nothing, an empty text, is said where a group would read the same refusal again and again.
    """

    text: str
    aside: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Access:
    """The gate of one bot."""

    spec: AccessSpec
    people: People
    greeting: str
    report: Report

    async def check(self, sender: str, conversation: str, incoming: Incoming, at: float) -> Verdict | None:
        """A greeting, a refusal, or an owner's yes or no carried out. None lets the message through."""
        started = incoming.command == START
        if started and incoming.argument and self.spec.policy == "pairing":
            if await self.people.pair(Person(sender, incoming.name, "owner", at), incoming.argument):
                self.report("access", {"event": "paired", "sender": sender, "name": incoming.name})
                return Verdict(PAIRED)
            if not await self.may(sender, conversation):
                return Verdict(WRONG_CODE)
        if not await self.may(sender, conversation):
            return await self._refuse(sender, incoming, at)
        if (incoming.command or "").startswith((_APPROVE, _DECLINE)) and await self._owns(sender):
            return await self._decide(sender, incoming.command or "", at)
        return Verdict(self.greeting) if started else None

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

    async def _decide(self, owner: str, command: str, at: float) -> Verdict:
        """`/approve_1234` and `/decline_1234`, as an owner was told to answer a request."""
        verb, _, number = command.partition("_")
        asker = f"{owner.partition(':')[0]}:{number}"
        asking = [each for each in await self.people.everybody() if each.sender == asker]
        if not asking or asking[0].role != "asking":
            return Verdict(NOBODY_ASKS)
        name = _plain(asking[0].name or asker)
        if f"{verb}_" == _DECLINE:
            await self.revoke(asker)
            return Verdict(f"{name} may not talk to me.")
        await self.approve(asker, asking[0].name, at)
        return Verdict(f"{name} may talk to me now.", ((asker, LET_IN),))

    async def _refuse(self, sender: str, incoming: Incoming, at: float) -> Verdict:
        name = incoming.name
        if self.spec.policy == "allowlist":
            return Verdict("" if incoming.in_group else NOT_LISTED)
        if not await self._owners():
            return Verdict(UNPAIRED)
        if await self.people.role(sender) == "asking":
            return Verdict("" if incoming.in_group else STILL_ASKING)
        await self.people.put(Person(sender, name, "asking", at))
        self.report("access", {"event": "asked", "sender": sender, "name": name})
        platform, _, number = sender.partition(":")
        yes, no = (f"{incoming.slash}{verb}{number}" for verb in (_APPROVE, _DECLINE))
        question = f"{_plain(name or sender)} asks to talk to me. {yes} or {no}?"
        owners = [each for each in await self._owners() if each.startswith(f"{platform}:")]
        return Verdict(ASKED, tuple((owner, question) for owner in owners))

    async def _owners(self) -> list[str]:
        return [person.sender for person in await self.people.everybody() if person.role == "owner"]

    async def _owns(self, sender: str) -> bool:
        return self.spec.policy == "pairing" and await self.people.role(sender) == "owner"

    async def pairing_code(self) -> str | None:
        """The code that makes its sender the owner; None where nobody needs one. It works once."""
        if self.spec.policy != "pairing" or await self._owners():
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


def _plain(name: str) -> str:
    """A name that somebody chose, without Markdown: an owner is not to tap a link that a stranger made."""
    return _MARKDOWN.sub("", name)


def _chat_of(conversation: str) -> str:
    """`telegram:<chat>:<topic>` → `telegram:<chat>`, which is also the id of a person who talks alone."""
    return ":".join(conversation.split(":")[:2])
