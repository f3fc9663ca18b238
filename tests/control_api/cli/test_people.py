"""`botyard user`: letting people in and shutting them out; a password never in the command line."""

from __future__ import annotations

import secrets

from tests.control_api.cli.conftest import CommandLine
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
