"""Which part of a machine is given what."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from control_api.machine.parts import keep_back, parts
from control_api.settings import ControlSettings

SECRETS = {
    "BOTYARD_DATABASE_URL": "postgresql+psycopg://botyard:of-the-database@db/botyard",
    "BOTYARD_BOOTSTRAP_TOKEN": "byt_of-the-first-operator-0123456789",
    "BOTYARD_TELEGRAM_MANAGER_TOKEN": "7000000001:of-the-operators-manager-bot",
}


def test_the_database_is_known_to_those_who_use_it_and_to_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    settings = ControlSettings(home=tmp_path)
    found = parts(settings, keep_back())
    assert not os.environ.keys() & SECRETS.keys()

    def given(name: str) -> set[str]:
        return {part.name for part in found if part.environment.get(name) == SECRETS[name]}

    assert given("BOTYARD_DATABASE_URL") == {"control", "dispatcher", "launcher"}
    assert given("BOTYARD_BOOTSTRAP_TOKEN") == {"control"}
    assert given("BOTYARD_TELEGRAM_MANAGER_TOKEN") == {"control"}
