"""Secrets for many bots: by name for all that use it, or in a file for each."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from control_api.cli.failure import CommandError
from control_api.cli.secret_values import collect

_LINE = re.compile(r"(?:(?P<bot>[a-z0-9.-]+)/)?(?P<name>[A-Z][A-Z0-9_]{0,63})=(?P<value>.*)")


class ManySecrets:
    """What was given; `of` says what one bot gets of it."""

    def __init__(self, asked: list[str], file: str | None) -> None:
        self._given: dict[tuple[str | None, str], str] = {
            (None, name): value for name, value in collect(asked).items()
        }
        if file is not None:
            self._given.update(_read(file))
        self._used: set[tuple[str | None, str]] = set()

    def of(self, bot: str, spec: Mapping[str, Any]) -> dict[str, str]:
        """The values of the secrets that the bot names, as far as they were given."""
        found = {}
        for name in names(spec):
            for place in ((bot, name), (None, name)):
                if place in self._given:
                    found[name] = self._given[place]
                    self._used.add(place)
                    break
        return found

    def check_used(self) -> None:
        """A value that no bot takes is a mistake in its name. Raises CommandError."""
        if unused := [f"{bot}/{name}" if bot else name for bot, name in self._given.keys() - self._used]:
            raise CommandError(
                f"No bot of these uses the secret {', '.join(sorted(unused))}.",
                hint="For one bot write OWNER.BOT/NAME=value, with the name that the bot gets here.",
            )


def names(spec: Any) -> list[str]:
    """The secrets that a specification names, in its order."""
    return list(dict.fromkeys(_names(spec)))


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if isinstance(value.get("secret"), str) and len(value) == 1:
            yield value["secret"]
        for inner in value.values():
            yield from _names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names(inner)


def _read(file: str) -> dict[tuple[str | None, str], str]:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"The secrets can't be read from {file}: {error}.") from error
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            # The line is not repeated: it may hold a secret.
            raise CommandError(f"{file}:{number}: a line is NAME=value or OWNER.BOT/NAME=value.")
        found[match["bot"], match["name"]] = match["value"]
    return found
