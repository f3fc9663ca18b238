"""Messages that come at once are handed over together, and what is wrong with one is no other's matter."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from agent_runtime.mail import Arrival
from agent_runtime.receiver.submissions import Submissions
from agent_runtime.supervisor import listen
from agent_runtime.wire import Call, Json, Link, Peer, ProblemError


def arrival(number: int) -> Arrival:
    return Arrival(str(number), "c", "s", json.dumps({"n": number}))


async def test_one_question_for_all_and_one_refusal_for_one(tmp_path: Path) -> None:
    asked: list[list[int]] = []
    begun, first_is_stored = asyncio.Event(), asyncio.Event()

    async def answer(call: Call) -> Json:
        numbers = [json.loads(item[-1])["n"] for item in call.data["items"]]
        asked.append(numbers)
        begun.set()
        await first_is_stored.wait()
        refused = {str(place): ProblemError(404, "gone").problem for place, n in enumerate(numbers) if n == 5}
        return {"problems": refused}

    path = tmp_path / "d.sock"
    server = await asyncio.get_running_loop().create_unix_server(lambda: Peer(answer), sock=listen(path))
    link = Link(path)
    submissions = Submissions(link)
    large = 2 * 1024 * 1024 - 10
    sent = [
        asyncio.create_task(submissions.store("al.one", "telegram", arrival(n), large if n == 9 else 100))
        for n in range(10)
    ]
    async with asyncio.timeout(10):
        await begun.wait()
        later = asyncio.create_task(submissions.store("al.one", "telegram", arrival(10), 100))
        first_is_stored.set()
        outcomes = await asyncio.gather(*sent, later, return_exceptions=True)
    # What would make the frame too long goes next; nothing is asked one by one.
    assert asked[0] == list(range(9))
    assert sorted(n for numbers in asked[1:] for n in numbers) == [9, 10]
    problems = {n: outcome for n, outcome in enumerate(outcomes) if outcome is not None}
    assert list(problems) == [5]
    assert isinstance(problems[5], ProblemError)
    assert problems[5].status == 404
    link.close()
    server.close()


async def test_a_message_that_cannot_be_asked_about_spoils_no_other(tmp_path: Path) -> None:
    async def answer(_: Call) -> Json:
        return {"problems": {}}

    path = tmp_path / "d.sock"
    server = await asyncio.get_running_loop().create_unix_server(lambda: Peer(answer), sock=listen(path))
    link = Link(path)
    submissions = Submissions(link)
    unwritable = Arrival("2", "c", "s", object())  # type: ignore[arg-type]
    odd = submissions.store("al.one", "telegram", unwritable, 100)
    good = submissions.store("al.one", "telegram", arrival(1), 100)
    async with asyncio.timeout(10):
        stored, refused = await asyncio.gather(good, odd, return_exceptions=True)
    assert stored is None
    assert isinstance(refused, ProblemError)
    assert refused.status == 500
    link.close()
    server.close()
