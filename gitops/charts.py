"""Versions of the chart `bot` that there are: this Botyard's own, and those that are on a platform branch."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from gitops import layout
from gitops.objects import Objects

CHART = Path(__file__).resolve().parents[1] / "charts" / "bot"
_KEPT = "charts"


@cache
def own_version() -> str:
    """The version of the chart that belongs to this Botyard."""
    # Every push starts a hook that imports this, and few pushes ask.
    import yaml

    return str(yaml.safe_load((CHART / "Chart.yaml").read_bytes())["version"])


async def offered(objects: Objects) -> set[str]:
    """Every version that `fleet.yaml` may name."""
    found = {own_version()}
    for branch, tip in (await objects.branches(layout.DEPLOY_PREFIX)).items():
        if branch.endswith(f"/{layout.PLATFORM}"):
            kept = await objects.entries(tip, _KEPT)
            found |= {_version(each.path.rpartition("/")[2]) for each in kept}
    return found


def _version(folder: str) -> str:
    """bot-1-0-0 → 1.0.0"""
    return folder.removeprefix("bot-").replace("-", ".")
