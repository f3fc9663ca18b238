"""The README's lines, run as they are."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.world import World

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _lines() -> str:
    [block] = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
    return str(block)


@pytest.mark.timeout(180)
def test_the_curl_lines_work_as_pasted(botyard: World) -> None:
    """On the embedded brain: deploy, chat, change, history, rollback, delete."""
    programs = Path(sys.executable).parent
    environment = {k: v for k, v in os.environ.items() if not k.startswith("BOTYARD_")}
    environment |= {
        "BOTYARD_URL": botyard.url,
        "BOTYARD_TOKEN": botyard.token,
        "PATH": f"{programs}:{os.environ['PATH']}",
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", _lines()],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    kinds = [answer["operation"]["kind"] for answer in answers if "operation" in answer]
    states = {answer["operation"]["state"] for answer in answers if "operation" in answer}
    assert kinds == ["deploy", "change", "rollback", "delete"]
    assert states == {"succeeded"}
    [history] = [answer["items"] for answer in answers if "items" in answer]
    assert [entry["author"] for entry in history] == ["admin", "admin"]
    pointers = {change["pointer"] for change in history[0]["changes"]}
    assert "/instructions" in pointers
    assert any(pointer.startswith("/model") for pointer in pointers)
    assert "event: delta" in done.stdout
    assert "event: done" in done.stdout
    rolled_back = answers[-2]["bot"]["spec"]
    assert rolled_back["instructions"] == "Answer in one short sentence."
    assert botyard.api.ask("GET", "/bots/admin.parrot").status_code == 404
