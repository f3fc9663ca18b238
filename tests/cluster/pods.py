"""A bot's pods as Kubernetes has them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import httpx2
from lightkube import ApiError
from lightkube.operators import Operator
from lightkube.resources.core_v1 import Pod

from tests.cluster.cluster import Cluster, HelmRelease
from tests.journeys.processes import eventually

Labels = dict[str, str | Operator[Any] | Iterable[Any] | None]
LABELS: Labels = {"app.kubernetes.io/name": "bot", "app.kubernetes.io/part-of": "botyard"}


def pods(cluster: Cluster, owner: str, bot: str) -> list[Pod]:
    """The bot's pods, those that are ending too."""
    labels = {**LABELS, "app.kubernetes.io/instance": bot}
    return list(cluster.client.list(Pod, namespace=f"user-{owner}", labels=labels))


def ready(cluster: Cluster, owner: str, bot: str, within: float = 60) -> Pod:
    """The bot's one pod, once it is ready and no other is left."""
    return eventually(f"{owner}.{bot} has a ready pod", lambda: _one(cluster, owner, bot), within)


def another(cluster: Cluster, owner: str, bot: str, before: Pod, within: float = 60) -> Pod:
    """The bot's one ready pod, once it is not the one of before."""

    def found() -> Pod | None:
        pod = _one(cluster, owner, bot)
        return pod if pod and uid(pod) != uid(before) else None

    return eventually(f"{owner}.{bot} has another pod", found, within)


def gone(cluster: Cluster, owner: str, bot: str, within: float = 60) -> None:
    """Wait until neither the bot's release nor a pod of it is left."""

    def is_gone() -> bool:
        try:
            cluster.client.get(HelmRelease, bot, namespace=f"user-{owner}")
        except ApiError as error:
            return error.status.code == 404 and not pods(cluster, owner, bot)
        return False

    eventually(f"nothing of {owner}.{bot} is left", is_gone, within)


def uid(pod: Pod) -> str:
    """What tells a pod from every other."""
    assert pod.metadata is not None
    return str(pod.metadata.uid)


def address(pod: Pod) -> str:
    """The URL of the pod's port."""
    assert pod.status is not None
    return f"http://{pod.status.podIP}:8080/"


def said(owner: str, bot: str) -> str:
    """What the bot's Service answers. A new one takes connections about a second after it exists."""

    def answer() -> str | None:
        try:
            return httpx2.get(f"http://{bot}.user-{owner}.svc.cluster.local:8080/", trust_env=False).text
        except httpx2.ConnectError:
            return None

    return eventually(f"the Service of {owner}.{bot} answers", answer)


def _one(cluster: Cluster, owner: str, bot: str) -> Pod | None:
    found = pods(cluster, owner, bot)
    return found[0] if len(found) == 1 and is_ready(found[0]) else None


def is_ready(pod: Pod) -> bool:
    """Whether it is, and is not ending."""
    ending = pod.metadata is not None and pod.metadata.deletionTimestamp is not None
    conditions = (pod.status and pod.status.conditions) or []
    return not ending and any(each.type == "Ready" and each.status == "True" for each in conditions)
