"""`agent.config.json` on the command line: deployed, printed, checked, with a word on all that changed."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from agent_runtime.spec import read_spec
from tests.control_api.cli.conftest import CommandLine, operation
from tests.control_api.cli.scripted_api import ScriptedApi

KEY = "sk-" + secrets.token_hex(12)
OLDER = f"""\
{{
  "name": "support",
  "model": "OpenAI gpt-4o",
  "instruction": "You are kind.",
  "scaling": {{"replicas": 3}},
  "env": {{"STORE": "eu", "OPENAI_API_KEY": "{KEY}"}}
}}
"""


def older(folder: Path, text: str = OLDER) -> str:
    path = folder / "agent.config.json"
    path.write_text(text)
    return str(path)


def test_an_older_file_is_deployed_and_its_values_stay_out(
    botyard_command: CommandLine, api: ScriptedApi, tmp_path: Path
) -> None:
    path = older(tmp_path)
    missing = {"pointer": "/spec/model/key", "detail": "names the secret OPENAI_API_KEY, which is not set; …"}
    api.on("GET /me", {"user": {"name": "alice"}})
    api.on("POST /bots", {"title": "A secret is missing", "errors": [missing]}, status=422)
    api.on("POST /bots", {"bot": {}, "operation": operation()})
    failed = botyard_command("deploy", path)
    assert failed.returncode == 1
    assert f"{path}:5: /scaling/replicas: was left out: a bot runs as one copy" in failed.stderr
    assert f"{path}:6: /env/OPENAI_API_KEY: its value was not taken" in failed.stderr
    assert f"botyard deploy {path} --secret OPENAI_API_KEY" in failed.stderr
    done = botyard_command("deploy", path, "--secret", "OPENAI_API_KEY", OPENAI_API_KEY="given")
    assert done.returncode == 0, done.stderr
    body = api.of("POST", "/bots")[-1].body
    assert body["secrets"] == {"OPENAI_API_KEY": "given"}
    assert body["spec"]["environment"] == {"STORE": "eu"}
    assert KEY not in failed.stderr + done.stderr + done.stdout + json.dumps(body)


def test_it_is_printed_as_bot_yaml_without_a_botyard(botyard_command: CommandLine, tmp_path: Path) -> None:
    botyard_command.forget("BOTYARD_URL", "BOTYARD_TOKEN")
    done = botyard_command("deploy", older(tmp_path), "--print", "--name", "helper")
    assert done.returncode == 0, done.stderr
    spec, _ = read_spec(done.stdout.encode(), name="helper")
    assert (spec.model.model_id, spec.environment) == ("gpt-4o", {"STORE": "eu"})
    assert KEY not in done.stdout + done.stderr


def test_one_that_cannot_be_deployed_says_where_and_is_printed_to_be_corrected(
    botyard_command: CommandLine, api: ScriptedApi, tmp_path: Path
) -> None:
    path = older(tmp_path, OLDER.replace("OpenAI gpt-4o", "Anthropic claude-sonnet"))
    failed = botyard_command("deploy", path)
    assert failed.returncode == 1
    assert f"{path}:3: /model: not available yet: use embedded, openai" in failed.stderr
    assert f"botyard deploy {path} --print > bot.yaml" in failed.stderr
    assert not api.asked
    printed = botyard_command("deploy", path, "--print")
    assert (printed.returncode, 'provider: "anthropic"' in printed.stdout) == (0, True)
    assert f"{path}:3: /model: not available yet" in printed.stderr


def test_validate_reads_it_too(botyard_command: CommandLine, tmp_path: Path) -> None:
    path = older(tmp_path)
    assert botyard_command("validate", path).stdout == f"{path}: support is valid.\n"
    told = json.loads(botyard_command("validate", path, "--json").stdout)
    assert (told["valid"], told["problems"]) == (True, [])
    assert [each["pointer"] for each in told["remarks"]] == ["/env/OPENAI_API_KEY", "/scaling/replicas"]
    broken = botyard_command("validate", older(tmp_path, '{"name": "x",}'), "--json")
    assert broken.returncode == 1
    assert "is not JSON" in json.loads(broken.stdout)["problems"][0]["detail"]


def test_a_specification_of_today_may_be_json(botyard_command: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "bot.json"
    path.write_text('{"version": 1, "name": "support", "instructions": "You are kind."}')
    assert botyard_command("validate", str(path)).returncode == 0
    path.write_text('{"version": 1, "name": "support", "instructions": ""}')
    assert "/instructions" in botyard_command("validate", str(path)).stderr
