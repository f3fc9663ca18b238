"""The bot of a pod: its specification and its secrets, from the files that the chart mounts."""

from __future__ import annotations

import hashlib
from pathlib import Path

from agent_runtime.dispatcher.registry import Registration, registration_of
from agent_runtime.pod.settings import PodSettings
from agent_runtime.signature import is_signed
from agent_runtime.spec import SpecError, read_spec
from agent_runtime.store.open import make_ledger_of
from agent_runtime.wire import Call, Json, ProblemError


class PodError(Exception):
    """The pod can't begin; the message says what to do."""


class MountedSecrets:
    """What the keeper is on one machine: it gives the bot its secrets, and checks signatures by them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, name: str) -> str:
        """The value, as it was set. Raises ProblemError, which holds nothing of it."""
        try:
            return (self._folder / name).read_bytes().decode()
        except (OSError, UnicodeDecodeError) as error:
            why = "it is not text" if isinstance(error, UnicodeDecodeError) else "it was never set"
            raise ProblemError(
                422, "a secret is missing", f"the secret {name}: {why}", next_step=f"Set {name} again."
            ) from None

    async def asked(self, call: Call) -> Json:
        data = call.data
        if call.kind == "open":
            return {"secrets": {name: self.read(name) for name in data["names"]}}
        if call.kind == "prove":
            return {"proven": is_signed(self.read(data["name"]), data)}
        raise ProblemError(404, "no such question")


def take_up(settings: PodSettings, secrets: MountedSecrets) -> Registration:
    """Read what is mounted, and put the specification where workers look for it. Raises PodError."""
    try:
        content = settings.bot_file.read_bytes()
        spec, _ = read_spec(content, name=settings.bot.split(".")[1])
    except OSError as error:
        raise PodError(f"{settings.bot_file} can't be read: {error.strerror}") from None
    except SpecError as error:
        raise PodError(f"the specification is not valid: {error}") from None
    try:
        values = {name: secrets.read(name).encode() for name in sorted(spec.secret_names())}
    except ProblemError as error:
        raise PodError(str(error)) from None
    revision = hashlib.sha256(content).hexdigest()[:20]
    home = settings.paths
    folder = home.revision(settings.bot, revision)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "bot.yaml").write_bytes(content)
        make_ledger_of(settings, settings.bot)
    except OSError as error:
        raise PodError(f"{home.root} can't be written: {error.strerror}") from None
    return registration_of(spec, settings.bot, revision, values.__getitem__)
