"""An Envoy as Istio would configure it for `istio/webhooks.yaml`, with a cluster a bot.

Istio's control plane is not part of the tests, so the patches of the EnvoyFilters are put where it would put
them, and each bot gets the cluster that Istio would make of its Service.
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from agent_runtime.files import write_whole
from control_api.gateway.part import envoy_binary

ISTIO = Path(__file__).resolve().parents[2] / "istio"
_HTTP = (
    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
)
_ROUTER = {
    "name": "envoy.filters.http.router",
    "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"},
}
_READY_WITHIN = 60


def cluster_of(bot: str) -> str:
    """The name that Istio gives to the cluster of a bot's Service."""
    owner, name = bot.split(".")
    return f"outbound|8080||{name}.user-{owner}.svc.cluster.local"


def patches(file: str, target: str) -> list[dict[str, Any]]:
    """The values that an EnvoyFilter puts in, of one kind."""
    found = yaml.safe_load((ISTIO / file).read_bytes())["spec"]["configPatches"]
    return [each["patch"]["value"] for each in found if each["applyTo"] == target]


def configuration(
    port: int, admin: Path, upstreams: Mapping[str, tuple[str, int]], limit: int | None = None
) -> dict[str, Any]:
    """An Envoy on a port of loopback. `upstreams` are addresses by the name of their cluster.

    `limit` is how many requests a second it takes, instead of the number in `istio/limits.yaml`.
    """
    return {
        "node": {"id": "gateway", "cluster": "botyard"},
        "admin": {"address": {"pipe": {"path": str(admin)}}},
        "static_resources": {
            "listeners": [_listener(port, limit)],
            "clusters": [_cluster(name, *address) for name, address in upstreams.items()],
        },
        "stats_config": {"stats_matcher": {"reject_all": True}},
    }


def _listener(port: int, limit: int | None) -> dict[str, Any]:
    [webhooks] = patches("webhooks.yaml", "HTTP_ROUTE")
    [limits] = patches("limits.yaml", "NETWORK_FILTER")
    # INSERT_FIRST puts the later before the earlier.
    filters = [*patches("limits.yaml", "HTTP_FILTER")[::-1], *patches("webhooks.yaml", "HTTP_FILTER")]
    if limit is not None:
        [rate] = [each for each in filters if each["name"] == "botyard.rate"]
        bucket = {"max_tokens": limit, "tokens_per_fill": limit, "fill_interval": "1s"}
        rate["typed_config"]["token_bucket"] = bucket
    control = {"match": {"prefix": "/"}, "route": {"cluster": "control"}}
    manager = {
        "@type": _HTTP,
        "stat_prefix": "front",
        **limits["typed_config"],
        "http_filters": [*filters, _ROUTER],
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [webhooks, control]}]},
    }
    chain = {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
    return {"name": "front", "address": _address("127.0.0.1", port), "filter_chains": [chain]}


def _cluster(name: str, host: str, port: int) -> dict[str, Any]:
    endpoint = {"endpoint": {"address": _address(host, port)}}
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "5s",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }


def discovered(folder: Path, bot: str) -> dict[str, Any]:
    """A cluster whose endpoints are told, as Istio tells them; `point` does it here."""
    source = {"path_config_source": {"path": str(_told(folder, bot))}, "resource_api_version": "V3"}
    return {
        "name": cluster_of(bot),
        "type": "EDS",
        "connect_timeout": "5s",
        "eds_cluster_config": {"eds_config": source},
    }


def resolved(bot: str) -> dict[str, Any]:
    """A cluster whose one endpoint is the bot's Service, by its name on the cluster that we are on."""
    host = cluster_of(bot).rpartition("|")[2]
    wait = {"base_interval": "0.1s", "max_interval": "0.2s"}
    found = {"type": "STRICT_DNS", "dns_refresh_rate": "0.5s", "dns_failure_refresh_rate": wait}
    return {**_cluster(cluster_of(bot), host, 8080), **found}


def point(folder: Path, bot: str, host: str, port: int) -> None:
    """Says where the bot's pod is from now on."""
    assignment = _cluster(cluster_of(bot), host, port)["load_assignment"]
    kind = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"
    write_whole(_told(folder, bot), json.dumps({"resources": [{"@type": kind, **assignment}]}))


def _told(folder: Path, bot: str) -> Path:
    return folder / f"{bot}.json"


def _address(host: str, port: int) -> dict[str, Any]:
    return {"socket_address": {"address": host, "port_value": port}}


@contextlib.contextmanager
def running(folder: Path, config: Mapping[str, Any]) -> Iterator[int]:
    """An Envoy with one worker and this configuration; its process id. It is ready, and ended afterwards."""
    file, admin = folder / "envoy.json", config["admin"]["address"]["pipe"]["path"]
    file.write_text(json.dumps(config))
    command = [str(envoy_binary()), "--config-path", str(file), "--concurrency", "1"]
    command += ["--disable-hot-restart", "--log-level", "error", "--log-path", str(folder / "envoy.log")]
    process = subprocess.Popen(command)
    try:
        _wait(process, admin, folder / "envoy.log")
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], admin: str, log: Path) -> None:
    deadline = time.monotonic() + _READY_WITHIN
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        with contextlib.suppress(OSError):
            if _is_ready(admin):
                return
        time.sleep(0.05)
    raise AssertionError(f"Envoy is not ready after {_READY_WITHIN} s: {log.read_text()}")


def _is_ready(admin: str) -> bool:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(5)
        line.connect(admin)
        line.sendall(b"GET /ready HTTP/1.1\r\nhost: envoy\r\nconnection: close\r\n\r\n")
        return b" 200 " in line.recv(64)
