"""What the cluster says of a bot, in words that people understand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from control_api.engines.kubernetes import facts
from control_api.engines.kubernetes.condition import Phase, Seen, held_up, phase
from tests.charts import helm
from tests.control_api.kubernetes.objects import BOT, QUOTA, SECRETS, deployment, pod, release

CHANGED = {**BOT, "instructions": "Help more."}
INSECURE = 'pods "support" is forbidden: violates PodSecurity "restricted:latest"'
LOG = json.dumps(
    {"at": "2026-11-21T10:00:00Z", "level": "error", "event": "cannot_start", "reason": "no key"}
)


def found(*pods: dict[str, Any], of: dict[str, Any] | None = None, **more: Any) -> Phase:
    """The phase of a bot with this HelmRelease, Deployment and pods."""
    made = more.get("deployment", deployment())
    return phase(
        Seen(
            facts.release(of or release()),
            facts.deployed(made) if made is not None else None,
            tuple(facts.runs(each) for each in pods),
        )
    )


def waiting(cause: str, said: str = "", *, restarts: int = 0, **ended: Any) -> dict[str, Any]:
    """A pod whose container waits, after an end where one is told."""
    return pod(
        ready=False,
        state={"waiting": {"reason": cause, "message": said}},
        last={"terminated": ended} if ended else None,
        restarts=restarts,
    )


def test_a_ready_pod_of_the_present_release_is_live() -> None:
    assert found(pod()) == Phase("live")


def test_content_is_compared_as_the_chart_writes_it() -> None:
    """The real Helm's digests are ours, whatever the text holds."""
    bot = {**BOT, "instructions": "\u2028 <&> é 😀", "budget": {"usd_per_day": 0.25}}
    made = helm.render({"bot": bot, "secrets": SECRETS})["Deployment"]
    assert facts.deployed(made).content == facts.release(release(bot)).content


def test_a_pod_of_the_release_before_is_not_the_bot() -> None:
    """Neither one that still runs, nor a Deployment that Helm has not changed yet."""
    assert found(pod(), of=release(CHANGED)).name == "deploying"
    assert found(pod(), of=release(CHANGED), deployment=deployment(CHANGED)).name == "deploying"
    both = pod(), pod(CHANGED, name="support-new")
    assert found(*both, of=release(CHANGED), deployment=deployment(CHANGED)) == Phase("live")


def test_a_pod_that_ends_is_not_the_bot() -> None:
    assert found(pod(ending=True)) == Phase("deploying", "its pod starts")


@pytest.mark.parametrize(
    ("message", "reason", "next_step"),
    [
        (
            f"Helm install failed for release user-alice/support with chart bot@1.0.0: {INSECURE}",
            INSECURE,
            "operator",
        ),
        (
            f"Helm upgrade failed for release user-alice/support with chart bot@1.0.0: {QUOTA}",
            QUOTA,
            "larger quota",
        ),
        ("", "Helm could not install it", "operator"),
    ],
)
def test_what_helm_could_not_install_has_its_reason(message: str, reason: str, next_step: str) -> None:
    told = found(of=release(ready="False", reason="InstallFailed", message=message), deployment=None)
    assert (told.name, told.reason) == ("failed", reason)
    assert next_step in (told.next_step or "")


def test_a_failure_of_the_generation_before_says_nothing_of_this_one() -> None:
    old = release(generation=2, observed=1, ready="False", reason="UpgradeFailed", message="no")
    assert found(of=old, deployment=None) == Phase("deploying", "Helm installs it")


def test_a_chart_that_is_not_there_yet_is_waited_for() -> None:
    message = "HelmChart 'botyard/bot-1-0-0' is not ready: waiting to be reconciled"
    told = found(of=release(ready="False", reason="SourceNotReady", message=message), deployment=None)
    assert (told.name, told.reason) == ("deploying", message)


def test_a_quota_that_leaves_no_room_for_pods_is_named() -> None:
    told = found(deployment=deployment(refusal=QUOTA))
    assert told.name == "failed"
    assert "exceeded quota: quota, requested: requests.cpu=4" in (told.reason or "")
    assert "larger quota" in (told.next_step or "")


def test_an_image_that_cannot_be_pulled_is_named() -> None:
    message = 'Back-off pulling image "example.test/botyard:2": not found'
    assert found(waiting("ErrImagePull", "not found")).name == "deploying"
    told = found(waiting("ImagePullBackOff", message))
    assert told.name == "failed"
    assert told.reason == f"its image cannot be pulled (ImagePullBackOff: {message})"


def test_a_secret_that_is_not_there_is_named() -> None:
    told = found(waiting("CreateContainerConfigError", 'secret "support.telegram-token" not found'))
    assert told.name == "failed"
    assert 'secret "support.telegram-token" not found' in (told.reason or "")
    assert told.next_step == "Set that secret of the bot again."


def test_a_pod_whose_access_to_the_database_comes_later_is_waited_for() -> None:
    told = found(waiting("CreateContainerConfigError", 'secret "support" not found'))
    assert (told.name, told.reason) == ("deploying", "its pod waits for its access to the database")


def test_a_crash_loop_has_the_last_line_of_the_log() -> None:
    log = f"Traceback …\n\n{LOG}\n"
    first = found(waiting("CrashLoopBackOff", restarts=1, exitCode=1, reason="Error", message=log))
    assert (first.name, first.reason) == (
        "deploying",
        "it ended and is started again: exit code 1: cannot_start: no key",
    )
    told = found(waiting("CrashLoopBackOff", restarts=4, exitCode=1, reason="Error", message=log))
    assert (told.name, told.reason) == (
        "failed",
        "it crashes again and again, 4 times so far; last: exit code 1: cannot_start: no key",
    )
    plain = found(waiting("CrashLoopBackOff", restarts=4, exitCode=2, message="a\nSegmentation fault\n"))
    assert (plain.reason or "").endswith("last: exit code 2: Segmentation fault")


def test_a_bot_that_takes_too_much_memory_is_told_so() -> None:
    told = found(waiting("CrashLoopBackOff", restarts=3, exitCode=137, reason="OOMKilled"))
    assert told.name == "failed"
    assert (told.reason or "").endswith("last: OOMKilled")
    assert told.next_step == "Give it more memory (resources.memory)."


def test_a_pod_that_no_node_has_room_for_says_so() -> None:
    condition = {
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": "0/1 nodes are available: 1 Insufficient cpu.",
    }
    told = found(pod(ready=False, state={"waiting": {"reason": "ContainerCreating"}}, conditions=[condition]))
    assert (told.name, told.reason) == (
        "deploying",
        "Unschedulable: 0/1 nodes are available: 1 Insufficient cpu.",
    )


@pytest.mark.parametrize(
    ("cause", "message", "step"),
    [
        ("FailedMount", 'secret "support.a-key" not found', "Set that secret of the bot again."),
        ("FailedMount", 'configmap "support" not found', "Ask an operator to look at the cluster"),
        ("FailedCreatePodSandBox", "no address is left", "Ask an operator to look at the cluster"),
    ],
)
def test_a_pod_that_waits_to_be_made_is_told_by_its_last_warning(cause: str, message: str, step: str) -> None:
    waiting = facts.runs(pod(ready=False, state={"waiting": {"reason": "ContainerCreating"}}))
    assert (waiting.waits, waiting.trouble) == (True, None)
    assert not facts.runs(pod()).waits
    told = held_up(facts.Trouble(cause, message))
    assert (told.name, told.reason) == ("deploying", f"its pod waits to start ({cause}: {message})")
    assert (told.next_step or "").startswith(step)


def test_a_paused_bot_is_paused_once_its_pod_is_gone() -> None:
    paused = {**BOT, "paused": True}
    still = {"of": release(paused), "deployment": deployment(paused, replicas=0)}
    assert found(pod(ending=True), **still).name == "deploying"
    assert found(**still) == Phase("paused", "its owner paused it", "Resume it.")


def test_a_removed_bot_is_on_its_way_until_nothing_is_left() -> None:
    gone = release()
    gone["metadata"]["deletionTimestamp"] = "2026-11-21T10:00:00Z"
    assert found(pod(), of=gone) == Phase("deploying", "it is being removed")
    assert Seen().is_gone
    assert not Seen(pods=(facts.runs(pod(ending=True)),)).is_gone


def test_objects_outside_of_owners_namespaces_are_nobodys() -> None:
    strange = release()
    strange["metadata"]["namespace"] = "kube-system"
    assert facts.bot_of(strange) is None
    assert facts.bot_of(release()) == facts.bot_of_pod(pod()) == "alice.support"
