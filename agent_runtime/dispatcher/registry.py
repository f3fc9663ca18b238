"""What the dispatcher knows of a bot without reading its files: little, because there may be very many."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from sys import intern
from typing import Any

from agent_runtime.settings import RuntimeSettings
from agent_runtime.spec import BotId, BotSpec, Platform, SpecError, read_spec
from agent_runtime.store.open import make_ledger_of
from agent_runtime.wire import ProblemError

_REVISION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,79}")


@dataclass(frozen=True, slots=True)
class Channel:
    """A platform that the bot is on: its token's secret, and `sealed`, the digest of its secrets' files.

    `proof` is the digest of what the platform's webhooks show, once a listener has told it. `signing` is the
    secret by which the platform signs them, `detail` what else its listener has to know.
    """

    platform: str
    secret: str
    sealed: str
    proof: str | None = None
    signing: str | None = None
    detail: str | None = None

    def told(self) -> tuple[str, ...]:
        """As listeners are told it: those that a platform does not have are left out at the end."""
        more = (self.signing or "", self.detail or "")
        return (self.secret, self.sealed, *(more if any(more) else ()))


@dataclass(frozen=True, slots=True)
class Registration:
    """One revision of one bot. Its channels are few, and a tuple of them is smaller than any mapping."""

    bot: str
    revision: str
    paused: bool
    idle_after: float
    secrets: tuple[str, ...]
    channels: tuple[Channel, ...]

    def tokens(self) -> dict[str, tuple[str, ...]]:
        """For each platform its token's secret, the digest of its files, and what else there is to know."""
        return {each.platform: each.told() for each in self.channels}

    def signing(self) -> dict[str, str]:
        """For each platform that signs what it sends, the secret that it signs by."""
        return {each.platform: each.signing for each in self.channels if each.signing is not None}

    def proofs(self) -> dict[str, str]:
        """For each platform whose listener has told it, the digest of what its webhooks show."""
        return {each.platform: each.proof for each in self.channels if each.proof is not None}

    def summary(self) -> dict[str, Any]:
        return {
            "paused": self.paused,
            "idle_after": self.idle_after,
            "secrets": list(self.secrets),
            "channels": self.tokens(),
            "proofs": self.proofs(),
        }

    def after(self, before: Registration) -> Registration:
        """What was told of a channel holds on for as long as its token stays the same."""
        known = {replace(each, proof=None): each for each in before.channels}
        return replace(self, channels=tuple(known.get(each, each) for each in self.channels))

    def admitting(self, platform: str, sealed: str, digest: str) -> Registration:
        """With this digest. Raises ProblemError 404 where the channel has another token by now."""
        if not any(each.platform == platform and each.sealed == sealed for each in self.channels):
            raise ProblemError(404, "no such channel", f"{self.bot} has another token for {platform} by now")
        told = (replace(each, proof=digest) if each.platform == platform else each for each in self.channels)
        return replace(self, channels=tuple(told))

    @classmethod
    def of(cls, bot: str, revision: str, summary: Mapping[str, Any]) -> Registration:
        # Ten thousand bots name few platforms and few secrets: one string of each is enough.
        proofs = summary.get("proofs", {})
        return cls(
            bot,
            revision,
            bool(summary["paused"]),
            float(summary["idle_after"]),
            tuple(map(intern, summary["secrets"])),
            tuple(
                _channel(platform, proofs.get(platform), *told)
                for platform, told in summary["channels"].items()
            ),
        )


def _channel(
    platform: str, proof: str | None, secret: str, sealed: str, signing: str = "", detail: str = ""
) -> Channel:
    signed_by = intern(signing) if signing else None
    return Channel(intern(platform), intern(secret), sealed, proof, signed_by, detail or None)


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
    names = sorted(spec.secret_names())
    if missing := [name for name in names if not (folder / "secrets" / f"{name}.sops.yaml").is_file()]:
        raise ProblemError(422, "a secret is missing", f"{', '.join(missing)} is named and was never set")
    make_ledger_of(settings, bot)
    return registration_of(
        spec, bot, revision, lambda secret: (folder / "secrets" / f"{secret}.sops.yaml").read_bytes()
    )


def registration_of(spec: BotSpec, bot: str, revision: str, content: Callable[[str], bytes]) -> Registration:
    """What there is to know of a specification; `content` is what changes with each change of a secret."""
    names = tuple(map(intern, sorted(spec.secret_names())))
    channels = tuple(_channel_of(name, platform, content) for name, platform in spec.channels.platforms())
    return Registration(bot, revision, spec.paused, spec.scaling.idle_seconds, names, channels)


def _channel_of(name: str, platform: Platform, content: Callable[[str], bytes]) -> Channel:
    contents = b"".join(content(secret) for _, secret in platform.secrets())
    sealed = hashlib.sha256(contents).hexdigest()[:16]
    secret, signing = intern(platform.token.secret), platform.signing
    return Channel(name, secret, sealed, signing=intern(signing) if signing else None, detail=platform.detail)
