"""A given secret is nowhere to be read: not in Git, logs, databases, command lines or environments."""

from __future__ import annotations

import base64
import json
import secrets
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import psutil
import pytest

from agent_runtime.home import Home
from tests.journeys.processes import command_lines, of_home
from tests.journeys.world import World


def _forms(secret: str) -> set[bytes]:
    """The secret as it may be written somewhere."""
    raw = secret.encode()
    encoded = {base64.b64encode(b"x" * shift + raw)[4:-4] for shift in range(3)}
    return {raw, quote(secret, safe="").encode(), raw.hex().encode(), *encoded}


@contextmanager
def _watching(found: list[bytes], wanted: set[bytes]) -> Iterator[None]:
    """Look at every process's command line, again and again, while something runs."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.01):
            found.extend(line for line in command_lines() if any(form in line for form in wanted))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.timeout(180)
def test_no_secret_is_anywhere(botyard: World) -> None:
    telegram = botyard.telegram.bot()
    refused, key = botyard.telegram.refused_token(), f"sk-{secrets.token_hex(24)}"
    bad_key = f"sk-refused-{secrets.token_hex(24)}"
    wanted = set().union(*(_forms(secret) for secret in (telegram.token, refused, key, bad_key)))
    in_command_lines: list[bytes] = []
    with _watching(in_command_lines, wanted):
        said = _live_with_secrets(botyard, telegram.token, refused, key, bad_key)
    assert not in_command_lines
    assert not [form for form in wanted if form in said], "an answer of the API shows a secret"
    home = Home.at(botyard.home)
    objects = subprocess.run(
        ["git", "-C", str(home.fleet), "cat-file", "--batch-all-objects", "--batch"],
        capture_output=True,
        check=True,
    ).stdout
    assert b"TELEGRAM_TOKEN" in objects, "the search would find what is there"
    assert not [form for form in wanted if form in objects], "in a Git object"
    _nothing_on_disk(botyard, wanted)
    _nothing_in_environments(botyard, wanted)


def _live_with_secrets(botyard: World, token: str, refused: str, key: str, bad_key: str) -> bytes:
    """Deploys that succeed and fail, chats, drafts and checks with secrets; all that the API answered."""
    api = botyard.api
    model = {
        "provider": "openai-compatible",
        "base_url": botyard.models.base_url,
        "key": {"secret": "MODEL_KEY"},
    }
    channels = {"telegram": {"token": {"secret": "TELEGRAM_TOKEN"}}}
    spec = botyard.spec("canary", channels=channels) | {"model": {**model, "name": "echo"}}
    answers = [
        api.ask("POST", "/bots", {"spec": spec, "secrets": given}, Prefer="wait=60").content
        for spec, given in (
            (spec, {"TELEGRAM_TOKEN": token, "MODEL_KEY": key}),
            (spec | {"name": "canary-two"}, {"TELEGRAM_TOKEN": refused, "MODEL_KEY": key}),
            (spec | {"name": "canary-three", "channels": {}}, {"MODEL_KEY": bad_key}),
            (spec | {"name": "canary-four"}, {"TELEGRAM_TOKEN": token, "MODEL_KEY": key, "bad name": token}),
        )
    ]
    api.chat("admin.canary", "hello")
    asked = {"spec": spec, "secrets": {"MODEL_KEY": bad_key}, "messages": [{"role": "user", "text": "hello"}]}
    reads = ("/bots", "/operations", "/audit", "/bots/admin.canary/history", "/bots/admin.canary-two")
    answers += [
        api.ask("POST", "/try", asked).content,
        api.ask("POST", "/checks/telegram", {"token": refused}).content,
        api.ask("POST", "/checks/model", {"model": {**model, "name": "echo"}, "key": bad_key}).content,
        api.ask("PUT", "/bots/admin.canary/secrets/MODEL_KEY", {"value": bad_key}, Prefer="wait=60").content,
        *(json.dumps(api.read(path)).encode() for path in reads),
        *(api.ask("GET", f"/bots/admin.{name}/logs").content for name in ("canary", "canary-three")),
    ]
    keys = {request["key"] for request in botyard.models.requests("echo")}
    assert {key, bad_key} <= keys, "the secrets were in use"
    return b"\n".join(answers)


def _nothing_on_disk(botyard: World, wanted: set[bytes]) -> None:
    files = [path for path in botyard.home.rglob("*") if path.is_file() and not path.is_symlink()]
    assert Home.at(botyard.home).control_database in files
    for path in [*files, botyard.installation.log]:
        content = path.read_bytes()
        assert not [form for form in wanted if form in content], path
        if path.name != "credentials.json":
            assert botyard.token.encode() not in content, f"the API token is in {path}"


def _nothing_in_environments(botyard: World, wanted: set[bytes]) -> None:
    for process in of_home(botyard.home):
        try:
            environment = json.dumps(process.environ()).encode()
        except psutil.Error:
            continue
        assert not [form for form in wanted if form in environment], process
