"""What a pod offers over HTTP: probes, `/webhook/{id}` for platforms, the inner API for the control plane."""

from __future__ import annotations

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from agent_runtime.receiver.problems import problem_answer
from agent_runtime.wire import ProblemError


class Entrance:
    """An ASGI application that serves before the bot does: probes always, all else once it is `open`ed."""

    def __init__(self) -> None:
        self._webhooks: ASGIApp | None = None
        self._inner: ASGIApp | None = None
        self.shut_because = "it is starting"

    @property
    def is_open(self) -> bool:
        return not self.shut_because

    def open(self, webhooks: ASGIApp, inner: ASGIApp) -> None:
        self._webhooks, self._inner, self.shut_because = webhooks, inner, ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path == "/healthz":
            app: ASGIApp = JSONResponse({"ok": True})
        elif path == "/readyz" and self.is_open:
            app = JSONResponse({"ready": True})
        elif path == "/readyz" or self._webhooks is None or self._inner is None:
            refusal = ProblemError(503, "not ready", f"this pod is not ready: {self.shut_because}")
            app = await problem_answer(None, refusal)
        else:
            app = self._webhooks if path.startswith("/webhook/") else self._inner
        await app(scope, receive, send)
