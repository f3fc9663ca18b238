"""The deploy branches are a pure function of `main`, and what runs is what they say."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from agent_runtime.home import Home
from agent_runtime.spec import BotId
from gitops.objects import Objects
from gitops.render import render_all
from tests.journeys.processes import eventually
from tests.journeys.world import World


def _branch(fleet: Path, branch: str) -> dict[str, bytes]:
    """All files of a branch, read by Git itself."""

    def git(*arguments: str) -> bytes:
        return subprocess.run(["git", "-C", str(fleet), *arguments], capture_output=True, check=True).stdout

    paths = git("ls-tree", "-r", "-z", "--name-only", branch).split(b"\0")
    return {path.decode(): git("show", f"{branch}:{path.decode()}") for path in paths if path}


def _deploy_branches(fleet: Path) -> dict[str, dict[str, bytes]]:
    listed = subprocess.run(
        ["git", "-C", str(fleet), "for-each-ref", "--format=%(refname)", "refs/heads/deploy"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return {branch: _branch(fleet, branch) for branch in listed}


async def test_rendering_main_again_finds_no_difference(botyard: World) -> None:
    botyard.api.deploy(botyard.spec("rendered", description="one"))
    botyard.api.write("PATCH", "/bots/admin.rendered", {"spec": {"description": "two"}})
    fleet = Home.at(botyard.home).fleet

    def settled() -> str | None:
        tips = [_tip(fleet, "refs/heads/main"), _tip(fleet, "refs/botyard/rendered")]
        return tips[0] if tips[0] == tips[1] else None

    commit = eventually("all of main is rendered", settled)
    objects = Objects(fleet)
    try:
        again = await render_all(objects, commit)
    finally:
        await objects.aclose()
    wanted = {(branch, path): text for branch, files in again.items() for path, text in files.items()}
    found = {
        (branch, path): text
        for branch, files in _deploy_branches(fleet).items()
        for path, text in files.items()
        # A tenant goes in a later commit than its last bot.
        if (branch, path) in wanted or not path.endswith("/tenant.yaml")
    }
    assert any(path.endswith("/rendered/release.yaml") for _, path in wanted)
    assert found == wanted


def test_the_worker_reads_what_the_branch_says(botyard: World) -> None:
    botyard.api.deploy(botyard.spec("mirrored", description="exactly this"))
    home = Home.at(botyard.home)
    kept = home.bot(str(BotId("admin", "mirrored"))) / "revisions"
    [revision] = sorted(kept.iterdir(), key=lambda path: path.stat().st_mtime)[-1:]
    spec = json.loads((revision / "bot.yaml").read_text(encoding="utf-8"))
    assert spec == botyard.api.read("/bots/admin.mirrored")["spec"]
    release = next(
        content
        for files in _deploy_branches(home.fleet).values()
        for path, content in files.items()
        if path.endswith("/mirrored/release.yaml")
    )
    blob = subprocess.run(["git", "hash-object", "--stdin"], input=release, capture_output=True, check=True)
    assert revision.name == blob.stdout.decode().strip(), "a revision is the release file's blob id"


def _tip(fleet: Path, ref: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(fleet), "rev-parse", ref], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
