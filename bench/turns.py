"""Whole turns a second, warm, on all cores: a message fetched, a model asked, the reply sent.

Beside python-telegram-bot's application, a process a core, in turns of a few seconds against the same people,
Telegram and model (`bench.outside`), which take their share of the cores from both. Ours stores each message
before Telegram is told that it has it, and each reply before it is sent; theirs keeps all in memory.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import psutil

from bench import ptb
from bench.figures import Measured
from bench.machine import ROOT, workspace
from bench.progress import say
from bench.scale import Scale
from tests.journeys.api import Api
from tests.journeys.installation import Installation, new_token
from tests.journeys.processes import eventually, of_home
from tests.journeys.simulated import ON_TELEGRAM

_PEOPLE = 64  # of each bot of ours; one is asked for about once a second at most, as Telegram lets a chat be
_OFTEN = {"turns_per_user_per_hour": 10_000, "tokens_per_day": 10_000_000_000}


def run(scale: Scale) -> dict[str, Measured]:
    with workspace() as folder, ExitStack() as stack:
        outside = stack.enter_context(_outside())
        ours = stack.enter_context(_ours(folder, outside, scale.turn_bots))
        theirs = stack.enter_context(_theirs(outside))
        processes: dict[str, Callable[[], Iterable[psutil.Process]]] = {
            "ours": partial(of_home, folder / "home"),
            "ptb": partial(_of_ptb, os.getpid()),
        }
        # As many questions are open on either side, and of as many people.
        share = scale.turn_bots // len(theirs) or 1
        loads = {
            "ours": {"tokens": ours, "people": _PEOPLE, "at_once": 1},
            "ptb": {"tokens": theirs, "people": _PEOPLE * share, "at_once": share},
        }
        rates: dict[str, list[float]] = {name: [] for name in loads}
        takes: dict[str, list[float]] = {name: [] for name in loads}
        for turn in range(scale.turn_turns + 1):
            for name, load in loads.items():
                rate, took = outside.rate(load, scale.turn_seconds, processes[name])
                if turn:  # the first turn warms up
                    rates[name].append(rate)
                    takes[name].append(took)
            say(", ".join(f"{name} {each[-1]:,.0f}/s" for name, each in rates.items() if each) or "warm")
    ratio = statistics.median(a / b for a, b in zip(rates["ours"], rates["ptb"], strict=True))
    beside = {f"{name}_per_s": statistics.median(each) for name, each in rates.items()}
    beside |= {f"{name}_cpu_ms": statistics.median(each) for name, each in takes.items()}
    return {"channel_turns_over_ptb": Measured(ratio, ratio, beside)}


class _Outside:
    """`bench.outside` as a process."""

    def __init__(self, url: str, http: httpx2.Client) -> None:
        self.url, self._http = url, http

    def rate(
        self, load: dict[str, Any], seconds: float, processes: Callable[[], Iterable[psutil.Process]]
    ) -> tuple[float, float]:
        """Answers a second under this load, from when it is in full swing, and the processor's ms for each.

        Returns once all is answered.
        """
        self._ask("/begin", load)
        time.sleep(seconds / 4)
        cpu = -_cpu_seconds(processes())
        before, began = self._answered(), time.perf_counter()
        time.sleep(seconds)
        answered, took = self._answered() - before, time.perf_counter() - began
        cpu += _cpu_seconds(processes())
        self._ask("/end")
        eventually("all is answered", self._quiet, 60, pause=0.02)
        return answered / took, cpu / max(answered, 1) * 1e3

    def _answered(self) -> int:
        return int(self._ask("/answered")["answered"])

    def _quiet(self) -> bool:
        told = self._ask("/answered")
        return bool(told["answered"] == told["asked"])

    def _ask(self, path: str, order: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self._http.post(path, json=order or {})
        return dict(answer.json())


def _of_ptb(parent: int) -> Iterator[psutil.Process]:
    for process in psutil.Process(parent).children():
        with contextlib.suppress(psutil.Error):
            if "bench.ptb" in process.cmdline():
                yield process


def _cpu_seconds(processes: Iterable[psutil.Process]) -> float:
    """What they have taken of the processor so far."""
    total = 0.0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system
    return total


@contextmanager
def _outside() -> Iterator[_Outside]:
    with _process("bench.outside", stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().removeprefix("listening on ").strip()
        with process.stdout, httpx2.Client(base_url=url, timeout=30, trust_env=False) as http:
            yield _Outside(url, http)


@contextmanager
def _ours(folder: Path, outside: _Outside, many: int) -> Iterator[list[str]]:
    """An installation whose bots are polled; their tokens."""
    installation = Installation(folder, token=new_token(), BOTYARD_TELEGRAM_API_URL=outside.url)
    installation.start()
    try:
        with Api(installation.url, installation.token) as api:
            tokens = [f"{7_000_000_000 + number}:AAbench" for number in range(many)]
            for number, token in enumerate(tokens):
                api.deploy(_spec(f"b{number}", outside.url), {"TELEGRAM_TOKEN": token})
        yield tokens
    finally:
        installation.stop()


def _spec(name: str, url: str) -> dict[str, Any]:
    model: dict[str, Any] = {"provider": "openai-compatible", "name": "stub", "base_url": f"{url}/v1"}
    model["max_output_tokens"] = ptb.MOST_TOKENS
    return {
        "version": 1,
        "name": name,
        "instructions": "You are kind.",
        "model": model,
        "memory": {"turns": ptb.TURNS},
        "budget": _OFTEN,
        **ON_TELEGRAM,
    }


@contextmanager
def _theirs(outside: _Outside) -> Iterator[list[str]]:
    """A process of python-telegram-bot a core; the tokens of their bots."""
    tokens = [f"{8_000_000_000 + core}:AAbench" for core in range(len(os.sched_getaffinity(0)))]
    with ExitStack() as stack:
        for token in tokens:
            stack.enter_context(_process("bench.ptb", outside.url, f"{outside.url}/v1", token))
        yield tokens


@contextmanager
def _process(*arguments: str, **more: Any) -> Iterator[subprocess.Popen[Any]]:
    process = subprocess.Popen([sys.executable, "-m", *arguments], cwd=ROOT, **more)
    try:
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()
