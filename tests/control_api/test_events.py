"""The stream of all bots, and the lists that it keeps fresh."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from tests.control_api.databases import BOTH
from tests.control_api.service import Service, events, spec, until

DATABASES = BOTH


class Watching:
    """Somebody who watches all bots."""

    def __init__(self, http: Any, **request: Any) -> None:
        self.told: list[tuple[str, str, Any]] = []
        self._task = asyncio.create_task(self._watch(http, request))

    async def _watch(self, http: Any, request: dict[str, Any]) -> None:
        async with http.stream("GET", "/events", **request) as response:
            assert response.status_code == 200
            async for event in events(response):
                self.told.append(event)

    def names(self, bot: str) -> list[str]:
        return [name for _, name, data in self.told if data.get("id") == bot]

    def phases(self, bot: str) -> list[str]:
        return [data["status"]["phase"] for _, name, data in self.told if name == "bot" and data["id"] == bot]

    def succeeded(self) -> set[str]:
        """The kinds of operations that were told to have succeeded."""
        operations = [data["operation"] for _, name, data in self.told if name == "operation"]
        return {each["kind"] for each in operations if each["state"] == "succeeded"}

    async def aclose(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def test_a_list_is_kept_fresh_from_where_it_was_read(service: Service) -> None:
    await service.deploy("one")
    page = (await service.http.get("/bots")).json()
    assert (page["total"], len(page["items"])) == (1, 1)
    # What happens between the list and the stream is not lost.
    await service.write("POST", "/bots/admin.one/pause")
    watching = Watching(service.http, params={"after": page["event"]})
    await until(lambda: watching.phases("admin.one")[-1:] == ["paused"])
    await service.deploy("two")
    await until(lambda: watching.phases("admin.two")[-1:] == ["idle"])
    kinds = {data["operation"]["kind"] for _, name, data in watching.told if name == "operation"}
    assert kinds == {"pause", "deploy"}
    await service.write("DELETE", "/bots/admin.two")
    # Nothing more happens to the bot once its deletion has succeeded.
    await until(lambda: "delete" in watching.succeeded())
    await until(lambda: watching.names("admin.two")[-1:] == ["deleted"])
    last = max(int(identity) for identity, _, _ in watching.told if identity)
    await watching.aclose()

    again = Watching(service.http, headers={"Last-Event-ID": str(last)}, params={"after": page["event"]})
    await service.write("POST", "/bots/admin.one/resume")
    await until(lambda: again.phases("admin.one")[-1:] == ["idle"])
    assert again.names("admin.two") == []
    await again.aclose()


async def test_many_bots_changed_at_once_are_all_told(service: Service) -> None:
    ids = [f"admin.many-{number}" for number in range(12)]
    items = [{"op": "create", "id": each, "spec": spec(each.partition(".")[2])} for each in ids]
    assert (await service.write("POST", "/bulk", json=items)).status_code == 200
    watching = Watching(service.http)
    await until(lambda: bool(service.app.state.platform.bells._waiting.get("bots")))
    pause = [{"op": "update", "id": each, "spec": {"paused": True}} for each in ids]
    assert (await service.write("POST", "/bulk", json=pause)).status_code == 200
    await until(lambda: all(watching.phases(each)[-1:] == ["paused"] for each in ids))
    assert (
        await service.write("POST", "/bulk", json=[{"op": "delete", "id": each} for each in ids])
    ).is_success
    await until(lambda: all(watching.names(each)[-1:] == ["deleted"] for each in ids))
    await watching.aclose()


async def test_nobody_hears_of_anothers_bots(service: Service) -> None:
    alice = await service.user("alice")
    watching = Watching(alice)
    await until(lambda: bool(service.app.state.platform.bells._waiting.get("bots")))
    await service.deploy("hidden")
    token = await service.token_of(alice, "bots:read", "bots:write")
    theirs = service.client(token)
    await theirs.post("/bots", json={"spec": spec("mine")}, headers={"Prefer": "wait=15"})
    await until(lambda: watching.phases("alice.mine")[-1:] == ["idle"])
    told = str(watching.told)
    assert "alice.mine" in told
    assert "hidden" not in told
    await watching.aclose()


async def test_who_missed_too_much_is_told_to_read_anew(service: Service) -> None:
    watching = Watching(service.http, params={"after": 999_999})
    await until(lambda: [name for _, name, _ in watching.told] == ["reset"])
    await watching.aclose()


async def test_lists_are_searched_and_filtered(service: Service) -> None:
    await service.deploy(spec=spec("orders", description="Answers about Parcels"))
    token = {"TELEGRAM_TOKEN": "1:x"}
    telegram = {"telegram": {"token": {"secret": "TELEGRAM_TOKEN"}}}
    await service.deploy(spec=spec("chatty", channels=telegram), secrets=token)
    await service.deploy(spec=spec("quiet"))
    await service.write("POST", "/bots/admin.quiet/pause")

    async def found(query: str) -> list[str]:
        answer = await service.http.get(f"/bots?{query}")
        assert answer.status_code == 200, answer.text
        return [bot["name"] for bot in answer.json()["items"]]

    assert await found("q=parcels") == ["orders"]
    assert await found("q=PARCELS+order") == ["orders"]
    assert await found("q=parcels+chatty") == []
    assert await found("q=%25") == []
    assert await found("channel=telegram") == ["chatty"]
    assert await found("channel=web") == ["chatty", "orders", "quiet"]
    assert await found("phase=paused") == ["quiet"]
    assert await found("phase=paused&phase=idle") == ["chatty", "orders", "quiet"]
    assert await found("phase=failed") == []
    first = (await service.http.get("/bots?phase=idle&limit=1")).json()
    assert [bot["name"] for bot in first["items"]] == ["chatty"]
    rest = (await service.http.get("/bots", params={"phase": "idle", "cursor": first["next_cursor"]})).json()
    assert [bot["name"] for bot in rest["items"]] == ["orders"]
    assert (await service.http.get("/bots?phase=asleep")).status_code == 422
    assert (await service.http.get("/bots?q=%00")).status_code == 422


async def test_turns_show_in_the_list_as_they_are_reported(service: Service) -> None:
    await service.deploy()
    page = (await service.http.get("/bots")).json()
    assert page["items"][0]["activity"] == {"last_at": None, "turns": [0] * 14}
    watching = Watching(service.http, params={"after": page["event"]})
    day, moment = 86_400, time.time()
    times = (moment - 3 * day, moment, moment, moment - 30 * day)
    service.engine.inner.waiting_reports = [
        {"seq": seq, "id": f"admin.support/usage/{seq}", "kind": "usage", "bot": "admin.support", "at": at}
        for seq, at in enumerate(times, start=1)
    ]
    await until(lambda: bool(watching.phases("admin.support")))
    bot = watching.told[-1][2]
    assert (bot["activity"]["turns"][-1], bot["activity"]["turns"][-4]) == (2, 1)
    assert sum(bot["activity"]["turns"]) == 3
    assert bot["activity"]["last_at"] is not None
    await watching.aclose()
