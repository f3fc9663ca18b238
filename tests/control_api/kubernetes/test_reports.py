"""Reports of bots in pods, in a real Postgres: taken once, whatever order they become visible in."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import create_async_engine

from agent_runtime.store.inbox import Report
from agent_runtime.store.postgres import PostgresInbox
from control_api.engines.kubernetes.reports import ReportTable
from tests.postgres import Postgres


async def test_nothing_is_there_before_the_first_pod(postgres_url: str) -> None:
    table = ReportTable(create_async_engine(postgres_url))
    assert await table.read(10) == []
    await table.aclose()


async def test_a_report_that_becomes_visible_late_is_not_lost(postgres: Postgres, postgres_url: str) -> None:
    inbox = PostgresInbox(postgres_url)
    await inbox.report(Report("usage-1", "usage", "alice.support", 1.0, {"tokens_in": 3}, 0))
    await inbox.aclose()
    table = ReportTable(create_async_engine(postgres_url))
    with postgres.connect(postgres_url) as late, late.transaction():
        late.execute(
            "INSERT INTO botyard_runtime.report (id, kind, bot, at, data)"
            " VALUES ('b', 'usage', 'bob.x', 2, '{}')"
        )
        with postgres.connect(postgres_url) as early:
            early.execute(
                "INSERT INTO botyard_runtime.report (id, kind, bot, at, data)"
                " VALUES ('c', 'model', 'carol.x', 3, '{}')"
            )
        found = await table.read(10)
        assert [each["id"] for each in found] == ["usage-1", "c"]
        assert found[0]["data"] == {"tokens_in": 3}
    await table.acknowledge(found[-1]["seq"])
    assert [each["id"] for each in await table.read(10)] == ["b"]
    await table.aclose()
