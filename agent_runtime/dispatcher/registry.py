"""What the dispatcher knows of a bot without reading its files: little, because there may be very many."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from sys import intern
from typing import Any

from agent_runtime.settings import RuntimeSettings
from agent_runtime.spec import BotId, SpecError, read_spec
from agent_runtime.store.open import make_ledger_of
from agent_runtime.wire import ProblemError

_REVISION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,79}")


@dataclass(frozen=True, slots=True)
class Registration:
    """One revision of one bot.

    `channels` has, for a platform, its token's secret and that file's digest; `proofs` the digest of what the
    platform's webhooks show, once a listener has told it.
    """

    bot: str
    revision: str
    paused: bool
    idle_after: float
    secrets: tuple[str, ...]
    channels: Mapping[str, tuple[str, str]]
    proofs: Mapping[str, str] = field(default_factory=dict)

    def summary(self) -> dict[str, Any]:
        return {
            "paused": self.paused,
            "idle_after": self.idle_after,
            "secrets": list(self.secrets),
            "channels": dict(self.channels),
            "proofs": dict(self.proofs),
        }

    def after(self, before: Registration) -> Registration:
        """What was told of a channel holds on for as long as its token stays the same."""
        kept = {
            platform: digest
            for platform, digest in before.proofs.items()
            if self.channels.get(platform) == before.channels[platform]
        }
        return replace(self, proofs=kept)

    def admitting(self, platform: str, sealed: str, digest: str) -> Registration:
        """With this digest. Raises ProblemError 404 where the channel has another token by now."""
        if self.channels.get(platform, ("", ""))[1] != sealed:
            raise ProblemError(404, "no such channel", f"{self.bot} has another token for {platform} by now")
        return replace(self, proofs={**self.proofs, platform: digest})

    @classmethod
    def of(cls, bot: str, revision: str, summary: Mapping[str, Any]) -> Registration:
        # Ten thousand bots name few platforms and few secrets: one string of each is enough.
        return cls(
            bot,
            revision,
            bool(summary["paused"]),
            float(summary["idle_after"]),
            tuple(map(intern, summary["secrets"])),
            {
                intern(name): (intern(secret), sealed)
                for name, (secret, sealed) in summary["channels"].items()
            },
            {intern(each): digest for each, digest in summary.get("proofs", {}).items()},
        )


def check_ids(bot: str, revision: str | None = None) -> None:
    """Ids become paths: nothing that is not one goes further. Raises ProblemError."""
    try:
        BotId.parse(bot)
    except SpecError as error:
        raise ProblemError(422, "not a bot's id", str(error)) from None
    if revision is not None and not _REVISION.fullmatch(revision):
        raise ProblemError(422, "not a revision", "a revision is 1 to 80 letters, digits, dots and hyphens")


def read_registration(settings: RuntimeSettings, bot: str, revision: str) -> Registration:
    """Read a revision's folder, and make the bot's ledger, so that its first message finds one.

    Raises ProblemError 422, saying what is wrong with the folder.
    """
    check_ids(bot, revision)
    folder = settings.paths.revision(bot, revision)
    try:
        spec, _ = read_spec((folder / "bot.yaml").read_bytes(), name=bot.split(".")[1])
    except FileNotFoundError:
        raise ProblemError(422, "no such revision", f"{bot} has no folder of revision {revision}") from None
    except SpecError as error:
        raise ProblemError(422, "the specification is not valid", str(error)) from None
    names = tuple(sorted(spec.secret_names()))
    if missing := [name for name in names if not (folder / "secrets" / f"{name}.sops.yaml").is_file()]:
        raise ProblemError(422, "a secret is missing", f"{', '.join(missing)} is named and was never set")
    make_ledger_of(settings, bot)
    channels = {}
    if spec.channels.telegram is not None:
        secret = spec.channels.telegram.token.secret
        channels["telegram"] = (secret, _digest(folder / "secrets" / f"{secret}.sops.yaml"))
    return Registration(bot, revision, spec.paused, spec.scaling.idle_seconds, names, channels)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
