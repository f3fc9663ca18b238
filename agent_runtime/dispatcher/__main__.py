"""The dispatcher's process: `python -m agent_runtime.dispatcher`."""

from __future__ import annotations

import asyncio
import sys

import structlog

from agent_runtime.dispatcher.dispatcher import Dispatcher
from agent_runtime.dispatcher.launcher import Launcher
from agent_runtime.dispatcher.serve import Desk
from agent_runtime.dispatcher.services import Limits, Services
from agent_runtime.hive.process import run, told_to_end
from agent_runtime.log import set_up_log
from agent_runtime.logbook import Logbook
from agent_runtime.settings import RuntimeSettings
from agent_runtime.store.errors import StoreFormatError
from agent_runtime.store.open import check_inbox, open_inbox
from agent_runtime.supervisor import inherited, listen, my_turn, ready
from agent_runtime.wire import Link, Peer

log = structlog.get_logger()


async def serve(settings: RuntimeSettings, limits: Limits) -> None:
    """Serve until told to end. The inbox is closed last, when nothing more can come to be written."""
    home = settings.paths
    inbox = open_inbox(settings)
    keeper, logbook = Link(home.socket("keeper")), Logbook(home)
    launcher = Launcher(home.socket("launcher"), lambda pid, status: services.has_ended(pid, status))
    dispatcher = Dispatcher(
        lambda changed: Services(settings, inbox, keeper, launcher, logbook, limits, changed)
    )
    services = dispatcher.services
    await dispatcher.recover()
    desk = Desk(dispatcher)
    server = await asyncio.get_running_loop().create_unix_server(
        lambda: Peer(desk.asked, desk.heard),
        sock=inherited("dispatcher") or listen(home.socket("dispatcher")),
    )
    ready()
    log.info("dispatcher_ready", bots=len(dispatcher.bots()))
    await told_to_end()
    # What comes now is stored still; whoever comes in place of this process answers it.
    await dispatcher.drain()
    server.close()
    await dispatcher.aclose()
    keeper.close()
    launcher.close()
    logbook.close()
    await inbox.aclose()


def main(settings: RuntimeSettings, limits: Limits) -> int:
    """The exit code. What can't be read is said before the one that serves is asked to end."""
    try:
        check_inbox(settings)
    except StoreFormatError as error:
        set_up_log()
        log.error("inbox_not_read", reason=str(error))
        return 1
    my_turn()
    return run(serve(settings, limits))


if __name__ == "__main__":
    sys.exit(main(RuntimeSettings(), Limits()))
