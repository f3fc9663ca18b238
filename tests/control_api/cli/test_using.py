"""The everyday commands: list, show, chat, logs, history, validate, token; terminals and Ctrl-C."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.control_api.cli.conftest import CommandLine, operation
from tests.control_api.cli.scripted_api import ScriptedApi
from tests.journeys.processes import eventually


def _bot(name: str, **status: Any) -> dict[str, Any]:
    return {
        "id": f"alice.{name}",
        "spec": {"name": name, "model": {"provider": "embedded"}},
        "status": {"phase": "live", "reason": None, "operation": None, **status},
        "channels": {"web": {"state": "connected"}},
        "secrets": {},
        "version": "abc",
    }


def test_list_goes_through_all_pages(botyard_command: CommandLine, api: ScriptedApi) -> None:
    api.on("GET /bots", {"items": [_bot("one")], "next_cursor": "more"})
    api.on("GET /bots", {"items": [_bot("two", phase="failed", reason="no token")], "next_cursor": None})
    shown = botyard_command("list").stdout.splitlines()
    assert [line.split()[0] for line in shown] == ["BOT", "alice.one", "alice.two"]
    assert "demo" in shown[1]
    assert shown[2].endswith("no token")
    assert api.asked[-1].path.endswith("cursor=more")


def test_list_as_json(botyard_command: CommandLine, api: ScriptedApi) -> None:
    api.on("GET /bots", {"items": [_bot("one")], "next_cursor": None})
    assert json.loads(botyard_command("list", "--json").stdout) == [_bot("one")]


def test_show_with_the_last_operation(botyard_command: CommandLine, api: ScriptedApi) -> None:
    api.on("GET /bots/alice.one", _bot("one", operation="op1"))
    api.on("GET /operations/op1", operation())
    shown = botyard_command("show", "alice.one").stdout
    assert "embedded (demo)" in shown
    assert "last operation: deploy succeeded" in shown
    assert json.loads(botyard_command("show", "alice.one", "--json").stdout) == _bot("one", operation="op1")


def test_a_name_alone_is_the_callers_own(botyard_command: CommandLine, api: ScriptedApi) -> None:
    api.on("GET /me", {"user": {"name": "alice"}})
    api.on("GET /bots/alice.one", _bot("one"))
    assert botyard_command("show", "one").returncode == 0


def test_chat_prints_the_answer_alone(botyard_command: CommandLine, api: ScriptedApi) -> None:
    done = {"text": "Hello there", "conversation": "c1", "usage": {}}
    api.streams(
        "POST /bots/a.b/chat", ("delta", {"text": "Hello "}), ("delta", {"text": "there"}), ("done", done)
    )
    assert botyard_command("chat", "a.b", "Hi").stdout == "Hello there\n"
    assert json.loads(botyard_command("chat", "a.b", "Hi", "--json").stdout) == done


def test_a_conversation_goes_on_where_it_was(botyard_command: CommandLine, api: ScriptedApi) -> None:
    api.streams("POST /bots/a.b/chat", ("done", {"text": "one", "conversation": "c1", "usage": {}}))
    api.streams("POST /bots/a.b/chat", ("done", {"text": "two", "conversation": "c1", "usage": {}}))
    assert botyard_command("chat", "a.b", text="Hi\n\nAnd?\n").stdout == "one\ntwo\n"
    bodies = [asked.body for asked in api.asked]
    assert bodies == [{"text": "Hi"}, {"text": "And?", "conversation": "c1"}]


@pytest.mark.parametrize(
    "events",
    [
        [
            ("delta", {"text": "Hel"}),
            ("error", {"problem": {"title": "Busy", "detail": "The model is busy"}}),
        ],
        [("delta", {"text": "Hel"})],
        [],
    ],
)
def test_an_answer_that_fails_is_a_failed_command(
    botyard_command: CommandLine, api: ScriptedApi, events: list[tuple[str, Any]]
) -> None:
    api.streams("POST /bots/a.b/chat", *events)
    failed = botyard_command("chat", "a.b", "Hi")
    assert failed.returncode == 1
    assert "busy" in failed.stderr or "broke off" in failed.stderr


def test_what_a_model_says_does_not_steer_the_terminal(
    botyard_command: CommandLine, api: ScriptedApi
) -> None:
    evil = "a\x1b]0;owned\x07b\x9b2Jc"
    api.streams("POST /bots/a.b/chat", ("delta", {"text": evil}), ("done", {"text": evil, "usage": {}}))
    shown = botyard_command("chat", "a.b", "Hi").stdout
    assert not set(shown) & {"\x1b", "\x07", "\x9b"}


def test_logs(botyard_command: CommandLine, api: ScriptedApi) -> None:
    line = {"id": "7", "at": 61.5, "level": "warning", "event": "slow", "seconds": 3}
    api.streams("GET /bots/a.b/logs", ("log", line))
    shown = botyard_command("logs", "a.b", "--level", "warning").stdout
    assert shown.split() == ["1970-01-01T00:01:01.500Z", "warning", "slow", "seconds=3"]
    assert "level=warning" in api.asked[-1].path
    assert json.loads(botyard_command("logs", "a.b", "-f", "--json").stdout) == line
    assert "follow=true" in api.asked[-1].path


def test_a_log_that_breaks_off_says_why(botyard_command: CommandLine, api: ScriptedApi) -> None:
    line = {"at": 61.5, "level": "info", "event": "heard"}
    over = {"title": "Sign in first", "detail": "Your token has ended.", "status": 401}
    api.streams("GET /bots/a.b/logs", ("log", line), ("error", {"problem": over}))
    done = botyard_command("logs", "a.b", "-f")
    assert done.returncode == 1
    assert "heard" in done.stdout
    assert "Sign in first: Your token has ended." in done.stderr


def test_delete_asks_first(botyard_command: CommandLine, api: ScriptedApi) -> None:
    api.on("DELETE /bots/a.b", {"bot": None, "operation": operation(kind="delete")})
    assert botyard_command("delete", "a.b").returncode == 2
    assert not api.asked
    assert botyard_command("delete", "a.b", "--yes").returncode == 0


def test_history_diff_and_rollback(botyard_command: CommandLine, api: ScriptedApi) -> None:
    change = {"pointer": "/instructions", "from": "a", "to": "b"}
    entry = {"commit": "c" * 40, "author": "Ann", "at": "2026-01-01", "message": "Change\n\nmore"}
    api.on("GET /bots/a.b/history", {"items": [{**entry, "changes": [change]}], "next_cursor": None})
    api.on("GET /bots/a.b/diff", {"changes": [change], "unified": "-a\n+b\n"})
    api.on("POST /bots/a.b/rollback", {"bot": {}, "operation": operation(kind="rollback")})
    shown = botyard_command("history", "a.b").stdout
    assert "cccccccccc 2026-01-01 Ann  Change\n" in shown
    assert '/instructions: "a" → "b"' in shown
    assert botyard_command("diff", "a.b", "c1", "c2").stdout == "-a\n+b\n"
    assert api.asked[-1].path.endswith("?from=c1&to=c2")
    assert botyard_command("rollback", "a.b", "c1").returncode == 0
    assert api.asked[-1].body == {"commit": "c1"}


def test_a_change_that_changes_nothing(botyard_command: CommandLine, api: ScriptedApi) -> None:
    api.on("POST /bots/a.b/resume", {"bot": {}, "operation": None})
    done = botyard_command("resume", "a.b")
    assert (done.returncode, done.stderr) == (0, "Nothing to change.\n")


def test_tokens(botyard_command: CommandLine, api: ScriptedApi) -> None:
    api.on("POST /tokens", {"id": "t1", "name": "ci", "scopes": [], "token": api.token}, status=201)
    api.on("DELETE /tokens/t1", None, status=204)
    assert botyard_command("token", "create", "ci").stdout == f"{api.token}\n"
    assert botyard_command("token", "revoke", "t1").returncode == 0


class TestValidate:
    """`botyard validate`, without an API."""

    def test_tells_every_problem_by_place(self, botyard_command: CommandLine, tmp_path: Path) -> None:
        path = tmp_path / "bot.yaml"
        path.write_text("version: 1\nname: Support\ninstruction: hi\n")
        failed = botyard_command("validate", str(path), BOTYARD_URL="nonsense")
        assert failed.returncode == 1
        assert f"{path}:2: /name: " in failed.stderr
        assert f"{path}:3: /instruction: " in failed.stderr
        told = json.loads(botyard_command("validate", str(path), "--json").stdout)
        assert told["valid"] is False
        assert ("/name", 2) in {(each["pointer"], each["line"]) for each in told["problems"]}
        refused = json.loads(botyard_command("deploy", str(path), "--json").stdout)
        assert refused["errors"] == told["problems"]

    def test_a_good_file_and_standard_input(self, botyard_command: CommandLine, tmp_path: Path) -> None:
        text = "version: 1\nname: support\ninstructions: hi\n"
        assert botyard_command("validate", "-", text=text).returncode == 0
        missing = botyard_command("validate", str(tmp_path / "none.yaml"))
        assert missing.returncode == 1
        assert "No such file" in missing.stderr


class TestTerminal:
    """On a terminal."""

    @pytest.fixture
    def terminal(self, botyard_command: CommandLine) -> Iterator[Any]:
        with contextlib.ExitStack() as ends:

            def start(*arguments: str, **variables: str) -> tuple[subprocess.Popen[bytes], int]:
                master, slave = pty.openpty()
                ends.callback(os.close, master)
                botyard_command.use(TERM="xterm", **variables)
                process = ends.enter_context(botyard_command.start(*arguments, terminal=slave))
                # Where a test fails it may run still, and would be waited for without end.
                ends.callback(process.kill)
                os.close(slave)
                return process, master

            yield start

    def _read(self, master: int) -> str:
        """All that the program still prints until it ends."""
        shown = b""
        while True:
            try:
                piece = os.read(master, 4096)
            except OSError:
                return shown.decode()
            if not piece:
                return shown.decode()
            shown += piece

    def test_a_secret_is_asked_for_and_not_shown(
        self, terminal: Any, api: ScriptedApi, tmp_path: Path
    ) -> None:
        path = tmp_path / "bot.yaml"
        path.write_text("version: 1\nname: support\ninstructions: hi\n")
        api.on("GET /me", {"user": {"name": "alice"}})
        api.on("POST /bots", {"bot": {}, "operation": operation()})
        process, master = terminal("deploy", str(path), "--secret", "TELEGRAM_TOKEN")
        prompt = b""
        # The space is the last that is printed before the input is read.
        while not prompt.endswith(b"TELEGRAM_TOKEN: "):
            prompt += os.read(master, 100)
        os.write(master, api.token.encode() + b"\n")
        shown = self._read(master)
        assert process.wait(10) == 0, shown
        assert api.of("POST", "/bots")[0].body["secrets"] == {"TELEGRAM_TOKEN": api.token}
        assert api.token not in shown

    @pytest.mark.parametrize(("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
    def test_colour_only_where_it_is_wanted(
        self, terminal: Any, api: ScriptedApi, variables: dict[str, str], coloured: bool
    ) -> None:
        api.on("GET /bots", {"items": [_bot("one")], "next_cursor": None})
        process, master = terminal("list", **variables)
        shown = self._read(master)
        assert process.wait(10) == 0
        assert ("\x1b[" in shown) is coloured

    def test_ctrl_c_ends_it_cleanly(self, terminal: Any, api: ScriptedApi) -> None:
        process, master = terminal("chat", "a.b")
        shown = b""
        while b"you> " not in shown:
            shown += os.read(master, 100)

        def interrupted() -> bool:
            # readline does not see a signal that comes just before it waits; a person presses Ctrl-C again.
            process.send_signal(signal.SIGINT)
            return process.poll() is not None

        eventually("it ends", interrupted, pause=1.0)
        assert process.wait(10) == 130
        assert "Traceback" not in self._read(master)

    def test_ctrl_c_while_watching_leaves_the_operation_alone(self, terminal: Any, api: ScriptedApi) -> None:
        api.on("POST /bots/a.b/restart", {"bot": {}, "operation": operation("running")}, status=202)
        api.streams("GET /operations/op1/events")
        api.on("GET /operations/op1", operation("running"))
        process, master = terminal("restart", "a.b")
        eventually("it watches", lambda: api.of("GET", "/operations/op1/events"))
        process.send_signal(signal.SIGINT)
        shown = self._read(master)
        assert process.wait(10) == 130
        assert "goes on" in shown
        assert "Traceback" not in shown
