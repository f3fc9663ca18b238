"""A deploy branch that holds what the renderer would not write: refused by the cluster, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from agent_runtime.spec import BotId
from gitops import layout
from tests.cluster.fleet import SyncedFleet, spec
from tests.cluster.pods import pods, uid

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

# Fields by which a release would reach beyond its owner, or escape the chart.
_DANGEROUS: Mapping[str, Any] = {
    "suspend": True,
    "kubeConfig": {"secretRef": {"name": "other-cluster"}},
    "postRenderers": [{"kustomize": {"patches": []}}],
    "valuesFrom": [{"kind": "Secret", "name": "others"}],
    "serviceAccountName": "default",
    "targetNamespace": "botyard",
    "storageNamespace": "botyard",
    "releaseName": "other",
    "dependsOn": [{"name": "other"}],
    "chartRef": {"kind": "HelmChart", "name": "mine", "namespace": "botyard"},
    "driftDetection": {"mode": "disabled"},
}


@pytest.mark.parametrize("field", _DANGEROUS)
async def test_a_dangerous_release_is_refused_and_healed(fleet: SyncedFleet, field: str) -> None:
    bot, neighbour = BotId("erin", "forged"), BotId("frank", "neighbour")
    assert layout.shard("erin", 4) != layout.shard("frank", 4)
    if not pods(fleet.cluster, bot.owner, bot.name):
        await fleet.deploy(bot, spec(bot))
    before = await fleet.ready(bot)
    release = yaml.safe_load(await fleet.released(bot))
    release["spec"][field] = _DANGEROUS[field]
    await fleet.force(bot.owner, {layout.release_path(bot): yaml.safe_dump(release).encode()})
    await fleet.sync(bot.owner)
    assert "ValidatingAdmissionPolicy 'botyard-releases'" in await fleet.refused(bot.owner)
    assert uid(await fleet.ready(bot)) == uid(before)

    if not pods(fleet.cluster, neighbour.owner, neighbour.name):
        await fleet.deploy(neighbour, spec(neighbour))
    await fleet.fleet.commit("change", bot, patch={"description": f"Was forged: {field}"})
    await fleet.sync(bot.owner)
    await fleet.another(bot, before)
