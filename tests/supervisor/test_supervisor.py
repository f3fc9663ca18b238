"""Parts that start in order, crash, are replaced and stop, each a real process."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import stat
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent_runtime.home import Home
from agent_runtime.supervisor import HomeInUseError, HomeLock, Part, PartError, State, Supervisor, holder

SAYS_READY = "from agent_runtime.supervisor import inherited, ready\nimport os, time, signal, sys\n"

# Answers each connection with its process id; finishes the one at hand before it ends.
SERVES = SAYS_READY + textwrap.dedent("""
    serving = inherited("echo")
    serving.settimeout(0.05)
    told = []
    signal.signal(signal.SIGTERM, lambda *_: told.append(1))
    ready()
    while not told:
        try:
            client, _ = serving.accept()
        except TimeoutError:
            continue
        client.settimeout(5)
        client.recv(1)
        client.sendall(str(os.getpid()).encode())
        client.close()
    """)
STAYS = SAYS_READY + "ready()\ntime.sleep(600)\n"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home")


async def eventually(condition: Callable[[], bool], within: float = 10) -> None:
    until = time.monotonic() + within
    while not condition():
        assert time.monotonic() < until, "the condition did not come true"
        await asyncio.sleep(0.01)


def alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def ask(home: Home) -> int:
    """One request to the `echo` socket: the process that answered."""
    reader, writer = await asyncio.open_unix_connection(str(home.socket("echo")))
    try:
        writer.write(b"?")
        answer = await reader.read()
        return int(answer)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def test_a_part_serves_on_the_socket_that_the_supervisor_holds(home: Home) -> None:
    async with Supervisor(home, [Part("echo", python(SERVES), sockets=("echo",))]) as running:
        await running.all_ready(10)
        assert await ask(home) == running.standings()["echo"].pid
        assert stat.S_IMODE(home.socket("echo").stat().st_mode) == 0o600
        assert stat.S_IMODE(home.run.stat().st_mode) == 0o700
    assert not home.socket("echo").exists()


async def test_requests_wait_while_a_killed_part_comes_back(home: Home) -> None:
    async with Supervisor(home, [Part("echo", python(SERVES), sockets=("echo",))]) as running:
        await running.all_ready(10)
        first = await ask(home)
        os.kill(first, signal.SIGKILL)
        await eventually(lambda: running.standings()["echo"].state is not State.READY)
        answers = await asyncio.gather(*(ask(home) for _ in range(20)))
        standing = running.standings()["echo"]
        assert set(answers) == {standing.pid} != {first}
        assert standing.restarts == 1


@pytest.mark.parametrize("how", ["overlap", "hand_over", None])
async def test_a_planned_restart_refuses_no_request(home: Home, how: str | None) -> None:
    waiting = "from agent_runtime.supervisor import my_turn\nmy_turn()\n" + SERVES
    part = Part(
        "echo", python(waiting), sockets=("echo",), overlap=how == "overlap", hand_over=how == "hand_over"
    )
    async with Supervisor(home, [part]) as running:
        await running.all_ready(10)
        first = await ask(home)
        answers: list[int] = []

        async def keep_asking() -> None:
            while True:
                answers.append(await ask(home))

        asking = asyncio.create_task(keep_asking())
        await running.replace("echo")
        seen = len(answers)
        await eventually(lambda: len(answers) > seen + 20 or asking.done())
        assert not asking.done(), asking.exception()
        asking.cancel()
        assert answers[-1] == running.standings()["echo"].pid != first
        assert running.standings()["echo"].restarts == 0
        assert not alive(first)


async def test_a_part_that_hands_over_never_runs_beside_its_successor(home: Home, tmp_path: Path) -> None:
    held = tmp_path / "held"
    code = textwrap.dedent(f"""
        from agent_runtime.supervisor import my_turn
        my_turn()
        import os
        os.close(os.open({str(held)!r}, os.O_CREAT | os.O_EXCL))
        """)
    code += SERVES + f"os.unlink({str(held)!r})\n"
    async with Supervisor(home, [Part("echo", python(code), sockets=("echo",), hand_over=True)]) as running:
        await running.all_ready(10)
        for _ in range(3):
            before = await ask(home)
            await running.replace("echo")
            assert await ask(home) != before
        assert running.standings()["echo"].restarts == 0


@pytest.mark.parametrize("how", ["overlap", "hand_over"])
async def test_a_replacement_that_fails_leaves_the_old_one_serving(
    home: Home, tmp_path: Path, how: str
) -> None:
    broken = tmp_path / "broken"
    code = f"import os, sys\nif os.path.exists({str(broken)!r}): sys.exit(3)\n{SERVES}"
    part = Part(
        "echo", python(code), sockets=("echo",), overlap=how == "overlap", hand_over=how == "hand_over"
    )
    async with Supervisor(home, [part]) as running:
        await running.all_ready(10)
        first = await ask(home)
        broken.touch()
        with pytest.raises(PartError, match="ended with code 3"):
            await running.replace("echo")
        assert await ask(home) == first


async def test_a_crashing_part_backs_off_and_says_why(home: Home) -> None:
    async with Supervisor(home, [Part("bad", python("import sys; sys.exit('no luck')"))]) as running:
        with pytest.raises(PartError, match=r"(?s)bad ended with code 1; its log is .*no luck"):
            await running.all_ready(60)
        recorded = json.loads((home.run / "parts.json").read_text())
        assert recorded["bad"]["restarts"] >= 3
        assert recorded["bad"]["reason"] == "ended with code 1"


async def test_a_command_that_does_not_exist_is_named(home: Home) -> None:
    async with Supervisor(home, [Part("absent", ["/nonexistent/program"])]) as running:
        with pytest.raises(PartError, match=r"absent can't be started.*/nonexistent/program"):
            await running.all_ready(0.3)


async def test_a_part_that_is_never_ready_is_ended_and_tried_again(home: Home) -> None:
    part = Part("late", python("import time; time.sleep(600)"), ready_within=0.3)
    async with Supervisor(home, [part]) as running:
        await eventually(lambda: running.standings()["late"].pid is not None)
        first = running.standings()["late"].pid
        assert first is not None
        await eventually(lambda: running.standings()["late"].restarts >= 1)
        assert running.standings()["late"].reason == "was not ready within 0.3 s"
        assert not alive(first)


async def test_parts_start_and_stop_in_order(home: Home, tmp_path: Path) -> None:
    story = tmp_path / "story"

    def telling(name: str) -> list[str]:
        return python(
            SAYS_READY
            + textwrap.dedent(f"""
            def tell(what):
                with open({str(story)!r}, "a") as file:
                    file.write(f"{name} {{what}}\\n")
            def stop(*_):
                tell("stops")
                sys.exit(0)
            signal.signal(signal.SIGTERM, stop)
            tell("starts")
            ready()
            while True:  # a signal just before a long sleep would not end it
                time.sleep(0.02)
            """)
        )

    parts = [Part("second", telling("second"), after=("first",)), Part("first", telling("first"))]
    async with Supervisor(home, parts) as running:
        await running.all_ready(10)
    assert story.read_text().split("\n")[:4] == [
        "first starts", "second starts", "second stops", "first stops",
    ]  # fmt: skip


async def test_a_check_decides_where_a_part_can_not_say_that_it_is_ready(home: Home) -> None:
    answers: Iterator[bool | OSError] = iter([False, OSError("not yet"), True])

    async def check() -> bool:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    async with Supervisor(home, [Part("sleep", ["sleep", "600"], check=check)]) as running:
        await running.all_ready(10)
        assert next(answers, None) is None


async def test_a_part_that_ignores_the_request_to_end_is_killed(home: Home) -> None:
    code = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + STAYS
    part = Part("stubborn", python(code), stop_within=0.2)
    async with Supervisor(home, [part]) as running:
        await running.all_ready(10)
        pid = running.standings()["stubborn"].pid
        assert pid is not None
    assert not alive(pid)


async def test_logs_are_kept_below_their_limit(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent_runtime.supervisor.supervisor._TRIM_EVERY", 0.02)
    current, before = home.logs / "talks.log", home.logs / "talks.log.1"
    code = f"""
ready()
for i in range(20000):
    print('line', i)
while os.path.getsize({str(current)!r}) > 20000:
    time.sleep(0.01)
print('the end')
time.sleep(600)
"""
    part = Part("talks", python(SAYS_READY + code))
    async with Supervisor(home, [part], log_limit=20_000) as running:
        await running.all_ready(10)
        await eventually(lambda: "the end" in current.read_text())
        assert current.stat().st_size <= 20_000
        assert before.stat().st_size <= 20_000
        assert stat.S_IMODE(current.stat().st_mode) == 0o600


async def test_a_home_has_one_live_botyard(home: Home) -> None:
    assert holder(home) is None
    with HomeLock(home):
        assert holder(home) == os.getpid()
        with pytest.raises(HomeInUseError, match=f"process {os.getpid()}.*BOTYARD_HOME"):
            HomeLock(home).__enter__()
    assert holder(home) is None
    with HomeLock(home):
        pass


def nested(home: Home, code: str, name: str) -> str:
    """A supervisor whose only part runs `code`, as a program."""
    return textwrap.dedent(f"""
        import asyncio, sys
        from agent_runtime.home import Home
        from agent_runtime.supervisor import Part, Supervisor, ready
        async def main():
            parts = [Part("echo", [sys.executable, "-c", {code!r}], sockets=("echo",))]
            async with Supervisor(Home.at({str(home.root)!r}), parts, name={name!r}) as running:
                await running.all_ready(10)
                ready()
                await running.until_told()
        asyncio.run(main())
        """)


WITH_GRANDCHILD = (
    "import subprocess; print('pid', subprocess.Popen(['sleep', '600']).pid, flush=True)\n" + SERVES
)


def read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


async def part_and_its_child(home: Home) -> list[int]:
    server = await ask(home)
    sleeper = int((home.logs / "echo.log").read_text().split("pid ")[1].split()[0])
    return [server, sleeper]


async def test_the_death_of_the_outermost_supervisor_ends_children_and_grandchildren(home: Home) -> None:
    outer = nested(home, nested(home, WITH_GRANDCHILD, "inner"), "outer")
    process = await asyncio.create_subprocess_exec(*python(outer), stdin=asyncio.subprocess.DEVNULL)
    try:
        await eventually(
            lambda: (home.run / "inner.json").exists() and "ready" in (home.run / "inner.json").read_text()
        )
        pids = [
            *(
                json.loads((home.run / f"{name}.json").read_text())["echo"]["pid"]
                for name in ("outer", "inner")
            ),
            *await part_and_its_child(home),
        ]
        assert all(alive(pid) for pid in pids)
        process.kill()
        await process.wait()
        await eventually(lambda: not any(alive(pid) for pid in pids))
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()


async def test_what_a_part_leaves_behind_ends_with_it(home: Home) -> None:
    async with Supervisor(home, [Part("echo", python(WITH_GRANDCHILD), sockets=("echo",))]) as running:
        await running.all_ready(10)
        server, sleeper = await part_and_its_child(home)
        os.kill(server, signal.SIGKILL)
        await eventually(lambda: not alive(sleeper))


async def test_a_stale_socket_file_is_replaced(home: Home) -> None:
    home.run.mkdir(parents=True)
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(home.socket("echo")))
    stale.close()
    async with Supervisor(home, [Part("echo", python(SERVES), sockets=("echo",))]) as running:
        await running.all_ready(10)
        assert await ask(home)


async def test_descriptors_meant_for_one_process_do_not_reach_its_children(home: Home) -> None:
    code = (
        SAYS_READY + "import subprocess; ready(); inherited('echo'); subprocess.run(['env']); time.sleep(600)"
    )
    async with Supervisor(home, [Part("echo", python(code), sockets=("echo",))]) as running:
        await running.all_ready(10)
        await eventually(lambda: "PATH=" in (home.logs / "echo.log").read_text())
        assert "BOTYARD_SOCKET" not in (home.logs / "echo.log").read_text()


async def test_a_spare_takes_over_from_a_killed_part_and_is_fresh_after_a_planned_restart(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent_runtime.supervisor.spare._AFTER", 0.2)
    told = home.root / "started"
    code = f"""
import pathlib, os
from agent_runtime.supervisor import my_turn
with open({str(told)!r}, "a") as file:
    file.write(f"{{os.getpid()}}\\n")
my_turn()
"""
    part = Part("echo", python(code + SERVES), sockets=("echo",), hand_over=True, spare=True)
    home.root.mkdir(parents=True)

    def started() -> list[int]:
        return [int(line) for line in told.read_text().split()]

    async with Supervisor(home, [part]) as running:
        await running.all_ready(10)
        await eventually(lambda: len(started()) == 2)
        first, spare = started()
        assert await ask(home) == first
        os.kill(first, signal.SIGKILL)
        assert await ask(home) == spare
        assert running.standings()["echo"].restarts == 1
        await eventually(lambda: len(started()) == 3)
        old_spare = started()[2]
        await running.replace("echo")
        assert await ask(home) == started()[3]
        assert not alive(old_spare)
    assert not any(alive(pid) for pid in started())
