"""What the pages for people say is so: their links, their commands, their settings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from control_api.cli import app
from control_api.cli.settings_reference import render

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "tests/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted(
        page
        for folder in ("control_api", "gitops", "agent_runtime")
        for page in (ROOT / folder).rglob("*.md")
    ),
]


def _named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 100


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    missing = [target for target in targets if "://" not in target and not (page.parent / target).exists()]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_commands_exist(page: Path) -> None:
    commands = getattr(get_command(app), "commands")  # noqa: B009 - a group has them, the type does not say so
    named = re.findall(r"(?:^|`|/|\$\()botyard ([a-z]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(named) <= set(commands)


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_settings_exist(page: Path) -> None:
    known = set(re.findall(r"BOTYARD_[A-Z_]+", render()))
    named = set(re.findall(r"`(BOTYARD_[A-Z_]*[A-Z])[`=]", page.read_text(encoding="utf-8")))
    assert named <= known
