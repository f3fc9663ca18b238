"""Fills in `envoy.yaml` for one home and writes it where Envoy reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from agent_runtime.files import write_whole
from agent_runtime.home import Home
from control_api.gateway.replies import local_replies

_FILE = Path(__file__).with_name("envoy.yaml")


def admin_socket(home: Home) -> Path:
    return home.socket("gateway-admin")


def configuration(home: Home, host: str, port: int) -> Any:
    """The configuration as data. `host` is an IP address."""
    values = {
        "<host>": host,
        "<port>": port,
        "<admin socket>": str(admin_socket(home)),
        "<control socket>": str(home.socket("control")),
        "<webhook socket>": str(home.socket("webhook")),
        "<local replies>": local_replies(),
    }
    return _fill(yaml.safe_load(_FILE.read_text()), values)


def write(home: Home, host: str, port: int) -> Path:
    """Write the configuration file, as JSON; its path."""
    path = home.root / "gateway" / "envoy.json"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(path, json.dumps(configuration(home, host, port), indent=1))
    return path


def _fill(node: Any, values: dict[str, Any]) -> Any:
    if isinstance(node, dict):
        return {key: _fill(value, values) for key, value in node.items()}
    if isinstance(node, list):
        return [_fill(value, values) for value in node]
    return values.get(node, node) if isinstance(node, str) else node
