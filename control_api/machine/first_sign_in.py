"""Prints a sign-in link and a token for the command line of this machine, as JSON; a program of its own.

`botyard up` runs it, so that the database's libraries fill the memory of a process that ends.
"""

from __future__ import annotations

import asyncio
import json
import sys

from control_api.first_operator import create_sign_in_link, local_token
from control_api.settings import load_settings


async def main() -> None:
    """Read the settings from the environment; the answer goes to standard output and nowhere else."""
    settings = load_settings()
    answer = {"token": await local_token(settings), "link": (await create_sign_in_link(settings)).url}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    asyncio.run(main())
