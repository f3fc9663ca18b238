"""A deploy branch that holds what the renderer would not write: refused by the cluster, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import pytest_asyncio
import yaml
from lightkube import ApiError
from lightkube.resources.core_v1 import Pod, Secret

from agent_runtime.spec import BotId
from control_api.engines.kubernetes.engine import KubernetesEngine
from gitops import layout
from tests.cluster.fleet import SyncedFleet, spec
from tests.cluster.pods import uid
from tests.cluster.test_engine import Heard, watching
from tests.postgres import Postgres

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

# Fields by which a release would reach beyond its owner, or escape the chart and what it says of a pod.
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
    # Beside chartRef it is refused by Flux's own schema, before the policy is asked.
    "chart": {"spec": {"chart": "mine", "sourceRef": {"kind": "GitRepository", "name": "mine"}}},
    "chartRef.name": "mine",
    "chartRef.namespace": "user-erin",
    "chartRef.kind": "OCIRepository",
    "driftDetection.mode": "disabled",
    "install.disableSchemaValidation": True,
    "install.createNamespace": True,
    "install.crds": "CreateReplace",
    "upgrade.force": True,
    "uninstall": {"keepHistory": True},
    "rollback": {"force": True},
    "test": {"enable": True},
    "commonMetadata": {"labels": {"app": "other"}},
    "values.image": "example.org/other:1",
    "values.hostPath": "/",
    "values.securityContext": {"privileged": True},
    "values.bot.name": "other",
    "values.secrets": {"A_KEY": "in clear"},
}
# Of three shards, so that three are refused at a time; the neighbour's is the fourth.
_BOTS = [BotId(owner, "forged") for owner in ("erin", "oscar", "wendy")]
_NEIGHBOUR = BotId("frank", "neighbour")
_ROUNDS = [list(_DANGEROUS)[at : at + len(_BOTS)] for at in range(0, len(_DANGEROUS), len(_BOTS))]


class Forged:
    """Three bots that run, a neighbour, and the engine that tells of them."""

    def __init__(self, fleet: SyncedFleet, engine: KubernetesEngine, heard: Heard, neighbour: Pod) -> None:
        self.fleet, self.engine, self.heard, self.neighbour = fleet, engine, heard, neighbour

    async def force(self, bot: BotId, field: str) -> None:
        """Commit the bot's release with a field that is not as the renderer writes it."""
        release = yaml.safe_load(await self.fleet.released(bot))
        place = release["spec"]
        *outer, last = field.split(".")
        for key in outer:
            place = place[key]
        place[last] = _DANGEROUS[field]
        await self.fleet.force(bot.owner, {layout.release_path(bot): yaml.safe_dump(release).encode()})
        await self.fleet.sync(bot.owner)

    async def refused(self, bot: BotId, field: str) -> None:
        """The bot says why, and what ran before runs on."""
        top = "chartRef" if field == "chart" else f"spec.{field.split('.')[0]}"
        await self.heard.until(
            f"{field} is refused", lambda: top in str(self.heard.statuses[str(bot)].get("reason"))
        )
        assert self.heard.statuses[str(bot)]["phase"] == "degraded"
        if field != "chart":
            assert "ValidatingAdmissionPolicy 'botyard-releases'" in await self.fleet.refused(bot.owner)

    async def heal(self, bot: BotId, why: str) -> None:
        """The next render of the bot: it is live as that says."""
        done = await self.fleet.fleet.commit("change", bot, patch={"description": why[:100]})
        assert done.deploy_commit is not None
        await self.engine.nudge(done.branch, done.deploy_commit)
        await self.heard.phase(bot, "live", done.revision)


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def forged(fleet: SyncedFleet) -> AsyncIterator[Forged]:
    shards = {layout.shard(bot.owner, 4) for bot in (*_BOTS, _NEIGHBOUR)}
    assert len(shards) == 4
    for bot in (*_BOTS, _NEIGHBOUR):
        await fleet.deploy(bot, spec(bot))
    with Postgres() as database:
        async with watching(fleet, database) as (engine, heard):
            yield Forged(fleet, engine, heard, await fleet.ready(_NEIGHBOUR))


@pytest.mark.parametrize("fields", _ROUNDS, ids="+".join)
async def test_a_dangerous_release_is_refused_and_healed(forged: Forged, fields: list[str]) -> None:
    asked = list(zip(_BOTS, fields, strict=False))
    before = {bot: uid(await forged.fleet.ready(bot)) for bot, _ in asked}
    for bot, field in asked:
        await forged.force(bot, field)
    for bot, field in asked:
        await forged.refused(bot, field)
        assert uid(await forged.fleet.ready(bot)) == before[bot]
    for bot, field in asked:
        await forged.heal(bot, f"Was forged: {field}")
    assert uid(await forged.fleet.ready(_NEIGHBOUR)) == uid(forged.neighbour)
    assert str(_NEIGHBOUR) not in forged.heard.refusals


async def test_a_sealed_secret_is_of_no_use_to_another_bot(forged: Forged) -> None:
    """Copied as it is decrypted, but named for another: refused. Renamed inside: it is not decrypted."""
    fleet, victim, thief = forged.fleet, BotId("olga", "keeper"), _BOTS[0]
    await fleet.deploy(victim, spec(victim), sealed=await fleet.fleet.seal({"A_KEY": "of olga"}, victim))
    branch = layout.deploy_branch("test", layout.shard(victim.owner, 4))
    sealed = await fleet.fleet.objects.read(branch, layout.released_secret_path(victim, "A_KEY"))
    assert sealed is not None
    copied = yaml.safe_load(sealed)
    copied["metadata"] |= {"name": f"{thief.name}.a-key", "namespace": f"user-{thief.owner}"}
    kind = next(each for each in ("data", "stringData") if each in copied)
    renamed = {**copied, kind: {f"{thief}.A_KEY": next(iter(copied[kind].values()))}}
    place = layout.released_secret_path(thief, "A_KEY")
    for file, reason in ((copied, "the Secret is not as Botyard renders it"), (renamed, "decrypt")):
        await fleet.force(thief.owner, {place: yaml.safe_dump(file).encode()})
        await fleet.sync(thief.owner)
        assert reason in await fleet.refused(thief.owner, saying=reason)
        with pytest.raises(ApiError, match="not found"):
            fleet.cluster.client.get(Secret, f"{thief.name}.a-key", namespace=f"user-{thief.owner}")
    await forged.heal(thief, "Had a copied secret")
