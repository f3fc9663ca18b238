"""Deploy branches at a remote that somebody else writes to: put right as soon as it is seen."""

from __future__ import annotations

from agent_runtime.spec import BotId
from gitops import layout
from tests.gitops.code_host import CodeHost
from tests.gitops.fleet import SUPPORT, Fleet, specification
from tests.gitops.remote.mirrors import BOT, BRANCH, agree, forge

RELEASE = layout.release_path(SUPPORT)


async def test_whatever_others_write_to_a_deploy_branch_goes(fleet: Fleet, host: CodeHost) -> None:
    await fleet.commit("deploy", spec=specification(), sealed=await fleet.seal({"KEY": "v"}))
    wanted = await fleet.objects.read(BRANCH, RELEASE)
    forged = await forge(
        host.repository,
        {
            RELEASE: b"kind: Pod\n",
            "alice/tenant.yaml": b"kind: Namespace\n",
            layout.released_secret_path(SUPPORT, "KEY"): None,
            "mallory/pod.yaml": b"kind: Pod\n",
            "kustomization.yaml": b"resources: []\n",
        },
    )
    await fleet.committer.once()
    assert await fleet.objects.contains(BRANCH, forged)
    assert await fleet.objects.read(BRANCH, RELEASE) == wanted
    assert await fleet.objects.read(BRANCH, "mallory/pod.yaml") is None
    await agree(fleet, host.repository)
    tip = await fleet.objects.resolve(BRANCH)
    await fleet.committer.once()
    assert await fleet.objects.resolve(BRANCH) == tip


async def test_the_next_deploy_goes_through_beside_what_others_wrote(fleet: Fleet, host: CodeHost) -> None:
    await fleet.commit("deploy", spec=specification())
    await forge(host.repository, {"alice/pod.yaml": b"kind: Pod\n"})
    await fleet.commit("deploy", BotId("alice", "second"), spec=specification("second"))
    assert await fleet.objects.read(BRANCH, "alice/pod.yaml") is None
    await agree(fleet, host.repository)


async def test_a_held_bot_keeps_its_last_valid_release(fleet: Fleet, host: CodeHost) -> None:
    await fleet.commit("deploy", spec=specification())
    await fleet.commit("deploy", BotId("alice", "second"), spec=specification("second"))
    kept = await fleet.objects.read(BRANCH, RELEASE)
    await forge(host.repository, {BOT: b"version: 1\nname: support\nnonsense: 1\n"}, layout.MAIN)
    await fleet.committer.once()
    await forge(host.repository, {"alice/second/release.yaml": b"kind: Pod\n"})
    await fleet.committer.once()
    assert await fleet.objects.read(BRANCH, RELEASE) == kept
    second = await fleet.objects.read(BRANCH, "alice/second/release.yaml")
    assert second is not None
    assert b"HelmRelease" in second
