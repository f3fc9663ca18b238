"""A bot whose behaviour is in its mail: it writes what it sends into a file, and dies when told to."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from agent_runtime.access import CallError
from agent_runtime.mail import Mail, MailWaitsError
from agent_runtime.settings import RuntimeSettings
from agent_runtime.spec import BotSpec
from agent_runtime.store.ledger import Ledger

log = structlog.get_logger()


def text_of(mail: Mail) -> str:
    """What was said on Telegram, on Discord to the bot alone, by a mention or a command, or by a test."""
    payload = json.loads(mail.payload)
    said = payload.get("message") or payload.get("edited_message") or payload
    if "data" in said:
        return str(said["data"]["options"][0]["value"])
    return str(said["text"] if "text" in said else said["content"].partition("> ")[2] or said["content"])


@dataclass
class FakeAnswer:
    text: str
    usage: dict[str, Any] = field(default_factory=dict)
    conversation: str = ""


class FakeBot:
    """Texts: `slow SECONDS`, `poison` (kills its process), `broken` (raises), `away`, `token`
    (can't send), `secret`, `environment`, ….

    A send is one line of `sent.jsonl`, synced; a key that is there already is not sent again.
    """

    def __init__(
        self,
        bot_id: str,
        spec: BotSpec,
        secrets: Mapping[str, str],
        ledger: Ledger,
        settings: RuntimeSettings,
        report: Callable[[str, dict[str, Any]], object],
    ) -> None:
        if "unfit" in spec.instructions:
            raise ValueError("the instructions say that it is unfit")
        self._spec, self._secrets, self._report, self._ledger = spec, secrets, report, ledger
        self._path = settings.paths.bot(bot_id) / "sent.jsonl"
        self._cancelled: dict[str, asyncio.Event] = {}

    async def begin(self) -> None: ...

    async def answer(self, mail: Mail, stream: Callable[[str], None]) -> FakeAnswer:
        text = text_of(mail)
        word, _, rest = text.partition(" ")
        log.info("answering", key=mail.key, text=text)
        if word == "poison":
            os.kill(os.getpid(), signal.SIGKILL)
        if word == "broken":
            raise ValueError(f"can't answer with {self._secrets.get('MODEL_KEY')}")
        if word == "away" and (self._path.parent / "away").exists():
            raise MailWaitsError("the platform is away", "Wait.")
        if word == "token" and self._spec.instructions == "one":
            raise MailWaitsError("the platform refuses the token", "Set it anew.", for_revision=True)
        if word == "slow":
            await self._sleep(mail.conversation, float(rest.split()[0]))
        reply = f"{self._spec.instructions}: {text}"
        if word == "secret":
            reply = json.dumps(dict(self._secrets))
        if word == "environment":
            reply = json.dumps({name: value for name, value in os.environ.items() if name.startswith("BOT_")})
        for piece in reply.split():
            stream(piece + " ")
        self._send(mail, reply)
        self._report("usage", {"id": f"{mail.bot}/usage/{mail.key}", "tokens": len(reply)})
        return FakeAnswer(reply, {"tokens": len(reply)}, mail.conversation)

    async def draft(
        self,
        messages: Sequence[Mapping[str, Any]],
        stream: Callable[[str], None],
        max_output_tokens: int | None = None,
    ) -> FakeAnswer:
        text = str(messages[-1]["content"])
        if "no model" in self._spec.instructions:
            raise ValueError("the model does not answer")
        if "slow" in self._spec.instructions:
            await asyncio.sleep(0.3)
        if "dies of it" in self._spec.instructions:
            os.kill(os.getpid(), signal.SIGKILL)
        stream("hel")
        stream("lo")
        return FakeAnswer(f"hello to {text} within {max_output_tokens}", {"tokens": 2})

    async def call(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        if params.get("sender") == "nobody":
            raise CallError(404, "Nobody is called so.")
        return {"method": method, "params": params, "pid": os.getpid()}

    async def interrupt(self, conversation: str, sender: str, channel: str, payload: str) -> None: ...

    async def cancel(self, conversation: str) -> bool:
        self._cancelled[conversation].set()
        return True

    async def aclose(self) -> None:
        await self._ledger.aclose()

    async def _sleep(self, conversation: str, seconds: float) -> None:
        cancelled = self._cancelled.setdefault(conversation, asyncio.Event())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(cancelled.wait(), seconds)

    def _send(self, mail: Mail, reply: str) -> None:
        with self._path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            if mail.key in {json.loads(line)["key"] for line in file}:
                return
            sent: dict[str, Any] = {"key": mail.key, "conversation": mail.conversation, "text": text_of(mail)}
            sent |= {"reply": reply, "pid": os.getpid(), "attempt": mail.attempt, "at": time.time()}
            file.write(json.dumps(sent).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
