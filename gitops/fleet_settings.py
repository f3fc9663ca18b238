"""Which settings of the fleet hold at a commit: those in its `fleet.yaml`, or the last valid ones before it.

The hook lets no bad `fleet.yaml` pass, but a merge on a code host asks no hook. One such commit must neither
stop all bots nor move them to other branches, so it is passed over until it is corrected.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import structlog

from agent_runtime.spec.problems import Problem
from gitops import charts, git, layout, validate
from gitops.errors import RefusedError
from gitops.fleet_file import Fleet, read_fleet
from gitops.objects import Objects

log = structlog.get_logger()

# By blob id. Only files that are valid in themselves are kept: what holds in place of a bad one depends on
# the commits before it.
_valid: WeakKeyDictionary[Objects, dict[str, Fleet]] = WeakKeyDictionary()


async def settings_at(objects: Objects, commit: str) -> Fleet:
    """The settings that hold at a commit on `main`; RefusedError if there never were any valid ones."""
    valid = _valid.setdefault(objects, {})
    [stored] = await objects.info([f"{commit}:{layout.FLEET}"])
    if stored is not None and stored.oid in valid:
        return valid[stored.oid]
    fleet, problems = await _walk(objects, commit)
    if fleet is None:
        raise RefusedError("fleet.yaml is not valid and never was; correct it on main", problems)
    if problems:
        log.error("fleet_settings_held", commit=commit, reason="; ".join(map(str, problems)))
    elif stored is not None:
        valid[stored.oid] = fleet
    return fleet


async def _walk(objects: Objects, commit: str) -> tuple[Fleet | None, list[Problem]]:
    """The last valid settings up to a commit, and what is wrong with the commit's own."""
    arguments = ("rev-list", "--reverse", "--first-parent", "--end-of-options", commit, "--", layout.FLEET)
    found: Fleet | None = None
    offered = await charts.offered(objects)
    for at in [*(await git.run(objects.repository, *arguments)).decode().split(), commit]:
        content = await objects.read(at, layout.FLEET)
        problems = validate.fleet_problems(content, found, offered)
        if content is not None and not problems:
            found = read_fleet(content)
    return found, problems
