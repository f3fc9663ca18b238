"""What holds the parts together: direction of dependencies, fresh generated files, documented settings."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Container, Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("control_api", "gitops", "agent_runtime", "migrations", "tests", "bench")
# What each package may import of the others. `agent_runtime` offers all but its inside to `control_api`.
SHARED = (
    *("agent_runtime.spec", "agent_runtime.home", "agent_runtime.log", "agent_runtime.supervisor"),
    *("agent_runtime.files", "agent_runtime.over_socket"),
    "agent_runtime.failpoints",
    "agent_runtime.version",
)
ALLOWED: dict[str, tuple[str, ...]] = {
    "agent_runtime": (),
    "gitops": (*SHARED, "agent_runtime.hive_client"),
    "control_api": (
        *SHARED,
        *("gitops", "migrations", "agent_runtime.hive_client", "agent_runtime.settings"),
        "agent_runtime.channels.calls",
        "agent_runtime.channels.discord.api",
        "agent_runtime.channels.discord.application",  # what a token is good for
        "agent_runtime.channels.discord.refused",
        "agent_runtime.channels.telegram.api",
        # The look at a channel that says whose a token is.
        *("agent_runtime.channels.channel", "agent_runtime.channels.lookout"),
        *(f"agent_runtime.channels.{name}" for name in ("slack.api", "slack.webhook")),
        *(f"agent_runtime.channels.{name}" for name in ("whatsapp.api", "whatsapp.webhook")),
        "agent_runtime.pod.settings",
        "agent_runtime.media",  # whether a file is a picture
        "agent_runtime.hive.parts",  # which processes a machine runs, as a list
        "agent_runtime.store.copies",
        "agent_runtime.store.open",  # whether another runtime has the database
        "agent_runtime.store.postgres.copies",
        "agent_runtime.store.postgres.roles",  # a bot's pod is given a role of its own
        "agent_runtime.store.postgres.schema",
    ),
    "migrations": ("control_api",),
}


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def _within(name: str, allowed: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in allowed)


@pytest.mark.parametrize("package", ALLOWED)
def test_dependencies_point_one_way(package: str) -> None:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in files
        for line, name in _imports(path)
        if name.partition(".")[0] in PACKAGES and not _within(name, (package, *ALLOWED[package]))
    ]
    assert not wrong, "\n".join(wrong)


def test_no_module_needs_itself_by_way_of_others() -> None:
    """Not by imports inside functions either, which only hide a circle."""
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for package in ALLOWED
        for path in (ROOT / package).rglob("*.py")
    }
    graph = {
        module: {each for _, name in _imports(path) for each in _module(name, modules) if each != module}
        for module, path in modules.items()
    }
    TopologicalSorter(graph).prepare()  # raises CycleError with the circle


def _module(name: str, modules: Container[str]) -> Iterator[str]:
    """The module of ours that an import of this name reads."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    if name:
        yield name


def test_no_relative_imports() -> None:
    relative = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert not relative


@pytest.mark.parametrize(
    "program",
    ["agent_runtime.spec.generate", "control_api.cli.settings_reference"],
)
def test_generated_files_are_fresh(program: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", program, "--check"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("BOTYARD_")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_setting_is_explained() -> None:
    from control_api.cli.settings_reference import undocumented

    assert not undocumented()
