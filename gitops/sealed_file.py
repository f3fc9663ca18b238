"""Whether a file is a sealed secret of the bot it lies under, and nothing else: checked before it enters Git.

What this lets pass holds no value in clear, except by someone who forges the looks of SOPS; that is why
people may not write these files at all.
"""

from __future__ import annotations

import re
from typing import Any

from agent_runtime.spec.names import BotId
from agent_runtime.spec.problems import SpecError
from agent_runtime.spec.strict_yaml import strict_yaml
from gitops import seal

_SEALED = re.compile(
    r"ENC\[AES256_GCM,data:[A-Za-z0-9+/=]+,iv:[A-Za-z0-9+/=]+,tag:[A-Za-z0-9+/=]+,type:str\]\Z"
)
_KEYS = {"apiVersion", "kind", "metadata", "type", "stringData", "sops"}


def fault(content: bytes, bot: BotId, name: str) -> str | None:
    """Why the file is not the sealed secret `name` of the bot; None if it is."""
    try:
        document = strict_yaml(content)
    except SpecError as error:
        return error.problems[0].detail
    if not isinstance(document, dict) or set(document) != _KEYS:
        return "must be one Kubernetes Secret sealed by SOPS"
    if (document["apiVersion"], document["kind"], document["type"]) != ("v1", "Secret", "Opaque"):
        return "must be a Secret of type Opaque"
    if document["metadata"] != seal.metadata(bot, name):
        return f"must have the metadata of {bot}'s {name}"
    if not _holds_one_sealed_value(document["stringData"], seal.data_key(bot, name)):
        return f"must hold one sealed value under {seal.data_key(bot, name)}"
    return None if _is_sops(document["sops"]) else "must be sealed by SOPS for an age key"


def _holds_one_sealed_value(data: Any, key: str) -> bool:
    return (
        isinstance(data, dict)
        and list(data) == [key]
        and isinstance(data[key], str)
        and _SEALED.match(data[key]) is not None
    )


def _is_sops(part: Any) -> bool:
    return (
        isinstance(part, dict)
        and part.get("encrypted_regex") == seal.ENCRYPTED
        and isinstance(part.get("age"), list)
        and len(part["age"]) > 0
        and _SEALED.match(str(part.get("mac"))) is not None
    )
