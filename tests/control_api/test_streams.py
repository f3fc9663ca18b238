"""Streams: whole states with ids, resumed where they broke off. Reports are told and counted once."""

from __future__ import annotations

import asyncio

from sqlmodel import select

from control_api.models import Event
from tests.control_api.databases import BOTH
from tests.control_api.service import Service, events, until

DATABASES = BOTH


async def test_an_operations_stream_begins_at_once_and_ends_with_it(service: Service) -> None:
    operation = (await service.deploy(wait=0)).json()["operation"]["id"]
    async with service.http.stream("GET", f"/operations/{operation}/events") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        seen = [event async for event in events(response)]
    assert {name for _, name, _ in seen} == {"operation"}
    assert seen[-1][2]["operation"]["state"] == "succeeded"
    assert seen[-1][2]["operation"] == (await service.http.get(f"/operations/{operation}")).json()
    ids = [int(identity) for identity, _, _ in seen]
    assert ids == sorted(set(ids))


async def test_a_stream_resumes_after_the_last_event_seen(service: Service) -> None:
    operation = (await service.deploy()).json()["operation"]["id"]
    path = f"/operations/{operation}/events"

    async def after(last: str) -> list[str]:
        async with service.http.stream("GET", path, headers={"Last-Event-ID": last}) as response:
            return [identity async for identity, _, _ in events(response)]

    everything = await after("0")
    assert len(everything) > 6
    assert await after(everything[2]) == everything[3:]
    assert await after(everything[-1]) == []
    assert (await service.http.get(path, headers={"Last-Event-ID": "x"})).status_code == 400


async def test_a_bots_stream_sends_whole_bots_and_says_when_it_is_deleted(service: Service) -> None:
    await service.deploy()
    phases, last = [], ""

    async def watch() -> None:
        nonlocal last
        async with service.http.stream("GET", "/bots/admin.support/events") as response:
            async for identity, name, data in events(response):
                last = identity or last
                phases.append(data["status"]["phase"] if name == "bot" else name)
                if name == "deleted":
                    return

    watching = asyncio.create_task(watch())
    await until(lambda: bool(phases))
    await service.write("POST", "/bots/admin.support/pause")
    await service.write("DELETE", "/bots/admin.support")
    await asyncio.wait_for(watching, 10)
    assert phases[0] == "idle"
    assert "paused" in phases
    assert phases[-1] == "deleted"
    assert int(last) > 0


def report(number: int, kind: str) -> dict[str, object]:
    """One of the bot, as its runtime makes it."""
    return {
        "id": f"x/{number}",
        "seq": number,
        "kind": kind,
        "bot": "admin.support",
        "at": 1.0,
        "data": {},
    }


async def test_a_bots_stream_tells_that_somebody_paired_or_asks(service: Service) -> None:
    await service.deploy()
    runtime, told = service.engine.inner, list[str]()

    async def watch() -> None:
        async with service.http.stream("GET", "/bots/admin.support/events") as response:
            async for _, name, _ in events(response):
                told.append(name)

    watching = asyncio.create_task(watch())
    await until(lambda: told == ["bot"])
    for count in (1, 2):
        runtime.acknowledged, runtime.waiting_reports = 0, [report(n, "access") for n in range(1, count + 1)]
        await until(lambda count=count: told.count("access") == count)  # type: ignore[misc]
    runtime.acknowledged, runtime.waiting_reports = 0, [report(3, "uncertain"), report(4, "usage")]
    await until(lambda: told.count("bot") == 2)
    assert told.count("access") == 2
    watching.cancel()


async def test_only_who_was_there_before_is_told_of_an_earlier_access(service: Service) -> None:
    await service.deploy()
    runtime, path = service.engine.inner, "/bots/admin.support/events"

    async def first_two(last: dict[str, str], then: str | None = None) -> list[tuple[str, str]]:
        async with service.http.stream("GET", path, headers=last) as response:
            told = aiter(events(response))
            first = await anext(told)
            if then is not None:
                await service.write("POST", f"/bots/admin.support/{then}")
            return [each[:2] for each in (first, await anext(told))]

    [(before, _), _] = await first_two({}, "pause")
    runtime.waiting_reports = [report(1, "access")]
    await until(lambda: runtime.acknowledged == 1)
    assert [name for _, name in await first_two({}, "resume")] == ["bot", "bot"]
    [access, bot] = await first_two({"Last-Event-ID": before})
    assert access == ("", "access"), "cut after it, the stream resumes before it"
    assert bot[1] == "bot"
    assert int(bot[0]) > int(before)


async def test_what_is_reported_twice_is_told_once(service: Service) -> None:
    """The control API died between storing the reports and acknowledging them."""
    await service.deploy()
    uncertain = {
        "id": "admin.support/uncertain/1",
        "kind": "uncertain",
        "bot": "admin.support",
        "at": 1790000000.0,
        "data": {"key": "telegram:1", "part": 0, "reason": "the worker died while it was sent"},
    }
    runtime, platform = service.engine.inner, service.app.state.platform
    for count in (1, 2):
        reports = [{**uncertain, "seq": seq, "id": f"x/{seq}"} for seq in range(1, count + 1)]
        runtime.acknowledged, runtime.waiting_reports = 0, reports
        await until(lambda: runtime.acknowledged > 0)
        async with platform.database.reading() as session:
            query = select(Event.data).where(Event.event == "uncertain")
            assert len((await session.exec(query)).all()) == count


async def test_usage_is_counted_once(service: Service) -> None:
    await service.deploy()
    report = {
        "seq": 1,
        "id": "admin.support/usage/web:1",
        "kind": "usage",
        "bot": "admin.support",
        "at": 1790000000.0,
        "data": {"model": "m", "tokens_in": 7, "tokens_out": 3, "usd": 0.25},
    }
    runtime = service.engine.inner
    runtime.waiting_reports = [report, {**report, "seq": 2}]
    await until(lambda: runtime.acknowledged == 2)
    runtime.acknowledged, runtime.waiting_reports = 0, [{**report, "seq": 1}]
    await until(lambda: runtime.acknowledged == 1)
    found = (await service.http.get("/usage?since=2026-09-01&until=2026-12-31")).json()["items"]
    assert [(day["turns"], day["tokens_in"], day["usd"]) for day in found] == [(1, 7, 0.25)]
