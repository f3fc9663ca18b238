"""What a message with a file comes to: the file's text, a picture or a sound for the model, words heard."""

from __future__ import annotations

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


class BudgetUsedUpError(Exception):
    """The words of a sound would cost more than there is; the text is the limit's name in `budget`."""


@dataclass(frozen=True, slots=True)
class Read:
    """What the message says with its file, what the model gets beside that, and what it has cost so far."""

    text: str
    media: tuple[Media, ...] = ()
    used: tuple[Used, ...] = ()


async def read_attached(
    turn: Turn, text: str, attached: Attached, outbound: Outbound, brains: Brains, purse: LedgerPurse
) -> Read:
    """UnreadableError with words for the sender, BrainError or BudgetUsedUpError where hearing failed."""
    if (heard := _heard_before(turn)) is not None:
        return heard
    try:
        content = await outbound.fetch(attached, documents.LARGEST)
    except RefusedError as error:
        log.warning("file_refused", conversation=turn.conversation, reason=str(error))
        raise UnreadableError(documents.NO_TEXT) from None
    if content is None:
        raise UnreadableError(documents.TOO_LARGE)
    media = media_of(content)
    if media is None:
        return Read(_joined(text, f"The file {attached.name}:\n\n{await documents.text_of(content)}"))
    if any(brain.takes(media) for brain in brains.all):
        return Read(_joined(text, PICTURE if media.kind == "picture" else SOUND), (media,))
    if media.kind == "picture":
        raise UnreadableError(NO_EYES)
    return await _heard(text, media, brains, purse)


async def _heard(text: str, sound: Media, brains: Brains, purse: LedgerPurse) -> Read:
    """The words of a sound, paid for and journalled: a crash from here on pays for them no second time."""
    transcriber = brains.transcriber
    if transcriber is None:
        raise UnreadableError(NO_EARS)
    reservation = await purse.reserve_for(sound.tokens, transcriber.cost(sound) or 0.0)
    if isinstance(reservation, str):
        raise BudgetUsedUpError(reservation)
    used: Used | None = None
    step: Step | None = None
    try:
        words, used = await transcriber.transcribe(sound)
        said = _joined(text, words) if words else ""
        step = Step(_HEARD, {"text": said, "used": asdict(used)})
    finally:
        await purse.spend.settle(reservation, used, step)
    return _checked(Read(said, used=(used,)))


def _heard_before(turn: Turn) -> Read | None:
    for step in turn.journal:
        if step.kind == _HEARD:
            return _checked(Read(str(step.data["text"]), used=(Used(**step.data["used"]),)))
    return None


def _checked(read: Read) -> Read:
    if not read.text:
        raise UnreadableError(NO_WORDS)
    return read


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)
