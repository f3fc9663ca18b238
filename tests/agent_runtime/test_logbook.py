"""The bots' own logs: bounded, resumed by id, followed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from agent_runtime.home import Home
from agent_runtime.logbook import Logbook, log_file, read_log

BOT = "alice.support"
MakeBook = Callable[..., Logbook]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home.at(tmp_path)
    home.bot(BOT).mkdir(parents=True)
    return home


@pytest.fixture
def make_book(home: Home) -> Iterator[MakeBook]:
    with ExitStack() as stack:

        def make(limit: int = 500_000) -> Logbook:
            return stack.enter_context(closing(Logbook(home, limit)))

        yield make


async def lines(home: Home, **more: Any) -> list[dict[str, Any]]:
    return [line async for line in read_log(home, BOT, **more) if line is not None]


async def test_lines_come_in_order_and_resume_after_an_id(home: Home) -> None:
    for number in range(5):
        # A restarted dispatcher goes on where the one before it ended.
        book = Logbook(home)
        book.write(BOT, {"level": "info", "event": "it", "number": number})
        book.close()
    every = await lines(home)
    assert [line["number"] for line in every] == list(range(5))
    assert [line["number"] for line in await lines(home, after=every[2]["id"])] == [3, 4]
    assert await lines(home, after=every[-1]["id"]) == []
    assert len(await lines(home, after="nonsense")) == 5


async def test_levels_are_from_the_given_one_upwards(home: Home, make_book: MakeBook) -> None:
    book = make_book()
    for level in ("debug", "info", "warning", "error"):
        book.write(BOT, {"level": level, "event": level})
    assert [line["event"] for line in await lines(home, level="warning")] == ["warning", "error"]
    assert len(await lines(home)) == 4


async def test_it_never_grows_beyond_its_limit(home: Home, make_book: MakeBook) -> None:
    book = make_book(20_000)
    for number in range(1000):
        book.write(BOT, {"level": "info", "event": "it", "number": number, "more": "x" * 100})
    size = sum(path.stat().st_size for path in home.bot(BOT).iterdir())
    assert size < 2 * 20_400
    kept = [line["number"] for line in await lines(home)]
    assert kept == list(range(kept[0], 1000))
    assert len(kept) > 60


async def test_a_long_line_is_cut_and_a_torn_one_passed_over(home: Home, make_book: MakeBook) -> None:
    book = make_book()
    book.write(BOT, {"level": "info", "event": "long", "text": "x" * 1_000_000})
    book.close()
    with log_file(home, BOT).open("ab") as file:
        file.write(b'{"id": "5", "ev\n')
    book.write(BOT, {"level": "info", "event": "next"})
    assert [line["event"] for line in await lines(home)] == ["long", "next"]
    assert log_file(home, BOT).stat().st_size < 40_000


async def test_many_bots_share_a_bounded_number_of_open_files(home: Home, make_book: MakeBook) -> None:
    book = make_book()
    for number in range(200):
        home.bot(f"alice.bot{number}").mkdir(parents=True)
        book.write(f"alice.bot{number}", {"event": "it"})
    book.write("alice.gone", {"event": "dropped"})
    opened = [path for path in Path("/proc/self/fd").iterdir() if _is_log(path)]
    assert len(opened) <= 64
    book.write("alice.bot0", {"event": "again"})
    assert log_file(home, "alice.bot0").read_bytes().count(b"\n") == 2


async def test_following_goes_on_over_a_rotation(home: Home, make_book: MakeBook) -> None:
    book = make_book(2000)
    seen: list[int] = []

    async def follow() -> None:
        async for line in read_log(home, BOT, follow=True):
            seen.extend([line["number"]] if line is not None else [])

    following = asyncio.create_task(follow())
    for number in range(40):
        book.write(BOT, {"level": "info", "event": "it", "number": number})
        if number % 10 == 9:
            async with asyncio.timeout(5):
                while seen[-1:] != [number]:  # noqa: ASYNC110 - it is a file that is looked at
                    await asyncio.sleep(0.02)
    following.cancel()
    assert seen == list(range(40))


def _is_log(descriptor: Path) -> bool:
    try:
        return descriptor.readlink().name == "log.jsonl"
    except FileNotFoundError:
        return False  # That of the listing itself.
