"""Settings of the environment: one that is set to nothing counts as unset."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from agent_runtime.settings import RuntimeSettings
from control_api.cli.settings import CommandSettings, default_home
from control_api.settings import ControlSettings
from gitops.local.settings import EngineSettings


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "PUBLIC_URL", "TELEGRAM_API_URL", "LISTENERS", "URL", "TOKEN"):
        monkeypatch.setenv(f"BOTYARD_{name}", "")
    homes = {each().home for each in (RuntimeSettings, CommandSettings, ControlSettings, EngineSettings)}
    assert homes == {default_home()}
    assert RuntimeSettings().public_url is None
    assert RuntimeSettings().telegram_api_url == "https://api.telegram.org"
    assert CommandSettings().url is None


def test_every_process_logs_in_one_shape() -> None:
    code = (
        "from agent_runtime.log import set_up_log; import logging, structlog; set_up_log();"
        "structlog.get_logger().info('begun', part='hive'); structlog.get_logger().debug('never shown')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    (line,) = done.stderr.splitlines()
    assert json.loads(line).keys() == {"event", "part", "level", "at"}
