"""What a change of a bot would come to that other changes are on their way to; the committer checks again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent_runtime.spec import SpecError, merge_patch, parse_spec
from control_api import models
from control_api.bots import problems
from gitops.change import missing_secrets
from gitops.intent import Intent

# Stands for a sealed file while a change is checked, before anything is sealed.
TO_BE_SEALED = b"to be sealed"


def check_ahead(intent: Intent, row: models.Bot) -> None:
    """Raises InvalidError where the bot's newest specification, `row`'s, does not bear the change."""
    spec: Mapping[str, Any] = intent.spec if intent.spec is not None else row.spec
    if intent.patch is not None:
        spec = merge_patch(row.spec, intent.patch)
    try:
        parsed = parse_spec(spec, name=intent.bot.name)
        if row.version is not None and (missing := missing_secrets(parsed, {**row.secrets, **intent.sealed})):
            raise SpecError(missing, title="A secret is missing")
    except SpecError as error:
        raise problems.of_spec(error) from None
