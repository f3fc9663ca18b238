"""The names of owners, bots and secrets, and a bot's id `<owner>.<name>`.

Names become folders, branch paths, Kubernetes names and parts of URLs, so the rule is one and narrow: ASCII
only, which also means that no two names look alike or differ in Unicode normalisation only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent_runtime.spec.problems import Problem, SpecError

NAME_PATTERN = r"^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$"
SEALED_PATTERN = r"^[A-Z]([A-Z0-9_]{0,62}[A-Z0-9])?$"
VARIABLE_PATTERN = r"^[A-Z][A-Z0-9_]{0,63}$"

NAME_RULE = "must be 1 to 32 of a-z, 0-9 and -, start with a letter and not end in -"
SEALED_RULE = (
    "must be 1 to 64 of A-Z, 0-9 and _, start with a letter and not end in _, such as OPENAI_API_KEY"
)
VARIABLE_RULE = (
    "must be 1 to 64 of A-Z, 0-9 and _ and start with a letter, such as STORE; it is exported as BOT_STORE"
)

# `\Z` and not `$`, which would let a last line break pass.
_NAME = re.compile(NAME_PATTERN[:-1] + r"\Z")
_SECRET = re.compile(SEALED_PATTERN[:-1] + r"\Z")


def is_name(text: str) -> bool:
    """Whether the text may name an owner or a bot."""
    return _NAME.match(text) is not None


def is_secret_name(text: str) -> bool:
    """Whether the text may name a secret. It ends in no `_`, for its Kubernetes name could not end in `-`."""
    return _SECRET.match(text) is not None


def check_name(text: str, pointer: str = "/name") -> str:
    """The text, if it may name an owner or a bot; else SpecError with the rule."""
    if not is_name(text):
        raise SpecError([Problem(pointer, NAME_RULE)], title="The name breaks the rule")
    return text


@dataclass(frozen=True, order=True, slots=True)
class BotId:
    """A bot among all bots. `str()` is `<owner>.<name>`; both parts keep the rule, or SpecError."""

    owner: str
    name: str

    def __post_init__(self) -> None:
        check_name(self.owner, "/owner")
        check_name(self.name, "/name")

    def __str__(self) -> str:
        return f"{self.owner}.{self.name}"

    @classmethod
    def parse(cls, text: str) -> BotId:
        """`alice.support` → BotId("alice", "support"); SpecError for anything else."""
        owner, dot, name = text.partition(".")
        if not (dot and is_name(owner) and is_name(name)):
            detail = f"must be <owner>.<name>, such as alice.support; each part {NAME_RULE}"
            raise SpecError([Problem("", detail)], title="This is no bot's id")
        return cls(owner, name)
