"""Watching an operation until it ends: live steps on a terminal, one line a step elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import typer

from control_api.cli.failure import CommandError
from control_api.cli.output import coloured, note, print_json, printable
from control_api.cli.steps import Step, ended, steps

if TYPE_CHECKING:
    from control_api.cli.client import Client

_COLOURS = {"succeeded": "green", "failed": "red", "running": "yellow"}
# How often a broken stream of events is taken up again, and the pause between.
_RETRIES, _PAUSE = 5, 0.5


def finish(client: Client, answer: dict[str, Any], *, wait: bool, as_json: bool) -> dict[str, Any] | None:
    """Show an accepted write to its end; exit code 1 follows from a failed operation.

    Returns the operation as last seen, or None where the write changed nothing.
    """
    operation = answer.get("operation")
    if not operation:
        print_json(answer) if as_json else note("Nothing to change.")
        return None
    if wait and not ended(operation):
        operation = _watch(client, operation, quiet=as_json)
    elif not as_json:
        _Lines().show(operation)
    if as_json:
        print_json(operation)
    if operation.get("state") == "failed":
        failure = failed(operation)
        failure.is_shown = as_json
        raise failure
    if not wait and not as_json:
        note(f"It goes on without you: `botyard show {operation.get('bot')}`.")
    return operation


def failed(operation: dict[str, Any]) -> CommandError:
    """Why an operation failed, with what to do."""
    error = operation.get("error") or {}
    reason = error.get("detail") or error.get("title") or "no reason was given"
    of = f" of {operation['bot']}" if operation.get("bot") else ""
    where = f" at {error['step']}" if error.get("step") else ""
    return CommandError(
        printable(f"{operation['kind']}{of} failed{where}: {reason}"),
        details=[f"{item.get('pointer') or '/'}: {item.get('detail')}" for item in error.get("errors") or []],
        hint=error.get("next_step") or f"`botyard logs {operation['bot']}` tells more.",
    )


def _watch(client: Client, operation: dict[str, Any], *, quiet: bool) -> dict[str, Any]:
    view: _Nothing = _Nothing() if quiet else _Live() if coloured(sys.stderr) else _Lines()
    try:
        with view:
            view.show(operation)
            for operation in _snapshots(client, operation):  # noqa: B020 - the newest snapshot is the operation
                view.show(operation)
    except KeyboardInterrupt:
        note(
            f"\nStopped watching; the {operation.get('kind')} goes on: `botyard show {operation.get('bot')}`."
        )
        raise typer.Exit(130) from None
    return operation


def _snapshots(client: Client, operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The operation after each change, to its end, across restarts of the API."""
    path = f"/operations/{operation['id']}"
    for attempt in range(_RETRIES):
        try:
            with client.events("GET", f"{path}/events") as events:
                for _, data in events:
                    newest = data.get("operation") if isinstance(data, dict) else None
                    if newest:
                        yield newest
                        if ended(newest):
                            return
        except CommandError:
            if attempt == _RETRIES - 1:
                raise
        time.sleep(_PAUSE)
        operation = client.get(path)
        yield operation
        if ended(operation):
            return
    raise CommandError(
        "The progress can't be followed.", hint=f"`botyard show {operation.get('bot')}` tells more."
    )


class _Nothing:
    """Shows no progress."""

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...

    def show(self, operation: dict[str, Any]) -> None: ...


class _Lines(_Nothing):
    """A line a step, once it is over."""

    def __init__(self) -> None:
        self._shown: set[str] = set()

    def show(self, operation: dict[str, Any]) -> None:
        for step in steps(operation):
            if step.over and step.name not in self._shown:
                self._shown.add(step.name)
                note(printable(step.line()))


class _Live(_Nothing):
    """All steps, redrawn in place."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live

        self._live = Live(console=Console(stderr=True), refresh_per_second=12, transient=False)

    def __enter__(self) -> None:
        self._live.__enter__()

    def __exit__(self, *raised: Any) -> None:
        self._live.__exit__(*raised)

    def show(self, operation: dict[str, Any]) -> None:
        from rich.spinner import Spinner
        from rich.table import Table
        from rich.text import Text

        def mark(step: Step) -> Spinner | Text:
            if step.state == "running":
                return Spinner("dots", style="yellow")
            return Text(step.line()[2:3], style=_COLOURS.get(step.state, "dim"))

        grid = Table.grid(padding=(0, 1))
        for step in steps(operation):
            style = "dim" if step.state in {"pending", "skipped"} else ""
            text = (Text(printable(part), style=style) for part in (step.name, step.took, step.detail))
            grid.add_row(Text(" "), mark(step), *text)
        self._live.update(grid)
