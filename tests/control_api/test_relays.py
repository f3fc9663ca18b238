"""What is asked of the runtime and relayed: chat, drafts, logs, access, conversations."""

from __future__ import annotations

from typing import Any

import pytest

from tests.control_api.service import Service, events, spec


async def test_chat_streams_deltas_and_ends_with_done(service: Service) -> None:
    await service.deploy()
    async with service.http.stream("POST", "/bots/admin.support/chat", json={"text": "hi"}) as response:
        seen = [(name, data) async for _, name, data in events(response)]
    assert seen[0] == ("delta", {"text": "hi"})
    assert seen[-1][0] == "done"
    conversation = seen[-1][1]["conversation"]
    again = {"text": "again", "conversation": conversation}
    async with service.http.stream("POST", "/bots/admin.support/chat", json=again) as response:
        seen = [(name, data) async for _, name, data in events(response)]
    assert seen[-1][1]["conversation"] == conversation
    foreign = {"text": "hi", "conversation": "telegram:1"}
    assert (await service.http.post("/bots/admin.support/chat", json=foreign)).status_code == 422
    assert (await service.http.post("/bots/admin.support/chat", json={"text": ""})).status_code == 422


async def test_a_draft_turn_needs_its_secrets_or_a_bot_that_has_them(service: Service) -> None:
    model = {"provider": "openai", "name": "m", "key": {"secret": "KEY"}}
    body = {"spec": spec(model=model), "messages": [{"role": "user", "text": "hi"}]}
    missing = await service.http.post("/try", json=body)
    assert missing.status_code == 422
    assert missing.json()["errors"][0]["pointer"] == "/spec/model/key"
    given = await service.http.post("/try", json={**body, "secrets": {"KEY": "sk"}})
    assert "draft" in given.text
    await service.deploy(spec=spec(model=model), secrets={"KEY": "sk-deployed"})
    assert "draft" in (await service.http.post("/try", json={**body, "bot": "admin.support"})).text
    runtime = service.engine.inner
    assert runtime.drafts[0]["messages"] == [{"role": "user", "content": "hi"}]
    assert [draft["secrets"] for draft in runtime.drafts] == [{"KEY": "sk"}, {}]
    assert runtime.drafts[1]["bot"] == "admin.support"


async def test_the_log_is_relayed_with_its_ids(service: Service) -> None:
    await service.deploy()
    path = "/bots/admin.support/logs"
    async with service.http.stream("GET", path, headers={"Last-Event-ID": "1"}) as response:
        seen = [(identity, name, data) async for identity, name, data in events(response)]
    assert [(identity, name, data["event"]) for identity, name, data in seen] == [
        ("2", "log", "line 2"),
        ("3", "log", "line 3"),
    ]
    assert seen[0][2]["at"] == "2026-09-21T14:13:20.250000Z"


async def test_access_and_conversations_are_relayed(service: Service) -> None:
    await service.deploy()
    access = (await service.http.get("/bots/admin.support/access")).json()
    assert access["link"] == access["pairing"]["links"]["telegram"]
    approved = await service.http.post("/bots/admin.support/access", json={"sender": "telegram:1"})
    assert approved.json() == access
    paired = (await service.http.post("/bots/admin.support/access/code", json={})).json()
    assert (paired["pairing"]["code"], paired["people"]) == ("fresh", [])
    [conversation] = (await service.http.get("/bots/admin.support/conversations")).json()["items"]
    assert (conversation["id"], conversation["channel"]) == ("c1", "web")
    path = "/bots/admin.support/conversations/c1"
    assert (await service.http.get(path)).json()["messages"][0]["text"] == "hi"
    assert (await service.http.delete(path)).status_code == 204
    missing = await service.http.delete("/bots/admin.support/conversations/c2")
    assert (missing.status_code, missing.json()["title"]) == (404, "Not found")
    actions = [entry["action"] for entry in (await service.http.get("/audit")).json()["items"]]
    assert actions[:3] == ["conversation.erase", "access.pair", "access.approve"]


async def test_the_pairing_code_is_shown_to_those_only_who_may_change_the_bot(service: Service) -> None:
    bob = await service.user("bob")
    await service.http.post("/teams", json={"name": "crew"})
    await service.deploy(owner="crew")
    path = "/bots/crew.support/access"
    await service.http.put("/teams/crew/members/bob", json={"role": "viewer"})
    reader = service.client(await service.token_of(await service.sign_in(), "bots:read"))
    for client in (bob, reader):
        shown = await client.get(path)
        assert (shown.status_code, shown.json()["pairing"], shown.json()["link"]) == (200, None, None)
        assert "c0de" not in shown.text
    await service.http.put("/teams/crew/members/bob", json={"role": "editor"})
    assert (await bob.get(path)).json()["pairing"]["code"] == "c0de"
    weak = service.client(await service.token_of(bob, "bots:read"))
    assert (await weak.get(path)).json()["pairing"] is None


async def test_conversations_are_paged_by_the_runtime(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    await service.deploy()
    asked: list[dict[str, Any]] = []

    async def page(bot: str, **params: Any) -> dict[str, Any]:
        asked.append(params)
        item = {"conversation": f"c{len(asked)}", "channel": "web", "turns": 1, "last_at": 1790000000.5}
        return {"items": [item], "next_cursor": None if "cursor" in params else "1790000000.5~7"}

    monkeypatch.setattr(service.engine.inner, "conversations", page)
    path = "/bots/admin.support/conversations"
    first = (await service.http.get(path, params={"limit": 1})).json()
    last = (await service.http.get(path, params={"limit": 1, "cursor": first["next_cursor"]})).json()
    assert asked == [{"limit": 1}, {"limit": 1, "cursor": "1790000000.5~7"}]
    assert [one["id"] for one in first["items"] + last["items"]] == ["c1", "c2"]
    assert last["next_cursor"] is None
