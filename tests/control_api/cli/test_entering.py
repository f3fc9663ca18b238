"""Finding Botyard and entering it: help, address, token, refusals."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from agent_runtime.home import Home
from control_api.cli.sign_in import SignIn, current, save
from tests.control_api.cli.conftest import CommandLine
from tests.control_api.cli.scripted_api import ScriptedApi
from tests.journeys.installation import free_port, new_token

COMMANDS = {
    *("up", "deploy", "list", "show", "chat", "logs", "restart", "pause", "resume", "delete"),
    *("history", "diff", "rollback", "validate", "token", "doctor"),
}


def test_help_names_every_command(botyard_command: CommandLine) -> None:
    shown = botyard_command("--help")
    listed = [line.split()[0] for line in shown.stdout.partition("Commands:")[2].splitlines() if line.split()]
    assert shown.returncode == 0
    assert set(listed) >= COMMANDS


def test_help_loads_nothing_heavy() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, control_api.cli; print(*sys.modules, sep='\\n')"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    heavy = {"httpx2", "rich", "pydantic", "pydantic_settings", "sqlalchemy", "fastapi", "uvicorn", "yaml"}
    assert not heavy & set(loaded)


def test_nothing_running_says_how_to_start(botyard_command: CommandLine) -> None:
    failed = botyard_command("list", BOTYARD_URL=f"http://127.0.0.1:{free_port()}")
    assert failed.returncode == 1
    assert "make up" in failed.stderr
    assert failed.stdout == ""


@pytest.mark.parametrize("address", ["nonsense", "ftp://x", "http://[", "http://a b"])
def test_a_bad_address_is_told_and_no_traceback(botyard_command: CommandLine, address: str) -> None:
    failed = botyard_command("list", BOTYARD_URL=address)
    assert failed.returncode == 1
    assert "BOTYARD_URL" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_no_token_and_a_refused_one_say_where_to_get_one(
    botyard_command: CommandLine, api: ScriptedApi
) -> None:
    api.problem("GET /bots", 401, "Sign in first")
    refused = botyard_command("list")
    botyard_command.forget("BOTYARD_TOKEN")
    without = botyard_command("list")
    assert (refused.returncode, without.returncode) == (1, 1)
    assert "unknown or revoked" in refused.stderr
    assert "unset BOTYARD_TOKEN" in refused.stderr
    assert "token create" not in refused.stderr
    assert "make up" in without.stderr


def test_the_address_of_the_api_is_not_that_of_botyard(
    botyard_command: CommandLine, api: ScriptedApi
) -> None:
    failed = botyard_command("list", BOTYARD_URL=f"{api.url}/api/v1/")
    assert failed.returncode == 1
    assert f"set BOTYARD_URL to {api.url}." in failed.stderr


def test_a_refusal_is_json_where_json_was_asked_for(botyard_command: CommandLine, api: ScriptedApi) -> None:
    api.problem("GET /bots", 403, "Not allowed")
    refused = botyard_command("list", "--json")
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["title"] == "Not allowed"
    assert "Error: Not allowed" in refused.stderr


def test_every_wrong_field_is_shown(botyard_command: CommandLine, api: ScriptedApi) -> None:
    errors = [
        {"pointer": "/model/provider", "detail": "not available yet"},
        {"pointer": "/nmae", "detail": "unknown key; did you mean name?"},
    ]
    detail = "/nmae: unknown key; did you mean name?"
    api.problem("POST /bots/alice.support/restart", 422, "It is not valid", detail=detail, errors=errors)
    failed = botyard_command("restart", "alice.support")
    assert failed.returncode == 1
    assert "/model/provider: not available yet" in failed.stderr
    assert failed.stderr.count("/nmae: unknown key; did you mean name?") == 1


def test_an_answer_that_is_no_json_is_no_traceback(botyard_command: CommandLine, api: ScriptedApi) -> None:
    api.streams("GET /bots", ("surprise", {}))
    failed = botyard_command("list")
    assert failed.returncode == 1
    assert "Traceback" not in failed.stderr
    assert "Is this the address of a Botyard?" in failed.stderr


def test_wrong_usage_ends_with_2(botyard_command: CommandLine) -> None:
    assert botyard_command("deploy").returncode == 2
    assert botyard_command("no-such-command").returncode == 2


def test_a_name_with_slashes_reaches_no_other_route(botyard_command: CommandLine, api: ScriptedApi) -> None:
    botyard_command("show", "a.b/../../tokens")
    botyard_command("show", "..")
    assert [asked.path for asked in api.asked] == ["/bots/a.b%2F..%2F..%2Ftokens", "/bots/%2E%2E"]


class TestSavedSignIn:
    """The saved sign-in."""

    def test_is_private_and_used(self, botyard_command: CommandLine, api: ScriptedApi) -> None:
        token = new_token()
        save(Home.at(botyard_command.home), api.url, token)
        api.on("GET /bots", {"items": [], "next_cursor": None})
        botyard_command.forget("BOTYARD_URL", "BOTYARD_TOKEN")
        assert botyard_command("list").returncode == 0
        assert api.asked[-1].headers["authorization"] == f"Bearer {token}"
        assert (botyard_command.home / "credentials.json").stat().st_mode & 0o777 == 0o600

    def test_is_not_sent_to_another_address(self, botyard_command: CommandLine, api: ScriptedApi) -> None:
        save(Home.at(botyard_command.home), f"http://127.0.0.1:{free_port()}", new_token())
        botyard_command.forget("BOTYARD_TOKEN")
        botyard_command("list")
        assert "authorization" not in api.asked[-1].headers

    @pytest.mark.parametrize("content", ["", "{", "[]", '{"url": 1}', "\x00"])
    def test_that_is_damaged_counts_as_none(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
    ) -> None:
        monkeypatch.setenv("BOTYARD_HOME", str(tmp_path))
        monkeypatch.delenv("BOTYARD_URL", raising=False)
        monkeypatch.delenv("BOTYARD_TOKEN", raising=False)
        (tmp_path / "credentials.json").write_text(content)
        assert current() == SignIn("http://127.0.0.1:8080", None)
