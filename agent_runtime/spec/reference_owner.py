"""The reference page of owner files, made from their JSON schema."""

from __future__ import annotations

from agent_runtime.spec.reference import sections
from agent_runtime.spec.schema import owner_schema

_INTRODUCTION = """\
<!-- Made by `python -m agent_runtime.spec.generate`; edit agent_runtime/spec instead. -->

# Owner file

`users/<first two letters>/<owner>/owner.yaml` on `main` says what a user's or a team's bots may have
together, and what they are where their `bot.yaml` does not say otherwise. Operators alone write it: the
quota with `botyard user quota`, the API or a push, the defaults with a push. An owner without the file has no
limits and no defaults.

```yaml
version: 1
quota:
  bots: 10
  usd_per_day: 5
defaults:
  budget: {usd_per_day: 0.5}
```

[owner.schema.json](owner.schema.json) is the same as a JSON schema, with which editors complete and check it.
"""

_RULES = """\
The keys under `defaults` are those of the [bot specification](bot-specification.md).

## How a quota is counted

- Every bot on `main` counts, paused or not, with what it has once the defaults are filled in: a bot without
  `budget` counts with the default budget.
- A change that makes a sum larger than its limit is refused, whether it comes by the API, in bulk or as a
  push. One that leaves a sum as it is, or makes it smaller, is not: a limit below what is there already only
  stops growth.
- It is decided when a change is committed, so that two at the same time can't exceed it together.
- A bulk operation or a push counts as a whole: replacing one bot by another fits a full quota.

## How defaults are filled in

- A bot takes `model` and `access` whole or not at all; of `budget` and `resources` it takes the keys that its
  own leave out.
- Defaults are filled in where a bot is rendered for its engine; `bot.yaml` stays as its owner wrote it.
  A change of the defaults restarts the bots that it changes.
- Secrets that a default names are each bot's own: defaults that a bot can't have, because it lacks a secret,
  are refused.
"""


def owner_page() -> str:
    """The whole page, as Markdown."""
    parts = [f"defaults.{part}" for part in ("model", "access", "budget", "resources")]
    return "\n".join([_INTRODUCTION, *sections(owner_schema(), besides=parts), _RULES])
