"""The saved sign-in: the address and token that `botyard up` leaves for commands on the same machine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from agent_runtime.files import write_whole
from agent_runtime.home import Home
from control_api.cli.settings import DEFAULT_URL, CommandSettings


@dataclass(frozen=True)
class SignIn:
    """Where to speak and with what token, if there is one."""

    url: str
    token: str | None


def save(home: Home, url: str, token: str) -> None:
    """Write the sign-in, readable by its owner only, in one step so that a reader never sees half of it."""
    path = home.credentials
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps({"url": url, "token": token}))


def saved(path: Path) -> SignIn | None:
    """The saved sign-in, or None where there is none that can be read."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return SignIn(url=str(data["url"]).rstrip("/"), token=str(data["token"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def current(settings: CommandSettings | None = None) -> SignIn:
    """The environment first, then the saved sign-in.

    A saved token is only ever sent to the address it was saved with: pointing `BOTYARD_URL` somewhere else
    must not hand it to a stranger.
    """
    settings = settings or CommandSettings()
    kept = saved(Home.at(settings.home).credentials)
    url = (settings.url or (kept.url if kept else DEFAULT_URL)).rstrip("/")
    if settings.token is not None and settings.token.get_secret_value():
        return SignIn(url, settings.token.get_secret_value())
    return SignIn(url, kept.token if kept and kept.url == url else None)
