"""The REST API as tests speak to it: requests as they are, and a few of the journeys' steps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx2

from tests.journeys.processes import eventually


class Api:
    """`/api/v1` with a token."""

    def __init__(self, url: str, token: str | None) -> None:
        self.url = url
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.http = httpx2.Client(
            base_url=f"{url}/api/v1", headers=headers, timeout=httpx2.Timeout(150.0), trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx2.Response:
        """One request; header names take `_` for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if content is not None:
            named.setdefault("content-type", "application/json")
        return self.http.request(method, path, content=content, headers=named)

    def read(self, path: str, **params: Any) -> Any:
        response = self.http.get(path, params=params)
        assert response.status_code == 200, f"GET {path}: {response.status_code} {response.text}"
        return response.json()

    def write(
        self, method: str, path: str, body: Any = None, wait: int = 60, **headers: str
    ) -> dict[str, Any]:
        """A write that must succeed to its last step; the operation."""
        response = self.ask(method, path, body, Prefer=f"wait={wait}", **headers)
        assert response.status_code == 200, f"{method} {path}: {response.status_code} {response.text}"
        operation: dict[str, Any] = response.json()["operation"]
        assert operation["state"] == "succeeded", operation
        return operation

    def deploy(
        self, spec: Mapping[str, Any], secrets: Mapping[str, str] | None = None, owner: str | None = None
    ) -> dict[str, Any]:
        """Create a bot and wait until it has answered; the operation."""
        body: dict[str, Any] = {"spec": spec, "secrets": dict(secrets or {})}
        return self.write("POST", "/bots", {**body, "owner": owner} if owner else body)

    def chat(self, bot: str, text: str, conversation: str | None = None) -> dict[str, Any]:
        """One turn; the `done` event, with the streamed pieces as `deltas`."""
        body = {"text": text, **({"conversation": conversation} if conversation else {})}
        deltas: list[str] = []
        with self.http.sse(f"/bots/{bot}/chat", method="POST", json=body) as source:
            assert source.response.status_code == 200, source.response.read()
            for event in source:
                data = json.loads(event.data)
                if event.event == "delta":
                    deltas.append(data["text"])
                else:
                    assert event.event == "done", data
                    return {**data, "deltas": deltas}
        raise AssertionError("the stream ended without `done`")

    def operation(self, operation: str, within: float = 60.0) -> dict[str, Any]:
        """An operation once it has ended."""

        def ended() -> dict[str, Any] | None:
            found: dict[str, Any] = self.read(f"/operations/{operation}")
            return found if found["state"] in {"succeeded", "failed"} else None

        return eventually(f"operation {operation} ends", ended, within)

    def phase(self, bot: str) -> str:
        return str(self.read(f"/bots/{bot}")["status"]["phase"])


def step(operation: Mapping[str, Any], name: str) -> dict[str, Any]:
    """One step of an operation."""
    return next(found for found in operation["steps"] if found["name"] == name)
