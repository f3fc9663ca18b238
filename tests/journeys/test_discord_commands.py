"""A bot on Discord that hears of commands over HTTP: found out, invited, paired, asked, stopped."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from tests.journeys.api import Api
from tests.journeys.discord import DiscordBot, DiscordServer
from tests.journeys.installation import Installation, new_token
from tests.journeys.parts import kill
from tests.journeys.processes import eventually
from tests.journeys.simulated import ModelServer

OWNER, OTHER = 4801, 4802
BY_COMMANDS: dict[str, Any] = {
    "channels": {"discord": {"token": {"secret": "DISCORD_TOKEN"}, "mode": "interactions"}}
}


class Place:
    """An installation that Discord reaches, and a model that answers."""

    def __init__(self, folder: Path, discord: DiscordServer, models: ModelServer) -> None:
        self.folder, self.discord, self.models = folder, discord, models
        self.botyard = Installation(folder, token=new_token(), BOTYARD_DISCORD_API_URL=discord.api_url)
        self.botyard.environment["BOTYARD_PUBLIC_URL"] = self.botyard.url
        self.botyard.start()
        self.api = Api(self.botyard.url, self.botyard.token)

    def deploy(self, name: str, model: str = "echo", **more: Any) -> DiscordBot:
        theirs = self.discord.bot(name)
        spec = self.models.spec(name, model, **BY_COMMANDS, **more)
        spec["model"]["max_output_tokens"] = 8000
        self.api.deploy(spec, {"DISCORD_TOKEN": theirs.token})
        return theirs


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with DiscordServer() as discord, ModelServer() as models:
        found = Place(tmp_path_factory.mktemp("discord"), discord, models)
        try:
            yield found
        finally:
            found.api.http.close()
            found.botyard.stop()


def test_a_token_alone_deploys_a_bot_that_says_how_it_is_invited(place: Place) -> None:
    theirs = place.discord.bot("inviting", message_content=False)
    file = place.folder / "inviting.yaml"
    gateway: dict[str, Any] = {"channels": {"discord": {"token": {"secret": "DISCORD_TOKEN"}}}}
    file.write_text(yaml.safe_dump(place.models.spec("inviting", **gateway)))
    deploy = ("deploy", str(file), "--secret", "DISCORD_TOKEN")
    signed_in: dict[str, Any] = {"BOTYARD_TOKEN": str(place.botyard.token)}
    refused = place.botyard.command(*deploy, DISCORD_TOKEN="a.b.c", **signed_in)
    assert refused.returncode == 1
    assert "Discord does not know this token" in refused.stderr
    assert place.api.ask("GET", "/bots/admin.inviting").status_code == 404
    done = place.botyard.command(*deploy, DISCORD_TOKEN=theirs.token, **signed_in)
    assert done.returncode == 0, done.stderr
    told = done.stderr
    invite = told.index(f"https://discord.com/oauth2/authorize?client_id={theirs.id}")
    assert invite < told.index("Message Content Intent is off") < told.index("committed")
    assert theirs.token not in told


def test_the_owner_pairs_and_lets_somebody_in_by_commands(place: Place) -> None:
    theirs = place.deploy("paired")
    state = place.api.read("/bots/admin.paired")["channels"]["discord"]
    assert (state["state"], state["name"]) == ("connected", "paired")
    server = place.discord.ask("POST", "/guilds", {"bots": [theirs.token]})
    early = theirs.uses(OTHER, "ask", server["channel"], question="Are you there?")
    assert "no owner yet" in theirs.answered(early)["content"]
    code = place.api.read("/bots/admin.paired/access")["pairing"]["code"]
    pairing = theirs.uses(OWNER, "start", server["channel"], code=code)
    assert "You are now the owner" in theirs.answered(pairing)["content"]
    assert theirs.interaction(pairing)["ephemeral"] is True
    asked = theirs.uses(OTHER, "ask", server["channel"], question="Me too?")
    assert "I have told its owner" in theirs.answered(asked)["content"]
    eventually(
        "the owner is asked", lambda: any(f"approve_{OTHER}" in each["content"] for each in theirs.sent())
    )
    theirs.answered(theirs.uses(OWNER, "approve", person=str(OTHER)))
    again = theirs.uses(OTHER, "ask", server["channel"], question="Where is it?")
    assert theirs.answered(again)["content"] == "echo: Person 4802: Where is it?"
    assert theirs.interaction(again)["ephemeral"] is False


def test_an_answer_is_promised_at_once_and_may_be_long(place: Place) -> None:
    theirs = place.deploy("lengthy", "long-markdown", access={"policy": "open"})
    given = theirs.uses(OWNER, "ask", question="Tell me everything")
    last = "That is the whole way."
    eventually("the end arrives", lambda: any(last in each["content"] for each in theirs.sent()), within=60)
    promise = theirs.promised(given)
    assert promise["body"] == json.dumps({"type": 5})
    assert promise["seconds"] < 1.0
    texts = [each["content"] for each in theirs.sent()]
    assert all(text.count("```") % 2 == 0 for text in texts)
    assert max(map(len, texts)) <= 2000
    whole = "\n".join(texts)
    for n in range(1, 15):
        assert whole.count(f"def step_{n}(parcel: str) -> str:") == 1
    assert [
        each for each in place.discord.ask("GET", f"/bots/{theirs.id}/calls") if each["status"] == 429
    ] == []


def test_a_running_answer_is_stopped_and_a_conversation_forgotten(place: Place) -> None:
    theirs = place.deploy("stopped", "talk", access={"policy": "open"})
    asked = theirs.uses(OWNER, "ask", question="Count slowly " * 100)
    assert "Count slowly" in theirs.answered(asked)["content"]
    stop = theirs.uses(OWNER, "stop")
    eventually("the answer ends", lambda: "(Stopped.)" in theirs.interaction(asked)["message"]["content"])
    # The stopped answer says so; that the command has nothing to add leaves nothing that "is thinking".
    theirs.promised(stop)
    eventually("the promise is taken back", lambda: theirs.interaction(stop)["message"] is None)
    assert "new conversation" in theirs.answered(theirs.uses(OWNER, "reset"))["content"]
    usage = theirs.uses(OWNER, "usage")
    assert "tokens" in theirs.answered(usage)["content"]


def _command(number: int, channel: str, name: str = "ask", **options: Any) -> dict[str, Any]:
    given = [{"name": key, "type": 3, "value": value} for key, value in options.items()]
    user = {"id": str(OWNER), "username": "ann"}
    data = {"name": name, "options": given}
    known = {"application_id": "1", "token": "t", "type": 2, "context": 1, "user": user}
    return {**known, "id": str(number), "channel_id": channel, "data": data}


def test_what_discord_did_not_sign_is_refused_and_nothing_of_it_is_stored(place: Place) -> None:
    theirs, others = place.deploy("guarded", access={"policy": "open"}), place.discord.bot()
    url = f"{place.botyard.url}/webhook/admin.guarded/discord"
    body = json.dumps(_command(5, "1", question="hello"))
    good, stamp = theirs.signed(body), str(int(time.time()))
    forged: list[tuple[str, dict[str, str]]] = [
        (body, {}),
        (body, {"X-Signature-Ed25519": "", "X-Signature-Timestamp": stamp}),
        (body, {"X-Signature-Ed25519": "00" * 64, "X-Signature-Timestamp": stamp}),
        (body, {**good, "X-Signature-Timestamp": str(int(stamp) - 400)}),
        (body, {**good, "X-Signature-Timestamp": str(int(good["X-Signature-Timestamp"]) + 1)}),
        (body, {"X-Forwarded-For": "127.0.0.1", "X-Signature-Timestamp": stamp}),
        (body, others.signed(body)),
        (body.replace("hello", "hullo"), good),
    ]
    for sent, headers in forged:
        answer = httpx2.post(url, content=sent.encode(), headers=headers, trust_env=False)
        assert answer.status_code == 401, headers
    nobody = f"{place.botyard.url}/webhook/admin.nobody/discord"
    assert httpx2.post(nobody, content=body.encode(), headers=good, trust_env=False).status_code == 404
    assert place.api.read("/bots/admin.guarded/conversations")["items"] == []


@pytest.mark.timeout(180)
@pytest.mark.long
def test_what_comes_again_and_in_disorder_gets_its_one_answer(place: Place) -> None:
    theirs = place.deploy("repeated", access={"policy": "open"})
    channel = theirs.uses(OWNER, "usage")["channel"]
    url = f"{place.botyard.url}/webhook/admin.repeated/discord"

    def send(body: dict[str, Any], headers: dict[str, str] | None = None) -> int:
        text = json.dumps(body)
        signed = headers or theirs.signed(text)
        try:
            return httpx2.post(
                url, content=text.encode(), headers=signed, timeout=30, trust_env=False
            ).status_code
        except httpx2.TransportError:
            return 0

    same = _command(100, channel, question="same")
    signed = theirs.signed(json.dumps(same))
    with ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(send, same, signed) for _ in range(100)]
        for part in ("receiver", "dispatcher"):
            kill(place.botyard.home, part)
        assert {each.result() for each in sent} <= {200, 0, 502, 503}
    assert send(same) == 200
    for number in (10, 12, 11, 11, 3):
        assert send(_command(number, channel, question=f"number {number}")) == 200
    large = 2**63 + 1
    assert send(_command(large, channel, question="large")) == 200
    assert send(_command(20, channel, question="half \ud83d")) == 200
    for odd in (
        {"type": 99, "id": "21"},
        {**_command(22, channel), "id": 22},
        {**_command(23, channel), "user": {}},
        {**_command(24, channel), "context": 2},
    ):
        assert send(odd) == 200
    assert send(_command(25, channel, question="")) == 200
    assert send(_command(26, channel, "unknown")) == 200

    def asked() -> list[str]:
        talk = place.api.read(f"/bots/admin.repeated/conversations/discord:{OWNER}")
        # The command that asked nothing is one message more, at any time.
        return [each["text"] for each in talk["messages"] if each["role"] == "user" and each["text"]]

    wanted = ["same", *(f"number {n}" for n in (10, 12, 11, 3)), "large", "half ?"]
    eventually("all is answered", lambda: asked()[-1:] == wanted[-1:], within=120)
    assert asked() == wanted
