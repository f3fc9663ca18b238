"""`botyard user`: letting people in and shutting them out; a password never in the command line."""

from __future__ import annotations

import secrets

from tests.control_api.cli.conftest import CommandLine, operation
from tests.control_api.cli.scripted_api import ScriptedApi

PASSWORD = secrets.token_urlsafe(12)


def test_a_person_is_let_in_by_a_link(botyard_command: CommandLine, api: ScriptedApi) -> None:
    api.on("POST /users", {"name": "bob", "operator": False}, status=201)
    api.on("POST /users/bob/sign-in-link", {"url": "http://x/#/sign-in?code=c"}, status=201)
    done = botyard_command("user", "add", "bob", "--email", "bob@example.org")
    assert (done.returncode, done.stdout.strip()) == (0, "http://x/#/sign-in?code=c")
    assert api.of("POST", "/users")[0].body == {"name": "bob", "operator": False, "email": "bob@example.org"}


def test_a_password_comes_from_standard_input(botyard_command: CommandLine, api: ScriptedApi) -> None:
    api.on("POST /users", {"name": "bob", "operator": True}, status=201)
    done = botyard_command("user", "add", "bob", "--operator", "--password", text=f"{PASSWORD}\n")
    assert done.returncode == 0, done.stderr
    assert api.of("POST", "/users")[0].body["password"] == PASSWORD
    assert PASSWORD not in done.stdout + done.stderr


def test_ones_own_password_is_given_after_the_present_one(
    botyard_command: CommandLine, api: ScriptedApi
) -> None:
    api.on("GET /me", {"user": {"name": "bob", "operator": False}})
    api.on("PUT /users/bob/password", status=204)
    done = botyard_command("user", "password", text=f"before\n{PASSWORD}\n")
    assert done.returncode == 0, done.stderr
    assert api.of("PUT", "/users/bob/password")[0].body == {"old": "before", "password": PASSWORD}
    none = botyard_command("user", "password", text="")
    assert none.returncode == 1
    assert "standard input" in none.stderr


def test_who_is_shut_out_may_be_let_in_again(botyard_command: CommandLine, api: ScriptedApi) -> None:
    api.on("PATCH /users/bob", {"name": "bob", "operator": False, "disabled": True})
    assert botyard_command("user", "disable", "bob").returncode == 0
    assert botyard_command("user", "disable", "bob", "--undo").returncode == 0
    assert [asked.body for asked in api.of("PATCH", "/users/bob")] == [
        {"disabled": True},
        {"disabled": False},
    ]


def test_a_quota_is_shown_as_used_of_a_limit_and_set_in_part(
    botyard_command: CommandLine, api: ScriptedApi
) -> None:
    used = {"bots": 3, "secrets": 2, "cpu": 0.3, "memory": 402653184, "usd_per_day": 3.0}
    limits = {"bots": 10, "cpu": None, "memory": "1Gi", "usd_per_day": None}
    api.on("GET /users/crew/quota", {"title": "Not found"}, status=404)
    api.on("GET /teams/crew/quota", {"owner": "crew", "quota": limits, "used": used})
    shown = botyard_command("user", "quota", "crew")
    assert shown.returncode == 0, shown.stderr
    assert [line.split() for line in shown.stdout.splitlines()] == [
        ["CREW", "USED", "OF"],
        ["bots", "3", "10"],
        ["secrets", "2", "no", "limit"],
        ["cpu", "0.3", "no", "limit"],
        ["memory", "384Mi", "1Gi"],
        ["usd_per_day", "3", "no", "limit"],
    ]
    api.on("PUT /teams/crew/quota", {"operation": operation(kind="quota", bot=None)}, status=202)
    done = botyard_command("user", "quota", "crew", "--bots", "none", "--usd-per-day", "2.5")
    assert done.returncode == 0, done.stderr
    body = api.of("PUT", "/teams/crew/quota")[0].body
    assert body == {"cpu": None, "memory": "1Gi", "usd_per_day": 2.5}
    wrong = botyard_command("user", "quota", "crew", "--bots", "many")
    assert wrong.returncode == 2
    assert "give one, or none" in wrong.stderr
