"""What `botyard up` asks of the Botyard that it started, through the gateway like everybody else."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx2

from control_api.cli.sign_in import save, saved
from control_api.settings import ControlSettings

_LOOK_EVERY = 0.05


class Asker:
    """The REST API as the first operator of this machine."""

    def __init__(self, settings: ControlSettings, kept_back: Mapping[str, str]) -> None:
        self._settings = settings
        self._kept_back = kept_back
        self._log = settings.places.logs / "control.log"
        self._http = httpx2.AsyncClient(
            base_url=local_url(settings), timeout=httpx2.Timeout(30.0), trust_env=False
        )

    async def __aenter__(self) -> Asker:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def until_ready(self, within: float) -> None:
        """Wait until the API accepts work. Raises TimeoutError."""
        until = time.monotonic() + within
        while not await self._is_ready():
            if time.monotonic() > until:
                raise TimeoutError(f"the API did not accept work within {within:g} s: its log is {self._log}")
            await asyncio.sleep(_LOOK_EVERY)

    async def sign_in(self) -> str:
        """Sign this machine's command line in, unless it is; a fresh sign-in link for the page."""
        kept = saved(self._settings.places.credentials)
        if kept is not None:
            self._http.headers["authorization"] = f"Bearer {kept.token}"
            answer = await self._http.post("/api/v1/users/admin/sign-in-link")
            if answer.is_success:
                save(self._settings.places, local_url(self._settings), kept.token or "")
                return str(answer.json()["url"])
        made = await self._make_sign_in()
        self._http.headers["authorization"] = f"Bearer {made['token']}"
        save(self._settings.places, local_url(self._settings), made["token"])
        return made["link"]

    async def fleet_is_empty(self) -> bool:
        answer = (await self._http.get("/api/v1/bots", params={"limit": 1})).raise_for_status()
        return not answer.json()["items"]

    async def deploy(self, owner: str, spec: Mapping[str, Any]) -> dict[str, Any]:
        """The operation that deploys the bot."""
        answer = await self._http.post("/api/v1/bots", json={"owner": owner, "spec": dict(spec)})
        operation: dict[str, Any] = answer.raise_for_status().json()["operation"]
        return operation

    async def operation(self, number: str) -> AsyncIterator[dict[str, Any]]:
        """The operation after each of its changes, to its end."""
        path = f"/api/v1/operations/{number}/events"
        async with self._http.stream("GET", path, timeout=httpx2.Timeout(60.0)) as answer:
            answer.raise_for_status()
            async for event in httpx2.EventSource(answer):
                data = json.loads(event.data or "{}")
                if isinstance(data, dict) and "operation" in data:
                    yield data["operation"]

    async def _is_ready(self) -> bool:
        try:
            return (await self._http.get("/readyz", timeout=5.0)).status_code == 200
        except httpx2.TransportError:
            return False

    async def _make_sign_in(self) -> dict[str, str]:
        environment = {
            **os.environ,
            **self._kept_back,
            "BOTYARD_HOME": str(self._settings.home),
            "BOTYARD_HOST": self._settings.host,
            "BOTYARD_PORT": str(self._settings.port),
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "control_api.machine.first_sign_in"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            env=environment,
        )
        try:
            answer, _ = await process.communicate()
        except asyncio.CancelledError:
            process.kill()
            raise
        if process.returncode:
            raise RuntimeError("no sign-in link could be made; the lines above say why")
        made: dict[str, str] = json.loads(answer)
        return made


def local_url(settings: ControlSettings) -> str:
    """The gateway's own address, whatever the public one is."""
    return settings.model_copy(update={"public_url": ""}).url
