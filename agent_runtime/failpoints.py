"""Named places in the code at which a test may end the process that comes there: kill -9, on purpose.

The environment variable BOTYARD_FAILPOINTS names a folder; without it a place costs one comparison. In the
folder a test puts orders, files named `<place>~<anything>`. Whoever comes to the place first takes the oldest
order by renaming it to `<order>.taken`, so that each is carried out once and every hit is on record, and then

- `kill` ends the process by SIGKILL,
- `delay SECONDS` holds the whole process up,
- `full` raises OSError(ENOSPC).

Nothing else arms a place: no setting, no call, no file that a program would come upon by itself. The folder
must be its user's own and closed to others; a process that is given another one refuses to start.
"""

from __future__ import annotations

import errno
import os
import signal
import stat
import sys
import time
from pathlib import Path
from typing import Final

VARIABLE: Final = "BOTYARD_FAILPOINTS"
TAKEN: Final = ".taken"

# Each name is used at one place. It says what has happened there, and the text what a kill there puts to the
# test.
PLACES: Final = {
    # The control API takes a write.
    "api.accepted": "An operation is stored and nobody was told: the caller asks again with the same key.",
    # The committer turns operations into commits.
    "committer.claimed": "Operations are claimed and nothing is written: they are claimed again.",
    "committer.written": "Commits are in a pack that nothing names: they are written again.",
    "committer.prepared": "The ids are stored and no branch has moved: nothing is taken for done.",
    "committer.moved": "The branches have moved and nobody noted it: nothing is committed a second time.",
    "committer.settled": "Operations are settled and the index lacks their rows: it is mended.",
    "committer.indexed": "All is done and nothing was said of it: the next round finds nothing to do.",
    # What others pushed is rendered.
    "projection.written": "Release files are in a pack that nothing names: they are rendered again.",
    "projection.announced": "Operations in their authors' names are stored: they are not made twice.",
    "projection.moved": "The deploy branches have moved and nobody noted it: nothing is rendered twice.",
    "projection.settled": "Operations are settled and the index lacks their rows: it is mended.",
    "remote.pushed": "The remote has the commits and the mirror does not: it follows.",
    # The engine makes the machine run what the branches say.
    "engine.seen": "A branch has moved and nothing is applied: it is seen again.",
    "engine.written": "A revision's folder is there and the hive does not know it: it is told.",
    "engine.told": "The hive has the revision and the engine did not note it: it asks again, to no effect.",
    "engine.settled": "All is applied and nobody was told: whoever listens is told the whole on coming back.",
    # A bot has answered its first question after a commit.
    "proof.answered": "The bot has answered and the operation has not ended: it ends once.",
    # Messages come in.
    "receiver.stored": "A webhook's message is stored and the platform has no 200: it is known again.",
    "listener.fetched": "Messages are fetched and not stored: they are fetched again.",
    "listener.stored": "Messages are stored and not confirmed to the platform: they come again, as the same.",
    "gateway.heard": "Messages are heard and not stored: they are told again to who takes the session up.",
    "gateway.stored": "Messages are stored and the session does not have it: they come again, as the same.",
    "gateway.asked": "A command is heard and not stored: its person sees that nothing came of it.",
    "gateway.missed": "What was missed is not fetched: it is, when its server is told of again.",
    "dispatcher.received": "A message is read and not stored: whoever brought it asks again.",
    "dispatcher.stored": "A message is stored and not acknowledged: it is known when it comes again.",
    "dispatcher.registered": "A revision is stored and the engine has no answer: it asks again.",
    "dispatcher.hands_out": "A message is about to go to a worker: it waits in the store.",
    "dispatcher.answered": "A reply has left and its message is not retired: the bot's ledger knows it.",
    "dispatcher.retired": "A message is retired and nobody was told: it is not answered again.",
    # A worker answers.
    "worker.begun": "A turn is begun and no model asked: it is taken up.",
    "worker.model_answered": "A model has answered and nothing of it is kept: it is asked again.",
    "worker.journalled": "What the model said is kept: it is not asked again.",
    "worker.replied": "The reply is in the outbox and nothing was sent: the next worker sends it.",
    # A reply leaves.
    "outbox.sending": "A part is marked as being sent and was not: it is sent, as one in doubt.",
    "outbox.sent": "A part was sent and is not marked: it is sent again, once, and recorded as uncertain.",
    "outbox.marked": "A part was sent and is marked: it is not sent again.",
    # What the runtime reports is counted.
    "reports.heard": "A worker has reported and nothing is stored: what counts is reported again.",
    "reports.taken": "Reports are counted and not acknowledged: they come again, and are not counted again.",
}


def failpoint(place: str) -> None:
    """A place of this name. Raises OSError where a test ordered that the disk be full."""
    if _folder is not None:
        _carry_out(_folder, place)


def _carry_out(folder: Path, place: str) -> None:
    for order in sorted(folder.glob(f"{place}~*")):
        if order.suffix == TAKEN:
            continue
        taken = order.with_name(f"{order.name}.{os.getpid()}{TAKEN}")
        try:
            order.rename(taken)
        except FileNotFoundError:
            continue  # somebody else was first
        what, _, argument = taken.read_text(encoding="ascii").partition(" ")
        if what == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif what == "delay":
            time.sleep(float(argument))
        elif what == "full":
            raise OSError(errno.ENOSPC, f"{os.strerror(errno.ENOSPC)} (ordered at {place})")
        return


def _armed() -> Path | None:
    named = os.environ.get(VARIABLE)
    if not named:
        return None
    folder = Path(named)
    try:
        status = folder.stat()
    except OSError as error:
        raise SystemExit(f"{VARIABLE} is for tests: {folder} can't be read ({error.strerror})") from None
    private = stat.S_ISDIR(status.st_mode) and not stat.S_IMODE(status.st_mode) & 0o077
    if not (folder.is_absolute() and private and status.st_uid == os.getuid()):
        raise SystemExit(f"{VARIABLE} is for tests: it must name a folder of mode 0700 of this user, in full")
    sys.stderr.write(f"{VARIABLE} is set: this process may be killed on purpose by orders in {folder}\n")
    return folder


# Read once and at import, so that nothing that a program does later to its environment arms anything.
_folder = _armed()
