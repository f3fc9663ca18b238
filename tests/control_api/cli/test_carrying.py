"""Bots go out to files and come in from files, against a real control API."""

from __future__ import annotations

import asyncio
import json
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from agent_runtime.spec import merge_patch, read_spec
from control_api.cli.import_bots import _batches, patch
from tests.control_api.cli.conftest import CommandLine, Finished
from tests.control_api.service import Service, spec

TELEGRAM = {"telegram": {"token": {"secret": "TELEGRAM_TOKEN"}}}


class Commands:
    """`botyard` against the service, in another thread: the service answers meanwhile."""

    def __init__(self, command: CommandLine) -> None:
        self._command = command

    async def __call__(self, *arguments: str, **variables: str) -> Finished:
        return await asyncio.to_thread(self._command, *arguments, **variables)


@pytest.fixture
def command(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Commands]:
    command = CommandLine(tmp_path, monkeypatch)
    command.use(BOTYARD_URL=service.url, BOTYARD_TOKEN=service.token)
    # What the service logs is not to stand among what the command prints.
    with structlog.testing.capture_logs():
        yield Commands(command)


async def _specs(service: Service, owner: str) -> dict[str, Any]:
    found = (await service.http.get("/bots", params={"owner": owner})).json()["items"]
    return {each["name"]: each["spec"] for each in found}


async def _three(service: Service) -> None:
    await service.deploy("plain")
    await service.deploy(
        "wordy", spec=spec("wordy", instructions="First.\n\n# not a comment\n\tSecond: é 📦\n")
    )
    secret = {"TELEGRAM_TOKEN": "1:" + "a" * 35}
    answer = await service.deploy("tele", spec=spec("tele", channels=TELEGRAM), secrets=secret)
    assert answer.status_code == 200, answer.text


async def test_what_goes_out_comes_in_for_another_owner(
    service: Service, command: Commands, tmp_path: Path
) -> None:
    await _three(service)
    assert (await service.http.post("/teams", json={"name": "crew"})).status_code == 201
    place = tmp_path / "out.tgz"
    out = await command("export", "--all", "--to", str(place))
    assert out.returncode == 0, out.stderr
    assert "admin.tele: TELEGRAM_TOKEN" in out.stderr
    assert stat.S_IMODE(place.stat().st_mode) & 0o077 == 0
    again = await command("import", str(place), "--json")
    assert sorted(json.loads(again.stdout)["unchanged"]) == ["admin.plain", "admin.tele", "admin.wordy"]
    missing = await command("import", str(place), "--owner", "crew")
    assert missing.returncode == 1
    assert "crew.tele/TELEGRAM_TOKEN" in missing.stderr
    assert await _specs(service, "crew") == {}
    secrets = tmp_path / "secrets"
    secrets.write_text("# by bot\ncrew.tele/TELEGRAM_TOKEN=2:" + "b" * 35 + "\n")
    options = ("--owner", "crew", "--secrets-file", str(secrets))
    dry = await command("import", str(place), *options, "--dry-run", "--json")
    assert (dry.returncode, len(json.loads(dry.stdout)["create"])) == (0, 3)
    assert await _specs(service, "crew") == {}
    done = await command("import", str(place), *options)
    assert done.returncode == 0, done.stderr
    assert await _specs(service, "crew") == await _specs(service, "admin")


async def test_an_import_updates_what_differs_and_nothing_else(
    service: Service, command: Commands, tmp_path: Path
) -> None:
    await _three(service)
    assert (await command("export", "plain", "admin.wordy", "--to", str(tmp_path / "out"))).returncode == 0
    change = {"spec": {"description": "Changed", "memory": {"turns": 5}}}
    await service.write("PATCH", "/bots/admin.plain", json=change)
    shown = await command("import", str(tmp_path / "out"), "--dry-run")
    assert "-description" in shown.stdout
    assert "update 1, unchanged 1" in shown.stdout
    assert (await _specs(service, "admin"))["plain"]["memory"] == {"turns": 5}
    done = await command("import", str(tmp_path / "out" / "admin" / "plain" / "bot.yaml"), "--json")
    assert (json.loads(done.stdout)["update"], len(json.loads(done.stdout)["operations"])) == (
        ["admin.plain"],
        1,
    )
    assert (await _specs(service, "admin"))["plain"] == spec("plain")
    assert set(await _specs(service, "admin")) == {"plain", "wordy", "tele"}


async def test_nothing_is_sent_where_a_file_is_wrong(
    service: Service, command: Commands, tmp_path: Path
) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("version: 1\nname: good\ninstructions: Be kind.\n")
    bad.write_text("version: 1\nname: bad\ninstrutions: Be kind.\n")
    refused = await command("import", str(good), str(bad))
    assert refused.returncode == 1
    assert f"{bad}:3: /instrutions" in refused.stderr
    twice = await command("import", str(good), str(good))
    assert "would both become admin.good" in twice.stderr
    unused = await command("import", str(good), "--secret", "OTHER", OTHER="hidden-value")
    assert "No bot of these uses the secret OTHER" in unused.stderr
    assert "hidden-value" not in unused.stderr + unused.stdout
    empty = await command("import", str(tmp_path / "home" / "keys"))
    assert "There is no bot.yaml in" in empty.stderr
    cut = tmp_path / "cut.tgz"
    assert (await command("import", str(good))).returncode == 0
    assert (await command("export", "good", "--to", str(cut))).returncode == 0
    cut.write_bytes(cut.read_bytes()[:-60])
    assert "is damaged" in (await command("import", str(cut))).stderr
    assert set(await _specs(service, "admin")) == {"good"}


async def test_conversations_are_lines_of_json(service: Service, command: Commands, tmp_path: Path) -> None:
    await service.deploy("plain")
    out = await command("export", "plain", "--conversations", "--to", str(tmp_path / "out.tar"), "--json")
    assert json.loads(out.stdout)["bots"] == [{"id": "admin.plain", "secrets": []}]
    with tarfile.open(tmp_path / "out.tar") as tar:
        assert sorted(tar.getnames()) == [
            "admin/plain/bot.yaml",
            "admin/plain/conversations.jsonl",
            "export.json",
        ]
        content = tar.extractfile("admin/plain/bot.yaml")
        assert content is not None
        assert read_spec(content.read())[1] == spec("plain")
    again = await command("export", "plain", "--to", str(tmp_path / "out.tar"))
    assert "exists" in again.stderr
    assert (await command("export", "--to", str(tmp_path / "x"))).returncode == 2


def test_batches_stay_below_what_the_api_takes() -> None:
    items = [{"id": f"a.b{n}", "spec": {"instructions": "é" * 100_000}} for n in range(20)]
    batches = list(_batches(items))
    assert [item for batch in batches for item in batch] == items
    assert max(len(json.dumps(batch).encode()) for batch in batches) < 1024 * 1024
    assert max(len(batch) for batch in _batches([{"id": "a"}] * 1200)) == 500


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"a": 1, "b": {"c": 1, "d": [1]}}, {"a": 1, "b": {"c": 2, "d": [1, 2]}}),
        ({"a": 1, "b": {"c": 1}}, {"b": {}}),
        ({"a": {"b": 1}}, {"a": 1}),
        ({"a": 1}, {"a": {"b": {"c": 1}}, "x": True}),
        ({"a": 1}, {"a": True}),
        ({"a": 1}, {"a": 1}),
    ],
)
def test_a_patch_leads_from_one_to_the_other(old: dict[str, Any], new: dict[str, Any]) -> None:
    change = patch(old, new)
    assert json.dumps(merge_patch(old, change), sort_keys=True) == json.dumps(new, sort_keys=True)
    assert bool(change) == (json.dumps(old) != json.dumps(new))


async def test_older_files_come_in_beside_the_others(
    service: Service, command: Commands, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        (tmp_path / "bots" / name).mkdir(parents=True)
    (tmp_path / "bots/one/bot.yaml").write_text("version: 1\nname: one\ninstructions: Be kind.\n")
    older = tmp_path / "bots/two/agent.config.json"
    older.write_text(
        '{"name": "two", "model": "embedded",\n "instruction": "Be brief.", "scaling": {"replicas": 2}}'
    )
    done = await command("import", str(tmp_path / "bots"), "--owner", "admin")
    assert done.returncode == 0, done.stderr
    assert f"{older}:2: /scaling/replicas: was left out" in done.stderr
    assert (await _specs(service, "admin"))["two"]["instructions"] == "Be brief."
