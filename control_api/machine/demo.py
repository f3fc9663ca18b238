"""The demo bot `demo.hello`, deployed through the whole path on an empty fleet."""

from __future__ import annotations

from typing import Any

from control_api.cli.output import note, printable
from control_api.cli.steps import steps
from control_api.machine.client import Asker

OWNER, NAME = "demo", "hello"
SPEC: dict[str, Any] = {
    "version": 1,
    "name": NAME,
    "description": "A demo that runs on this machine's own small model",
    "instructions": "You are a friendly assistant called Hello. You answer in one short sentence.\n",
    "model": {"provider": "embedded", "temperature": 0.2, "max_output_tokens": 200},
}


async def deploy_demo(asker: Asker) -> None:
    """Deploy it and show each step as it is proven, with the time it took."""
    note(f"\nThe fleet is empty, so the demo bot {OWNER}.{NAME} is deployed:")
    operation = await asker.deploy(OWNER, SPEC)
    shown: set[str] = set()
    async for operation in asker.operation(str(operation["id"])):  # noqa: B020 - the newest snapshot counts
        for step in steps(operation):
            if step.over and step.name not in shown:
                shown.add(step.name)
                note(printable(step.line()))
    if operation.get("state") == "succeeded":
        note(f'Talk to it: botyard chat {OWNER}.{NAME} "Say hello in one word"')
    else:
        error = operation.get("error") or {}
        note(f"The demo is not live: {error.get('detail') or 'no reason was given'}")
