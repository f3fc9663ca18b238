"""`resources`, `scaling`, `endpoints` and `logging`: how the bot was run."""

from __future__ import annotations

import math
import re
from typing import Any

from agent_runtime.spec.agent_config.report import Report, leftovers
from agent_runtime.spec.problems import pointer

_LEVELS = {
    "trace": "debug",
    "verbose": "debug",
    "debug": "debug",
    "info": "info",
    "notice": "info",
    "warn": "warning",
    "warning": "warning",
    "error": "error",
    "critical": "error",
    "fatal": "error",
}
_MEMORY = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([KMG]?)(i?)B?\s*\Z", re.IGNORECASE)
_UNITS = {("", False): 1, ("k", False): 1e3, ("m", False): 1e6, ("g", False): 1e9} | {
    ("k", True): 2.0**10,
    ("m", True): 2.0**20,
    ("g", True): 2.0**30,
}
_SCALING = ("replicas", "autoscale", "min_replicas", "max_replicas", "target_cpu_percentage")
# Platforms that take a token and nothing else, by their names; and those that want more.
_BY_TOKEN = {"telegram": "TELEGRAM_TOKEN", "discord": "DISCORD_TOKEN"}
_BY_MORE = ("slack", "whatsapp")


def convert_resources(report: Report, resources: Any) -> None:
    """Puts processors and memory; of requests and limits, the limits."""
    if not isinstance(resources, dict):
        report.remark("/resources", "was left out: it must be an object with cpu and memory")
        return
    place, found = "/resources", resources
    for part in ("limits", "requests"):
        if isinstance(resources.get(part), dict) and found is resources:
            place, found = f"/resources/{part}", resources[part]
        elif part in resources:
            report.remark(
                f"/resources/{part}", "was left out: a bot has one size, for which limits were taken"
            )
    if found.get("cpu") is not None:
        cpu = found["cpu"]
        is_number = isinstance(cpu, int | float) and not isinstance(cpu, bool)
        report.put(f"{place}/cpu", f"{cpu:g}" if is_number else cpu, "resources", "cpu")
    if found.get("memory") is not None:
        _put_memory(report, f"{place}/memory", found["memory"])
    leftovers(report, place, found, ("cpu", "memory", "limits", "requests"))


def _put_memory(report: Report, place: str, memory: Any) -> None:
    parts = _MEMORY.match(str(memory))
    if parts is None:
        report.remark(place, 'was left out: it must be like "512Mi"; set resources.memory in bot.yaml')
        return
    number, unit, binary = parts.groups()
    mebibytes = math.ceil(float(number) * _UNITS[unit.lower(), bool(binary)] / 2**20)
    written = f"{mebibytes // 1024}Gi" if mebibytes % 1024 == 0 and mebibytes else f"{mebibytes}Mi"
    report.put(place, written, "resources", "memory")
    if written != memory and f"{mebibytes}Mi" != memory:
        report.remark(place, f"is written as {written}")


def convert_scaling(report: Report, scaling: Any) -> None:
    """Puts the load at which a copy would be added; a bot runs as one copy today."""
    if not isinstance(scaling, dict):
        report.remark("/scaling", "was left out: it must be an object")
        return
    for key in ("replicas", "min_replicas", "max_replicas"):
        if scaling.get(key) not in (None, 1):
            report.remark(
                f"/scaling/{key}", "was left out: a bot runs as one copy; more are not available yet"
            )
    if scaling.get("autoscale"):
        report.remark("/scaling/autoscale", "was left out: a bot runs as one copy, so nothing is scaled yet")
    if (target := scaling.get("target_cpu_percentage")) is not None:
        report.put("/scaling/target_cpu_percentage", target, "scaling", "target_cpu_percent")
    leftovers(report, "/scaling", scaling, _SCALING)


def convert_endpoints(report: Report, endpoints: Any) -> None:
    """A bot's addresses are given; an endpoint that names a chat platform becomes its channel."""
    entries = endpoints.items() if isinstance(endpoints, dict) else enumerate(_listed(endpoints))
    for key, each in entries:
        place = f"/endpoints{pointer(key)}"
        words = set(re.findall(r"[a-z]+", f"{key} {each}".lower()))
        found = next((name for name in _BY_TOKEN if name in words), None)
        more = next((name for name in _BY_MORE if name in words), None)
        if found:
            if found not in report.spec.get("channels", {}):
                report.put(place, {"token": {"secret": _BY_TOKEN[found]}}, "channels", found)
                report.needs(_BY_TOKEN[found])
            report.remark(place, f"became the channel {found}, whose address Botyard sets itself")
        elif more:
            detail = f"was left out: {more} takes more than a token; write channels.{more} in bot.yaml"
            report.remark(place, detail)
        else:
            detail = "was left out: each bot has the page's chat and POST /api/v1/bots/<id>/chat already"
            report.remark(place, detail)


def _listed(endpoints: Any) -> list[Any]:
    return endpoints if isinstance(endpoints, list) else [endpoints]


def convert_logging(report: Report, logging: Any) -> None:
    """Puts the level."""
    level = logging.get("level") if isinstance(logging, dict) else logging
    place = "/logging/level" if isinstance(logging, dict) else "/logging"
    if level is not None:
        known = _LEVELS.get(str(level).lower())
        if known is None:
            report.remark(place, "was left out: the levels are debug, info, warning and error")
        else:
            report.put(place, known, "log_level")
            if known != str(level).lower():
                report.remark(place, f"is written as {known}")
    if isinstance(logging, dict):
        for key in logging:
            if key != "level":
                detail = "was left out: logs are JSON lines, shown by `botyard logs`"
                report.remark(f"/logging{pointer(key)}", detail)
