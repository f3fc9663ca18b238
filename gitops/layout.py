"""Where each file of the fleet repository lies (DESIGN.md, section 8). Pure: paths in, paths out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from agent_runtime.spec.names import BotId, is_name, is_secret_name

MAIN = "refs/heads/main"
RENDERED = "refs/botyard/rendered"
DEPLOY_PREFIX = "refs/heads/deploy/"
PLATFORM = "platform"

README = "README.md"
SOPS_CONFIG = ".sops.yaml"
CODEOWNERS = "CODEOWNERS"
FLEET = "fleet.yaml"
USERS = "users"

_BOT_FILE = "bot.yaml"
_OWNER_FILE = "owner.yaml"
_RELEASE_FILE = "release.yaml"
_TENANT_FILE = "tenant.yaml"
_SECRETS = "secrets"
_SEALED_SUFFIX = ".sops.yaml"


def shard(owner: str, shards: int) -> str:
    """The shard of an owner, two hex digits: the first byte of SHA-256 of the name, modulo `shards`."""
    return f"{hashlib.sha256(owner.encode()).digest()[0] % shards:02x}"


def deploy_branch(cluster: str, shard: str) -> str:
    return f"{DEPLOY_PREFIX}{cluster}/{shard}"


def is_platform(branch: str) -> bool:
    """Whether it is what a cluster applies first, and holds no bot."""
    return branch.startswith(DEPLOY_PREFIX) and branch.endswith(f"/{PLATFORM}")


def owner_folder(owner: str) -> str:
    return f"{USERS}/{owner[:2]}/{owner}"


def owner_path(owner: str) -> str:
    """The owner's quota and defaults."""
    return f"{owner_folder(owner)}/{_OWNER_FILE}"


def bot_folder(bot: BotId) -> str:
    return f"{owner_folder(bot.owner)}/{bot.name}"


def bot_path(bot: BotId) -> str:
    return f"{bot_folder(bot)}/{_BOT_FILE}"


def secrets_folder(bot: BotId) -> str:
    return f"{bot_folder(bot)}/{_SECRETS}"


def secret_path(bot: BotId, name: str) -> str:
    return f"{secrets_folder(bot)}/{name}{_SEALED_SUFFIX}"


def tenant_path(owner: str) -> str:
    """On a deploy branch: what an owner's bots need around them."""
    return f"{owner}/{_TENANT_FILE}"


def release_folder(bot: BotId) -> str:
    return f"{bot.owner}/{bot.name}"


def release_path(bot: BotId) -> str:
    """On a deploy branch: the release file of a bot."""
    return f"{release_folder(bot)}/{_RELEASE_FILE}"


def released_secret_path(bot: BotId, name: str) -> str:
    """On a deploy branch: the same sealed file as on `main`."""
    return f"{release_folder(bot)}/{_SECRETS}/{name}{_SEALED_SUFFIX}"


@dataclass(frozen=True, slots=True)
class BotFile:
    """The path is some bot's `bot.yaml`."""

    bot: BotId


@dataclass(frozen=True, slots=True)
class OwnerFile:
    """The path is some owner's `owner.yaml`."""

    owner: str


@dataclass(frozen=True, slots=True)
class SecretFile:
    """The path is one sealed secret of a bot."""

    bot: BotId
    name: str


@dataclass(frozen=True, slots=True)
class TopFile:
    """One of the files that stand at the top of `main`."""

    name: str


@dataclass(frozen=True, slots=True)
class Reserved:
    """The path will have a meaning one day and has none yet."""

    what: str


@dataclass(frozen=True, slots=True)
class Foreign:
    """The path has no place on `main`; `reason` says why."""

    reason: str


Place = BotFile | SecretFile | OwnerFile | TopFile | Reserved | Foreign

_TOP = frozenset({README, SOPS_CONFIG, CODEOWNERS, FLEET})
_RESERVED_TOP = frozenset({"brains", "templates", ".github", ".gitlab-ci.yml", ".forgejo"})
_RULE = "names are 1 to 32 of a-z, 0-9 and -, start with a letter and do not end in -"


def place(path: str) -> Place:
    """What a path on `main` is for."""
    parts = path.split("/")
    if parts[0] in _RESERVED_TOP:
        return Reserved(parts[0])
    if len(parts) == 1 and path in _TOP:
        return TopFile(path)
    if parts[0] != USERS:
        return Foreign("no such file belongs here; a bot is users/<first two letters>/<owner>/<bot>/bot.yaml")
    return _place_of_user(parts)


def bot_of(path: str) -> BotId | None:
    """The bot in whose folder the path on `main` lies, if it lies in one."""
    found = place(path)
    return found.bot if isinstance(found, BotFile | SecretFile) else None


def _place_of_user(parts: list[str]) -> Place:
    if len(parts) < 4:
        return Foreign("users/ holds users/<first two letters>/<owner>/ with owner.yaml and bots only")
    _, letters, owner, *rest = parts
    if not is_name(owner):
        return Foreign(f"the folder of the owner breaks the rule: {_RULE}")
    if letters != owner[:2]:
        return Foreign(f"the owner {owner} belongs under {owner_folder(owner)}/")
    if rest == [_OWNER_FILE]:
        return OwnerFile(owner)
    name, *inside = rest
    if not is_name(name):
        return Foreign(f"the folder of the bot breaks the rule: {_RULE}")
    return _place_of_bot(BotId(owner, name), inside)


def _place_of_bot(bot: BotId, inside: list[str]) -> Place:
    match inside:
        case ["bot.yaml"]:
            return BotFile(bot)
        case ["knowledge", *_]:
            return Reserved("knowledge/")
        case ["secrets", file]:
            name = _secret_name(file)
            if name is None:
                return Foreign("a secret's file is <NAME>.sops.yaml, the name of A-Z, 0-9 and _")
            return SecretFile(bot, name)
        case _:
            return Foreign("a bot's folder holds bot.yaml and secrets/<NAME>.sops.yaml only")


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """On a deploy branch: a bot's release file."""

    bot: BotId


@dataclass(frozen=True, slots=True)
class ReleasedSecret:
    """On a deploy branch: a sealed secret."""

    bot: BotId
    name: str


@dataclass(frozen=True, slots=True)
class TenantFile:
    """On a deploy branch: an owner's surroundings on a cluster."""

    owner: str


def release_place(path: str) -> ReleaseFile | ReleasedSecret | TenantFile | None:
    """What a path on a deploy branch is for; None for a path that the committer would not have written."""
    match path.split("/"):
        case [owner, "tenant.yaml"] if is_name(owner):
            return TenantFile(owner)
        case [owner, name, "release.yaml"] if is_name(owner) and is_name(name):
            return ReleaseFile(BotId(owner, name))
        case [owner, name, "secrets", file] if is_name(owner) and is_name(name):
            secret = _secret_name(file)
            return ReleasedSecret(BotId(owner, name), secret) if secret else None
        case _:
            return None


def _secret_name(file: str) -> str | None:
    """`TELEGRAM_TOKEN` of `TELEGRAM_TOKEN.sops.yaml`."""
    name = file.removesuffix(_SEALED_SUFFIX)
    return name if name != file and is_secret_name(name) else None
