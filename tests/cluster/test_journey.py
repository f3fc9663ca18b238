"""What people do with bots on a cluster: by REST, committed, synced by Flux, run in pods of the image.

Each bot answers: in the chat of the API, and in Telegram, whose messages come through the gateway.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from lightkube.resources.core_v1 import Pod, Secret

from tests.cluster.cluster import Cluster
from tests.cluster.pods import another, gone, pods, ready
from tests.cluster.real import RealBotyard
from tests.journeys.api import step
from tests.journeys.simulated import ON_TELEGRAM, Person

pytestmark = pytest.mark.timeout(300)

_HEADER = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture(scope="module")
def real(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealBotyard]:
    with RealBotyard(cluster, tmp_path_factory.mktemp("real"), "admin.hello", "admin.guarded") as running:
        yield running


def test_a_bot_is_deployed_changed_rolled_back_restarted_paused_and_deleted(real: RealBotyard) -> None:
    api, cluster = real.api, real.cluster
    theirs = real.telegram.bot()
    spec = real.spec("hello", "instructions", **ON_TELEGRAM)
    deployed = api.deploy(spec, {"TELEGRAM_TOKEN": theirs.token})
    assert {each["name"] for each in deployed["steps"] if each["state"] == "succeeded"} == {
        *("accepted", "committed", "synced", "started", "connected", "answered")
    }
    assert "You are hello." in step(deployed, "answered")["detail"]
    assert api.phase("admin.hello") == "live"
    first = ready(cluster, "admin", "hello")
    person = theirs.person(4900)
    assert "You are hello." in _asked(person, 1)

    changed = api.write("PATCH", "/bots/admin.hello", {"spec": {"instructions": "You are short."}})
    assert "You are short." in step(changed, "answered")["detail"]
    second = another(cluster, "admin", "hello", first)
    assert "You are short." in _asked(person, 2)

    history = api.read("/bots/admin.hello/history")["items"]
    assert [each["operation"] for each in history] == [changed["id"], deployed["id"]]
    api.write("POST", "/bots/admin.hello/rollback", {"commit": history[1]["commit"]})
    third = another(cluster, "admin", "hello", second)
    assert "You are hello." in _asked(person, 3)

    api.write("POST", "/bots/admin.hello/restart")
    another(cluster, "admin", "hello", third)
    _is_one_talk(real, person)

    paused = api.write("POST", "/bots/admin.hello/pause")
    assert step(paused, "stopped")["state"] == "succeeded"
    assert pods(cluster, "admin", "hello") == []
    person.say("Said while nobody was there.")
    api.write("POST", "/bots/admin.hello/resume")
    assert len(person.reads(4)) == 4, "Telegram keeps it until somebody takes it"

    removed = api.write("DELETE", "/bots/admin.hello")
    assert step(removed, "removed")["state"] == "succeeded"
    gone(cluster, "admin", "hello")
    assert api.ask("GET", "/bots/admin.hello").status_code == 404


def test_the_gateway_lets_nobody_else_in(real: RealBotyard) -> None:
    theirs = real.telegram.bot()
    real.api.deploy(real.spec("guarded", **ON_TELEGRAM), {"TELEGRAM_TOKEN": theirs.token})
    webhook = f"{real.url}/webhook/admin.guarded"
    assert real.api.read("/bots/admin.guarded")["status"]["webhook_url"] == webhook
    for headers in ({}, {_HEADER: "wrong"}, {_HEADER: "", "X-Forwarded-For": "127.0.0.1"}):
        assert httpx2.post(webhook, json={}, headers=headers, trust_env=False).status_code == 401
    assert httpx2.post(f"{real.url}/webhook/admin.nobody", json={}, trust_env=False).status_code == 404
    assert httpx2.get(f"{real.url}/readyz", trust_env=False).status_code == 200


def test_a_rotated_key_is_used_from_then_on_and_shows_nowhere_else(real: RealBotyard) -> None:
    api, cluster = real.api, real.cluster
    model = {"provider": "openai-compatible", "name": "talk", "base_url": real.models.base_url}
    spec = {**real.spec("keeper"), "model": {**model, "key": {"secret": "A_KEY"}}}
    api.deploy(spec, {"A_KEY": "first value"})
    first = ready(cluster, "admin", "keeper")
    assert _keys(real) == {"first value"}
    api.write("PUT", "/bots/admin.keeper/secrets/A_KEY", {"value": "second value"})
    another(cluster, "admin", "keeper", first)
    assert api.chat("admin.keeper", "Hello")["text"] == "echo: Hello"
    assert _keys(real) == {"first value", "second value"}

    secret = cluster.client.get(Secret, "keeper.a-key", namespace="user-admin")
    assert list(secret.data or ()) == ["admin.keeper.A_KEY"]
    assert api.read("/bots/admin.keeper")["secrets"]["A_KEY"]["set"] is True
    for pod in cluster.client.list(Pod, namespace="*"):
        assert "second value" not in str(pod.to_dict())


def test_two_owners_have_bots_of_the_same_name(real: RealBotyard) -> None:
    api = real.api
    for owner in ("red", "blue"):
        assert api.ask("POST", "/teams", {"name": owner}).is_success
        spec = real.spec("twin", "instructions", instructions=f"You are of the {owner} team.")
        api.deploy(spec, owner=owner)
    for owner in ("red", "blue"):
        assert f"of the {owner} team" in api.chat(f"{owner}.twin", "Whose are you?")["text"]
        (talk,) = api.read(f"/bots/{owner}.twin/conversations")["items"]
        assert "Whose are you?" in str(api.read(f"/bots/{owner}.twin/conversations/{talk['id']}"))


def _asked(person: Person, count: int) -> str:
    """What the bot says to a question, its `count`th answer."""
    person.say("Who are you?")
    return str(person.reads(count)[count - 1]["text"])


def _is_one_talk(real: RealBotyard, person: Person) -> None:
    """What was said to one pod is known to those that came after it."""
    talks: list[dict[str, Any]] = real.api.read("/bots/admin.hello/conversations")["items"]
    (talk,) = [each for each in talks if str(person.user) in str(each)]
    whole = str(real.api.read(f"/bots/admin.hello/conversations/{talk['id']}"))
    assert whole.count("Who are you?") == 3


def _keys(real: RealBotyard) -> set[str]:
    """The keys that came with requests to the model that wants one."""
    return {str(each["key"]) for each in real.models.requests("talk")}
