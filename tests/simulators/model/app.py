"""The server: `/v1/chat/completions` as OpenAI answers it, `/v1/models`, and `/_sim/` for the test.

`/v1` wants a key (any but those that begin with `sk-refused`); `/open/v1` wants none, as a server at home.
Reference: https://platform.openai.com/docs/api-reference/chat and https://platform.openai.com/docs/guides/error-codes
"""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from collections import Counter, deque
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tests.simulators.media import told
from tests.simulators.model.behaviours import BEHAVIOURS, Behaviour, behaviour_of
from tests.simulators.model.rules import RefusedError, check

# https://platform.openai.com/docs/api-reference/audio/createTranscription
_SOUNDS = (".flac", ".mp3", ".mp4", ".mpeg", ".mpga", ".m4a", ".ogg", ".wav", ".webm")
_PIECE = re.compile(r"\S+\s*|\s+")


@dataclass(frozen=True)
class Seen:
    """One request as it came in. `at` is Unix time in seconds."""

    at: float
    model: str
    key: str
    body: dict[str, Any]


def tokens_in(text: str) -> int:
    """About four characters a token, as OpenAI's rule of thumb has it."""
    return (len(text) + 3) // 4


def error_body(message: str, kind: str, code: str | None, param: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


class _Stream(Response):
    """Server-sent events that may end as badly as a dropped connection: without their last chunk."""

    def __init__(self, chunks: AsyncIterator[bytes | None]) -> None:
        super().__init__(media_type="text/event-stream")
        del self.headers["content-length"]
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        async for chunk in self._chunks:
            if chunk is None:
                return
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


class ModelSimulator:
    """State and routes of one model server."""

    def __init__(self) -> None:
        self.requests: list[Seen] = []
        self.scripts: dict[str, deque[Behaviour]] = {}
        self._counts: Counter[tuple[str, str]] = Counter()
        self.app = Starlette(
            routes=[
                Route("/v1/chat/completions", self._chat, methods=["POST"]),
                Route("/open/v1/chat/completions", self._chat, methods=["POST"]),
                Route("/v1/audio/transcriptions", self._transcribe, methods=["POST"]),
                Route("/open/v1/audio/transcriptions", self._transcribe, methods=["POST"]),
                Route("/v1/models", self._models),
                Route("/open/v1/models", self._models),
                Route("/redirect/v1/chat/completions", self._redirect, methods=["POST"]),
                Route("/_sim/requests", self._seen, methods=["GET", "DELETE"]),
                Route("/_sim/script", self._script, methods=["POST"]),
            ]
        )

    def script(self, model: str, *behaviours: Behaviour) -> None:
        """The next answers of `model`, before it behaves as its name says."""
        self.scripts.setdefault(model, deque()).extend(behaviours)

    async def _chat(self, request: Request) -> Response:
        key = request.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            body = check(await request.body())
        except RefusedError as refusal:
            return JSONResponse(refusal.body, refusal.status)
        self.requests.append(Seen(time.time(), body["model"], key, body))
        if request.url.path.startswith("/v1/") and (not key or key.startswith("sk-refused")):
            # https://platform.openai.com/docs/guides/error-codes: 401, incorrect API key provided. The real
            # message repeats a part of the key, so a client that shows it leaks: repeat all of it here.
            return JSONResponse(
                error_body(f"Incorrect API key provided: {key}.", "invalid_request_error", "invalid_api_key"),
                401,
            )
        behaviour = self._next(body, key)
        if behaviour is None:
            message = f"The model `{body['model']}` does not exist or you do not have access to it."
            return JSONResponse(error_body(message, "invalid_request_error", "model_not_found"), 404)
        return await self._answer(behaviour, body)

    def _next(self, body: dict[str, Any], key: str) -> Behaviour | None:
        model = body["model"]
        if script := self.scripts.get(model):
            return script.popleft()
        seen = self._counts[model, key]
        self._counts[model, key] += 1
        return behaviour_of(model, body["messages"], seen)

    async def _answer(self, behaviour: Behaviour, body: dict[str, Any]) -> Response:
        for name in behaviour.refuses:
            if name in body and not (name == "temperature" and body[name] == 1):
                message = f"Unsupported parameter: '{name}' is not supported with this model."
                code = "unsupported_value" if name == "temperature" else "unsupported_parameter"
                return JSONResponse(error_body(message, "invalid_request_error", code, name), 400)
        if behaviour.status != 200:
            content = error_body(behaviour.message, behaviour.kind, behaviour.code)
            return JSONResponse(content, behaviour.status, headers=behaviour.headers)
        behaviour = self._limited(behaviour, body)
        if body.get("stream"):
            return _Stream(self._chunks(behaviour, body))
        await asyncio.sleep(behaviour.first_delay)
        return JSONResponse(self._whole(behaviour, body))

    @staticmethod
    def _limited(behaviour: Behaviour, body: dict[str, Any]) -> Behaviour:
        limit = body.get("max_completion_tokens") or body.get("max_tokens")
        if limit is None or tokens_in(behaviour.text) <= limit:
            return behaviour
        return replace(behaviour, text=behaviour.text[: limit * 4], finish="length")

    @staticmethod
    def _usage(behaviour: Behaviour, body: dict[str, Any]) -> dict[str, int]:
        sent = sum(tokens_in(str(m["content"])) for m in body["messages"])
        said = tokens_in(behaviour.text)
        return {"prompt_tokens": sent, "completion_tokens": said, "total_tokens": sent + said}

    def _whole(self, behaviour: Behaviour, body: dict[str, Any]) -> dict[str, Any]:
        message = {"role": "assistant", "content": behaviour.text, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": behaviour.finish}
        head = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "object": "chat.completion",
            "created": int(time.time()),
        }
        return head | {"model": body["model"], "choices": [choice], "usage": self._usage(behaviour, body)}

    async def _chunks(self, behaviour: Behaviour, body: dict[str, Any]) -> AsyncIterator[bytes | None]:
        head = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": body["model"],
        }
        wants_usage = bool((body.get("stream_options") or {}).get("include_usage"))
        usage: dict[str, Any] = {"usage": None} if wants_usage else {}

        def event(delta: dict[str, Any], finish: str | None = None) -> bytes:
            choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
            return b"data: " + json.dumps(head | {"choices": [choice]} | usage).encode() + b"\n\n"

        await asyncio.sleep(behaviour.first_delay)
        if behaviour.cut_after == 0:
            yield None
        yield event({"role": "assistant", "content": "", "refusal": None})
        for n, piece in enumerate(_PIECE.findall(behaviour.text), 1):
            yield event({"content": piece})
            if behaviour.cut_after == n:
                yield None
            if behaviour.garbage_after == n:
                yield f"data: {behaviour.garbage}\n\n".encode()
            if behaviour.error_after == n:
                failure = error_body(behaviour.message, behaviour.kind, behaviour.code)
                yield b"data: " + json.dumps(failure).encode() + b"\n\n"
            await asyncio.sleep(behaviour.delay)
        yield event({}, behaviour.finish)
        if wants_usage and behaviour.usage:
            last = head | {"choices": [], "usage": self._usage(behaviour, body)}
            yield b"data: " + json.dumps(last).encode() + b"\n\n"
        yield b"data: [DONE]\n\n"

    async def _transcribe(self, request: Request) -> Response:
        """https://platform.openai.com/docs/api-reference/audio/createTranscription; `usage` in seconds."""
        key = request.headers.get("authorization", "").removeprefix("Bearer ")
        async with request.form() as form:
            file, model = form.get("file"), str(form.get("model"))
            if not isinstance(file, UploadFile) or not str(file.filename).endswith(_SOUNDS):
                message = f"Invalid file format. Supported formats: {[each[1:] for each in _SOUNDS]}"
                return JSONResponse(error_body(message, "invalid_request_error", None), 400)
            words = told(await file.read())
        self.requests.append(Seen(time.time(), model, key, {"file": file.filename}))
        behaviour = self._next({"model": model, "messages": [{"role": "user", "content": words}]}, key)
        if behaviour is not None and behaviour.status != 200:
            content = error_body(behaviour.message, behaviour.kind, behaviour.code)
            return JSONResponse(content, behaviour.status, headers=behaviour.headers)
        return JSONResponse({"text": words, "usage": {"type": "duration", "seconds": 3}})

    async def _redirect(self, request: Request) -> Response:
        """A model server that sends its caller elsewhere, as an attacker's would."""
        return Response(
            status_code=307, headers={"location": request.query_params.get("to", "/v1/chat/completions")}
        )

    async def _models(self, request: Request) -> Response:
        data = [{"id": name, "object": "model", "created": 0, "owned_by": "simulator"} for name in BEHAVIOURS]
        return JSONResponse({"object": "list", "data": data})

    async def _seen(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.requests.clear()
        return JSONResponse([asdict(seen) for seen in self.requests])

    async def _script(self, request: Request) -> Response:
        """`{"model": "m", "answers": [{"status": 429, "headers": {"retry-after": "1"}}, {"text": "hi"}]}`."""
        body = await request.json()
        self.script(body["model"], *[Behaviour(**answer) for answer in body["answers"]])
        return JSONResponse({"ok": True})
