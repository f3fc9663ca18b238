"""A bot's life by `botyard` alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.processes import eventually
from tests.journeys.world import World

Run = Callable[..., str]


@pytest.fixture
def run(botyard: World) -> Run:
    """A command that must succeed; what it printed on standard output."""

    def command(*arguments: str, **more: Any) -> str:
        return botyard.installation.done(*arguments, BOTYARD_TOKEN=botyard.token, **more)

    return command


def test_from_a_file_to_its_end(botyard: World, run: Run, tmp_path: Path) -> None:
    spec = botyard.spec("filed", "instructions", instructions="First.")
    spec["model"] |= {"base_url": botyard.models.base_url, "key": {"secret": "MODEL_KEY"}}
    path = tmp_path / "filed.yaml"
    path.write_text(json.dumps(spec))
    assert "filed is valid" in run("validate", str(path))
    assert "+instructions" in run("deploy", str(path), "--secret", "MODEL_KEY", "--dry-run", MODEL_KEY="sk-a")
    assert botyard.api.ask("GET", "/bots/admin.filed").status_code == 404

    made = json.loads(run("deploy", str(path), "--secret", "MODEL_KEY", "--json", MODEL_KEY="sk-a"))
    assert (made["kind"], made["state"]) == ("deploy", "succeeded")
    assert "First." in run("chat", "filed", "What are you told?")
    assert "admin.filed" in run("list")

    path.write_text(json.dumps(spec | {"instructions": "Second."}))
    changed = json.loads(run("deploy", str(path), "--json"))
    assert changed["kind"] == "change"
    assert "Second." in run("chat", "admin.filed", "What are you told?")
    assert "already like this" in _said(botyard, "deploy", str(path), "--dry-run")
    assert "Nothing to change" in _said(botyard, "deploy", str(path))

    history = json.loads(run("history", "filed", "--json"))
    assert [entry["operation"] for entry in history] == [changed["id"], made["id"]]
    assert "/instructions" in run("history", "filed")
    shown = run("diff", "filed", made["commit"])
    assert "-" in shown
    assert "Second." in shown
    run("rollback", "filed", made["commit"])
    assert "First." in run("chat", "filed", "What are you told?")
    run("delete", "filed", "--yes")
    assert "admin.filed" not in run("list")


def _said(botyard: World, *arguments: str) -> str:
    done = botyard.installation.command(*arguments, BOTYARD_TOKEN=botyard.token)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_pause_resume_and_restart(botyard: World, run: Run) -> None:
    botyard.api.deploy(botyard.spec("rested"))
    run("pause", "rested")
    assert json.loads(run("show", "rested", "--json"))["status"]["phase"] == "paused"
    refused = botyard.installation.command("chat", "rested", "Hello?", BOTYARD_TOKEN=botyard.token)
    assert refused.returncode == 1
    assert "paused" in refused.stderr
    assert "resume" in refused.stderr.lower()
    run("resume", "rested")
    assert run("chat", "rested", "Hello?") == "echo: Hello?\n"
    before = len(json.loads(run("history", "rested", "--json")))
    run("restart", "rested")
    assert len(json.loads(run("history", "rested", "--json"))) == before + 1, "a restart is a commit, too"
    assert run("chat", "rested", "And now?") == "echo: And now?\n"


def test_a_template_and_what_the_bot_did(botyard: World, run: Run) -> None:
    model = {"provider": "openai-compatible", "name": "broken", "base_url": botyard.model_url}
    botyard.api.deploy(botyard.spec("watched"))
    botyard.api.ask("PATCH", "/bots/admin.watched", {"spec": {"model": model}}, Prefer="wait=60")
    botyard.installation.command("chat", "watched", "Hello?", BOTYARD_TOKEN=botyard.token)
    lines = [json.loads(line) for line in run("logs", "watched", "--json").splitlines()]
    assert lines
    assert all({"at", "level", "event"} <= line.keys() for line in lines)
    shown = eventually("a warning is logged", lambda: run("logs", "watched", "--level", "warning"))
    assert "info" not in {line.split()[1] for line in shown.splitlines()}


def test_following_the_log_until_ctrl_c(botyard: World) -> None:
    botyard.api.deploy(botyard.spec("followed"))
    with botyard.installation.following("logs", "followed", "-f", BOTYARD_TOKEN=botyard.token) as shown:
        botyard.api.chat("admin.followed", "Hello?")
        assert eventually("a turn is shown", lambda: [line for line in shown.lines if "turn" in line])
        assert "Hello?" not in "".join(shown.lines), "what people say is not in the log"
        assert shown.interrupted() == 130


def test_tokens_end_at_once(botyard: World, run: Run) -> None:
    token = run("token", "create", "short-lived").strip()
    assert "short-lived" in run("token", "list")
    assert token not in run("token", "list", "--json")
    assert botyard.installation.command("list", BOTYARD_TOKEN=token).returncode == 0
    denied = botyard.installation.command("user", "list", BOTYARD_TOKEN=token)
    assert denied.returncode == 1
    assert "scope" in denied.stderr
    [made] = [item for item in json.loads(run("token", "list", "--json")) if item["name"] == "short-lived"]
    run("token", "revoke", made["id"])
    refused = botyard.installation.command("list", BOTYARD_TOKEN=token)
    assert refused.returncode == 1
    assert "revoked" in refused.stderr


def test_a_sign_in_link_works_once(botyard: World, run: Run) -> None:
    link = run("user", "link").strip()
    assert link.startswith(f"{botyard.url}/#/sign-in?code=")
    code = {"code": link.partition("code=")[2]}
    assert botyard.api.ask("POST", "/sign-in", code).status_code == 200
    assert botyard.api.ask("POST", "/sign-in", code).status_code == 401


def test_mistakes_say_what_to_do(botyard: World, tmp_path: Path) -> None:
    def fails(*arguments: str) -> str:
        done = botyard.installation.command(*arguments, BOTYARD_TOKEN=botyard.token)
        assert done.returncode == 1, done.stdout
        assert "Traceback" not in done.stderr
        return done.stderr

    assert "botyard list" in fails("show", "nobody")
    assert "customer-support" in fails("deploy", "--template", "nonsense")
    shown = botyard.installation.done(
        *("deploy", "--template", "customer-support", "--name", "desk", "--dry-run"),
        BOTYARD_TOKEN=botyard.token,
    )
    assert 'name: "desk"' in shown
    path = tmp_path / "bot.yaml"
    path.write_text("version: 1\nname: mistaken\ninstructions: hi\nmodel: {provider: openai, name: x}\n")
    assert f"{path}:4: /model: provider openai needs key" in fails("deploy", str(path))
    path.write_text(path.read_text().replace("name: x", "name: x, key: {secret: OPENAI_API_KEY}"))
    assert "OPENAI_API_KEY" in fails("deploy", str(path))
