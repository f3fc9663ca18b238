"""What a message with files comes to: the file's text, a picture or a sound for the model, words heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import structlog

from agent_runtime import documents
from agent_runtime.bot.purse import LedgerPurse
from agent_runtime.brains.choose import Brains
from agent_runtime.channels.channel import Attached, Outbound, RefusedError
from agent_runtime.documents import UnreadableError
from agent_runtime.media import Media, media_of
from agent_runtime.store.ledger import Step, Turn, Used

log = structlog.get_logger()

NO_EYES = "I cannot see pictures. Please tell me in words what is in it."
NO_EARS = "I cannot listen to voice messages. Please write it to me."
NO_WORDS = "I hear no words in that."
NOT_HEARD = "Sorry, I could not listen to that just now. Please write it to me, or try again later."
PICTURE, SOUND = "(A picture came with this.)", "(A voice message.)"
_HEARD = "heard"
# So that the model does not speak as if it had seen them all.
_MISSED = "(The file {} that came with this cannot be read.)"


class BudgetUsedUpError(Exception):
    """The words of a sound would cost more than there is; the text is the limit's name in `budget`."""


@dataclass(frozen=True, slots=True)
class Read:
    """What the message says with its files, what the model gets beside that, and what it has cost so far."""

    text: str
    media: tuple[Media, ...] = ()
    used: tuple[Used, ...] = ()


async def read_attached(
    turn: Turn,
    text: str,
    attached: Sequence[Attached],
    outbound: Outbound,
    brains: Brains,
    purse: LedgerPurse,
) -> Read:
    """What cannot be read of several is said to the model, beside the others.

    UnreadableError with words for the sender where there are no others, BrainError or BudgetUsedUpError where
    hearing failed.
    """
    reader = _Reader(turn, outbound, brains, purse)
    texts, failures = [text], []
    for n, file in enumerate(attached):
        try:
            texts.append(await reader.read(n, file))
        except UnreadableError as error:
            failures.append(error)
            texts.append(_MISSED.format(file.name))
    if len(failures) == len(attached):
        raise failures[0]
    return Read(_joined(*texts), tuple(reader.media), tuple(reader.used))


class _Reader:
    """Reads a message's files, which together may be as large as one."""

    def __init__(self, turn: Turn, outbound: Outbound, brains: Brains, purse: LedgerPurse) -> None:
        self._turn, self._outbound, self._brains, self._purse = turn, outbound, brains, purse
        self._left = documents.LARGEST
        self.media: list[Media] = []
        self.used: list[Used] = []

    async def read(self, n: int, file: Attached) -> str:
        """The text that stands for the message's file of this number."""
        if (words := self._heard_before(n)) is None:
            content = await self._content(file)
            media = media_of(content)
            if media is None:
                return f"The file {file.name}:\n\n{await documents.text_of(content)}"
            if self._is_taken(media):
                self.media.append(media)
                return PICTURE if media.kind == "picture" else SOUND
            if media.kind == "picture":
                raise UnreadableError(NO_EYES)
            words = await self._heard(n, media)
        if not words:
            raise UnreadableError(NO_WORDS)
        return words

    async def _content(self, file: Attached) -> bytes:
        try:
            content = await self._outbound.fetch(file, self._left)
        except RefusedError as error:
            log.warning("file_refused", conversation=self._turn.conversation, reason=str(error))
            raise UnreadableError(documents.NO_TEXT) from None
        if content is None:
            raise UnreadableError(documents.TOO_LARGE)
        self._left -= len(content)
        return content

    def _is_taken(self, media: Media) -> bool:
        """Whether there is a model for it and for all before it."""
        whole = (*self.media, media)
        return any(all(brain.takes(each) for each in whole) for brain in self._brains.all)

    async def _heard(self, n: int, sound: Media) -> str:
        """The words of a sound, paid for and journalled: a crash from here on pays no second time."""
        transcriber = self._brains.transcriber
        if transcriber is None:
            raise UnreadableError(NO_EARS)
        reservation = await self._purse.reserve_for(sound.tokens, transcriber.cost(sound) or 0.0)
        if isinstance(reservation, str):
            raise BudgetUsedUpError(reservation)
        used: Used | None = None
        step: Step | None = None
        try:
            words, used = await transcriber.transcribe(sound)
            step = Step(_HEARD, {"n": n, "text": words, "used": asdict(used)})
        finally:
            await self._purse.spend.settle(reservation, used, step)
        self.used.append(used)
        return words

    def _heard_before(self, n: int) -> str | None:
        for step in self._turn.journal:
            if step.kind == _HEARD and step.data.get("n", 0) == n:
                self.used.append(Used(**step.data["used"]))
                return str(step.data["text"])
        return None


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)
