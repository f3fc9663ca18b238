"""From a bot that sleeps to a worker that is ready: fork, open the secrets, say hello, wait."""

from __future__ import annotations

import asyncio
from functools import partial

from agent_runtime.dispatcher.registry import Registration
from agent_runtime.dispatcher.services import Services
from agent_runtime.dispatcher.worker import Worker, WorkerState
from agent_runtime.wire import FORMAT, Asked, Gone, Heard, Peer, PeerGoneError, ProblemError


async def bring_up(
    services: Services, registration: Registration, worker: Worker, asked: Asked, heard: Heard, gone: Gone
) -> bool:
    """Whether it is ready. Where not, it was ended, and `worker.problem` says why if somebody knows."""
    try:
        async with services.starting, asyncio.timeout(services.limits.ready_within):
            await _fork(services, registration.bot, worker, Peer(asked, heard, gone))
            await _greet(services, registration, worker)
            await asyncio.shield(worker.ready)
    except ProblemError as error:
        worker.problem = worker.problem or error.problem
    except TimeoutError:
        worker.problem = {"status": 500, "detail": "its worker was not ready in time"}
    except PeerGoneError:
        pass
    else:
        return True
    worker.end()
    return False


async def _fork(services: Services, bot: str, worker: Worker, peer: Peer) -> None:
    ours = await services.launcher.fork(bot, partial(services.is_alive, worker))
    await asyncio.get_running_loop().create_unix_connection(lambda: peer, sock=ours)
    worker.peer = peer
    # Who ended it while there was no peer yet to close left that to be done here.
    if worker.state is WorkerState.LEAVING:
        raise PeerGoneError("it is not wanted any more")


async def _greet(services: Services, registration: Registration, worker: Worker) -> None:
    names = list(registration.secrets)
    question = {"bot": registration.bot, "revision": registration.revision, "names": names}
    opened = await services.keeper.ask("open", question, again=True) if names else {"secrets": {}}
    idle_after = min(registration.idle_after, services.limits.longest_idle)
    worker.tell(
        "hello", {**question, "format": FORMAT, "secrets": opened["secrets"], "idle_after": idle_after}
    )
