"""`botyard deploy` and watching what it started."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

import pytest

from tests.control_api.cli.conftest import CommandLine, operation
from tests.control_api.cli.scripted_api import ScriptedApi

SPEC = "version: 1\nname: support\ninstructions: Be kind.\nmodel: {provider: embedded}\n"


@pytest.fixture
def spec_file(tmp_path: Path) -> str:
    path = tmp_path / "support.yaml"
    path.write_text(SPEC)
    return str(path)


@pytest.fixture(autouse=True)
def caller(api: ScriptedApi) -> None:
    api.on("GET /me", {"user": {"name": "alice"}, "csrf": None, "scopes": [], "owners": []})


def test_a_new_bot_is_created_and_its_steps_are_shown(
    botyard_command: CommandLine, api: ScriptedApi, spec_file: str
) -> None:
    api.on("POST /bots", {"bot": {}, "operation": operation("running")}, status=202)
    api.streams("GET /operations/op1/events", ("operation", {"operation": operation()}))
    done = botyard_command("deploy", spec_file)
    assert done.returncode == 0, done.stderr
    [asked] = api.of("POST", "/bots")
    assert asked.body == {
        "spec": {
            "version": 1,
            "name": "support",
            "instructions": "Be kind.",
            "model": {"provider": "embedded"},
        },
        "secrets": {},
    }
    assert asked.headers["idempotency-key"]
    shown = [line.split()[1] for line in done.stderr.splitlines() if "✓" in line]
    assert shown == ["accepted", "committed", "synced", "started", "connected", "answered"]
    assert "1.00 s" in done.stderr
    assert "botyard chat alice.support" in done.stderr


def test_a_known_bot_is_replaced_from_the_version_that_was_there(
    botyard_command: CommandLine, api: ScriptedApi, spec_file: str
) -> None:
    api.on("GET /bots/alice.support", {"id": "alice.support", "version": "abc123"})
    api.on("PUT /bots/alice.support", {"bot": {}, "operation": operation()})
    assert botyard_command("deploy", spec_file).returncode == 0
    assert api.of("PUT", "/bots/alice.support")[0].headers["if-match"] == '"abc123"'
    assert not api.of("POST", "/bots")


def test_another_owner_and_name(botyard_command: CommandLine, api: ScriptedApi, spec_file: str) -> None:
    api.on("POST /bots", {"bot": {}, "operation": operation()})
    assert botyard_command("deploy", spec_file, "--owner", "team", "--name", "desk").returncode == 0
    assert api.of("GET", "/bots/team.desk")
    [asked] = api.of("POST", "/bots")
    assert (asked.body["owner"], asked.body["spec"]["name"]) == ("team", "desk")


def test_a_template(botyard_command: CommandLine, api: ScriptedApi) -> None:
    template = {"id": "customer-support", "title": "", "description": "", "spec": {"version": 1, "name": "x"}}
    api.on("GET /templates", {"items": [template], "next_cursor": None})
    api.on("POST /bots", {"bot": {}, "operation": operation()})
    assert botyard_command("deploy", "--template", "customer-support", "--name", "desk").returncode == 0
    spec = api.of("POST", "/bots")[0].body["spec"]
    assert (spec["name"], spec["template"]) == ("desk", "customer-support")
    unknown = botyard_command("deploy", "--template", "nonsense")
    assert unknown.returncode == 1
    assert "customer-support" in unknown.stderr


def test_a_failed_operation_ends_with_1_and_says_what_to_do(
    botyard_command: CommandLine, api: ScriptedApi, spec_file: str
) -> None:
    error = {
        "step": "connected",
        "title": "Not connected",
        "detail": "Telegram refuses the token",
        "next_step": "Ask @BotFather for a new one.",
    }
    api.on("POST /bots", {"bot": {}, "operation": operation("running")}, status=202)
    api.streams("GET /operations/op1/events", ("operation", {"operation": operation("failed", error=error)}))
    failed = botyard_command("deploy", spec_file)
    assert failed.returncode == 1
    assert "failed at connected: Telegram refuses the token" in failed.stderr
    assert "Ask @BotFather" in failed.stderr


def test_a_broken_stream_is_taken_up_again(
    botyard_command: CommandLine, api: ScriptedApi, spec_file: str
) -> None:
    api.on("POST /bots", {"bot": {}, "operation": operation("running")}, status=202)
    api.streams("GET /operations/op1/events", ("operation", {"operation": operation("running")}))
    api.problem("GET /operations/op1/events", 503, "Starting")
    api.streams("GET /operations/op1/events", ("operation", {"operation": operation()}))
    api.on("GET /operations/op1", operation("running"))
    done = botyard_command("deploy", spec_file)
    assert done.returncode == 0, done.stderr


def test_json_is_the_operation_alone(botyard_command: CommandLine, api: ScriptedApi, spec_file: str) -> None:
    api.on("POST /bots", {"bot": {}, "operation": operation()})
    assert json.loads(botyard_command("deploy", spec_file, "--json").stdout) == operation()


def test_not_waiting_says_where_to_look(
    botyard_command: CommandLine, api: ScriptedApi, spec_file: str
) -> None:
    api.on("POST /bots", {"bot": {}, "operation": operation("running")}, status=202)
    done = botyard_command("deploy", spec_file, "--no-wait")
    assert done.returncode == 0
    assert "botyard show alice.support" in done.stderr
    assert not api.of("GET", "/operations/op1/events")


def test_a_dry_run_shows_the_diff(botyard_command: CommandLine, api: ScriptedApi, spec_file: str) -> None:
    api.on("POST /bots", {"bot": {}, "diff": {"changes": [], "unified": "+name: support\n"}})
    done = botyard_command("deploy", spec_file, "--dry-run")
    assert done.stdout == "+name: support\n"
    assert api.of("POST", "/bots")[0].body["dry_run"] is True


def test_a_file_that_breaks_the_rules_is_told_by_line_and_nothing_is_sent(
    botyard_command: CommandLine, api: ScriptedApi, tmp_path: Path
) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("version: 1\nname: support\ninstruction: Be kind.\n")
    failed = botyard_command("deploy", str(path))
    assert failed.returncode == 1
    assert f"{path}:3: /instruction: " in failed.stderr
    assert "instructions" in failed.stderr
    assert not [asked for asked in api.asked if asked.method != "GET"]


class TestSecrets:
    """`--secret`."""

    def test_from_environment_file_and_standard_input(
        self, botyard_command: CommandLine, api: ScriptedApi, spec_file: str, tmp_path: Path
    ) -> None:
        values = {name: secrets.token_hex(8) for name in ("FROM_ENV", "FROM_FILE", "FROM_INPUT")}
        path = tmp_path / "value"
        path.write_text(values["FROM_FILE"] + "\n")
        api.on("POST /bots", {"bot": {}, "operation": operation()})
        options = ["--secret", "FROM_ENV", "--secret", f"FROM_FILE=@{path}", "--secret", "FROM_INPUT"]
        done = botyard_command(
            "deploy", spec_file, *options, text=values["FROM_INPUT"] + "\n", FROM_ENV=values["FROM_ENV"]
        )
        assert done.returncode == 0, done.stderr
        assert api.of("POST", "/bots")[0].body["secrets"] == values
        assert not [value for value in values.values() if value in done.stdout + done.stderr]

    def test_a_value_in_the_command_line_is_refused_and_not_repeated(
        self, botyard_command: CommandLine, api: ScriptedApi, spec_file: str
    ) -> None:
        value = secrets.token_hex(8)
        for option in (f"TELEGRAM_TOKEN={value}", value):
            refused = botyard_command("deploy", spec_file, "--secret", option)
            assert refused.returncode == 2
            assert value not in refused.stdout + refused.stderr
        assert not api.of("POST", "/bots")

    def test_a_missing_one_is_named_with_the_command_that_gives_it(
        self, botyard_command: CommandLine, spec_file: str, api: ScriptedApi
    ) -> None:
        detail = "names the secret TELEGRAM_TOKEN, which is not set; give its value under secrets"
        errors = [{"pointer": "/spec/channels/telegram/token", "detail": detail}]
        api.problem("POST /bots", 422, "A secret is missing", errors=errors)
        failed = botyard_command("deploy", spec_file)
        assert failed.returncode == 1
        assert f"botyard deploy {spec_file} --secret TELEGRAM_TOKEN" in failed.stderr

    def test_none_anywhere_says_how_to_give_it(
        self, botyard_command: CommandLine, spec_file: str, api: ScriptedApi
    ) -> None:
        failed = botyard_command("deploy", spec_file, "--secret", "TELEGRAM_TOKEN")
        assert failed.returncode == 1
        assert "TELEGRAM_TOKEN=@path" in failed.stderr
        assert not api.of("POST", "/bots")


LINK: dict[str, Any] = {
    "id": "mb_1",
    "bot": "alice.support",
    "state": "waiting",
    "reason": None,
    "opened_by": None,
    "username": None,
    "operation": None,
    "link": "https://t.me/yard_bot?start=c0de",
}


def test_a_link_stands_for_a_telegram_token(
    botyard_command: CommandLine, api: ScriptedApi, spec_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("control_api.cli.managed_bot._LOOK_EVERY", 0)
    api.on("POST /managed-bots", LINK, status=201)
    api.on("GET /managed-bots/mb_1", LINK)
    api.problem("GET /managed-bots/mb_1", 503, "It is starting")
    api.on("GET /managed-bots/mb_1", {**LINK, "state": "opened", "opened_by": "Ann\x1b[2J"})
    api.on("GET /managed-bots/mb_1", {**LINK, "state": "deploying", "operation": "op1", "username": "a_bot"})
    api.on("GET /operations/op1", operation("running"))
    api.streams("GET /operations/op1/events", ("operation", {"operation": operation()}))
    done = botyard_command("deploy", spec_file, "--new-telegram-bot")
    assert done.returncode == 0, done.stderr
    [asked] = api.of("POST", "/managed-bots")
    assert (asked.body["spec"]["name"], asked.body["secrets"]) == ("support", {})
    assert not api.of("POST", "/bots")
    assert LINK["link"] in done.stderr
    assert "Ann\ufffd[2J has opened it" in done.stderr
    assert "answers, in Telegram as @a_bot" in done.stderr
    alone = botyard_command("deploy", spec_file, "--new-telegram-bot", "--no-wait")
    assert alone.stdout == f"{LINK['link']}\n"


def test_a_dry_run_of_a_link_shows_the_difference_and_asks_for_no_link(
    botyard_command: CommandLine, api: ScriptedApi, spec_file: str
) -> None:
    api.on("POST /managed-bots", {"bot": {}, "diff": {"changes": [], "unified": "+name: support\n"}})
    done = botyard_command("deploy", spec_file, "--new-telegram-bot", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "+name: support" in done.stdout
    [asked] = api.of("POST", "/managed-bots")
    assert asked.body["dry_run"] is True
    assert not api.of("POST", "/bots")


@pytest.mark.parametrize(
    ("state", "reason", "says"),
    [("expired", None, "Nobody has used the link"), ("failed", "the name is taken", "the name is taken")],
)
def test_a_link_that_came_to_nothing_fails(
    botyard_command: CommandLine, api: ScriptedApi, spec_file: str, state: str, reason: str, says: str
) -> None:
    api.on("POST /managed-bots", {**LINK, "state": state, "reason": reason}, status=201)
    done = botyard_command("deploy", spec_file, "--new-telegram-bot")
    assert done.returncode == 1
    assert says in done.stderr
    assert "Run the command again" in done.stderr or "run the command again" in done.stderr


DISCORD = {"ok": True, "name": "kind_bot", "link": "https://discord.com/oauth2/authorize?client_id=9"}
NO_INTENT = {"reason": "Message Content Intent is off.", "next_step": "Turn it on.", "missing_intents": ["x"]}


@pytest.fixture
def discord_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DISCORD_TOKEN", "a.b.c")
    path = tmp_path / "discord.yaml"
    path.write_text(SPEC + "channels: {discord: {token: {secret: DISCORD_TOKEN}}}\n")
    return str(path)


def test_a_token_is_checked_before_a_link_is_made(
    botyard_command: CommandLine, api: ScriptedApi, discord_file: str
) -> None:
    api.on("POST /checks/discord", {"ok": False, "reason": "Discord does not know this token."})
    done = botyard_command("deploy", discord_file, "--secret", "DISCORD_TOKEN", "--new-telegram-bot")
    assert done.returncode == 1
    assert "does not know this token" in done.stderr
    assert not api.of("POST", "/managed-bots")


def test_a_discord_token_tells_the_invitation_and_the_missing_intent_before_the_deploy(
    botyard_command: CommandLine, api: ScriptedApi, discord_file: str
) -> None:
    api.on("POST /checks/discord", {**DISCORD, **NO_INTENT})
    api.on("POST /bots", {"bot": {}, "operation": operation()})
    done = botyard_command("deploy", discord_file, "--secret", "DISCORD_TOKEN")
    assert done.returncode == 0, done.stderr
    assert (
        done.stderr.index("client_id=9") < done.stderr.index("Intent is off") < done.stderr.index("committed")
    )
    calls = [asked.path for asked in api.asked if asked.method == "POST"]
    assert calls == ["/checks/discord", "/bots"]
    assert api.of("POST", "/checks/discord")[0].body == {"token": "a.b.c"}
    assert "a.b.c" not in done.stdout + done.stderr


def test_nothing_is_sent_with_a_discord_token_that_is_refused(
    botyard_command: CommandLine, api: ScriptedApi, discord_file: str
) -> None:
    api.on(
        "POST /checks/discord",
        {"ok": False, "reason": "Discord does not know this token.", "next_step": "Copy it."},
    )
    done = botyard_command("deploy", discord_file, "--secret", "DISCORD_TOKEN")
    assert done.returncode == 1
    assert "Discord does not know this token." in done.stderr
    assert "Copy it." in done.stderr
    assert not api.of("POST", "/bots")


def test_a_deploy_goes_on_where_discord_does_not_answer(
    botyard_command: CommandLine, api: ScriptedApi, discord_file: str
) -> None:
    api.problem("POST /checks/discord", 503, "Unavailable")
    api.on("POST /bots", {"bot": {}, "operation": operation()})
    assert botyard_command("deploy", discord_file, "--secret", "DISCORD_TOKEN").returncode == 0
    assert botyard_command("deploy", discord_file).returncode == 0
    assert len(api.of("POST", "/checks/discord")) == 1
