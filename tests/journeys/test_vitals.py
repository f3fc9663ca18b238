"""What an operator sees of the machine: memory, wakes, parts and how often they crashed."""

from __future__ import annotations

import json

from tests.journeys.processes import kill_worker
from tests.journeys.world import World


def test_memory_and_wakes_are_shown(botyard: World) -> None:
    bot = "admin.vital"
    botyard.api.deploy(botyard.spec("vital"))
    kill_worker(botyard.home, bot)
    botyard.api.chat(bot, "hello")
    process = botyard.api.read(f"/bots/{bot}")["status"]["process"]
    assert 1 < process["memory_mib"] < 200
    assert 0 < process["wake_ms"] < 30_000
    assert all(each["status"]["process"] is None for each in botyard.api.read("/bots")["items"])

    system = botyard.api.read("/system")
    assert system["awake"] >= 1
    assert system["wakes"]["count"] >= 2
    assert 0 < system["wakes"]["p50_ms"] <= system["wakes"]["p99_ms"]
    parts = {part["name"]: part for part in system["parts"]}
    for name in (
        "control",
        "engine",
        "keeper",
        "launcher",
        "dispatcher",
        "receiver",
        "listeners-0",
        "gateway",
    ):
        assert parts[name]["state"] == "ok"
        assert parts[name]["memory_mib"] > 1
        assert parts[name]["restarts"] >= 0

    shown = botyard.installation.done("show", bot, BOTYARD_TOKEN=botyard.token)
    assert f"woke at {process['woken_at']}" in shown
    checks = json.loads(botyard.installation.done("doctor", "--json"))
    found = {check["name"]: check["detail"] for check in checks}
    assert "awake; " in found["bots"]
    assert "MiB" in found["dispatcher"]
