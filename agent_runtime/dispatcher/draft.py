"""A draft turn of a specification that is not deployed: a worker of its own, and nothing kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from agent_runtime.dispatcher.registry import Registration
from agent_runtime.dispatcher.services import Services
from agent_runtime.spec import BotSpec, SpecError, parse_spec, runtime_file
from agent_runtime.wire import FORMAT, Json, Peer, PeerGoneError, ProblemError


async def run_draft(
    services: Services, deployed: Registration | None, data: Json, part: Callable[[Json], None]
) -> Json:
    """The answer; deltas go to `part`. Secrets that are not given are the deployed bot's own."""
    try:
        spec = parse_spec(data["spec"])
    except SpecError as error:
        problems = [{"pointer": each.pointer, "detail": each.detail} for each in error.problems]
        raise ProblemError(422, "the specification is not valid", str(error), errors=problems) from None
    secrets = await _model_secrets(services, spec, deployed, data.get("secrets") or {})
    # A draft speaks on no channel, so it needs no channel's token either.
    written = {key: value for key, value in data["spec"].items() if key != "channels"}
    hello = {
        "format": FORMAT,
        "bot": deployed.bot if deployed else f"draft.{spec.name}",
        "draft": runtime_file(written).decode(),
        "secrets": secrets,
    }
    return await _ask_once(services, hello, {"messages": data["messages"]}, part)


async def _model_secrets(
    services: Services, spec: BotSpec, deployed: Registration | None, given: Mapping[str, str]
) -> dict[str, str]:
    names = {name for pointer, name in spec.secrets() if pointer.startswith("/model/")}
    secrets = {name: given[name] for name in names if name in given}
    missing = sorted(names - secrets.keys())
    if deployed is not None and (own := [name for name in missing if name in deployed.secrets]):
        question = {"bot": deployed.bot, "revision": deployed.revision, "names": own}
        secrets |= (await services.keeper.ask("open", question, again=True))["secrets"]
    if still := sorted(names - secrets.keys()):
        raise ProblemError(422, "a secret is missing", f"{', '.join(still)} is named and was not given")
    return secrets


async def _ask_once(services: Services, hello: Json, question: Json, part: Callable[[Json], None]) -> Json:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()

    def heard(_: Peer, kind: str, told: Json) -> None:
        if not ready.done() and kind == "ready":
            ready.set_result(None)
        elif not ready.done() and kind == "unfit":
            ready.set_exception(ProblemError.of({"status": 502, **told}))

    def gone(_: Peer) -> None:
        if not ready.done():
            ready.set_exception(PeerGoneError("the worker ended"))

    async with services.starting:
        ours = await services.launcher.fork("draft", lambda _: None)
        _, peer = await loop.create_unix_connection(lambda: Peer(None, heard, gone), sock=ours)
    try:
        peer.tell("hello", hello)
        async with asyncio.timeout(services.limits.ready_within):
            await ready
        return await peer.ask("draft", question, part)
    except PeerGoneError:
        raise ProblemError(502, "the draft did not answer", "its worker ended before it answered") from None
    except TimeoutError:
        raise ProblemError(502, "the draft did not answer", "its worker was not ready in time") from None
    finally:
        peer.close()
