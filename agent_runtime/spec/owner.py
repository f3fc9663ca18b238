"""`owner.yaml`: what an owner's bots may use together, and what they are where they do not say otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from agent_runtime.spec.availability import not_available
from agent_runtime.spec.bot import Access, Budget, Model, Resources
from agent_runtime.spec.fields import Section, TotalCpu, TotalMemory, cpu_millis, memory_bytes
from agent_runtime.spec.parse import validated
from agent_runtime.spec.plain import MOST_PROBLEMS
from agent_runtime.spec.problems import Problem, SpecError
from agent_runtime.spec.runtime_file import without_nulls
from agent_runtime.spec.strict_yaml import read_document

TITLE = "owner.yaml is not valid"
# The others are taken whole: the parts of a model, or of who may talk, make no sense mixed.
_BY_KEY = frozenset({"budget", "resources"})


class Quota(Section):
    """The most that all bots of the owner may have together. What is left out has no limit."""

    bots: int | None = Field(None, ge=0, le=1_000_000, description="How many bots.")
    secrets: int | None = Field(None, ge=0, le=1_000_000, description="How many stored secrets.")
    cpu: TotalCpu | None = Field(None, description="The sum of `resources.cpu`.", examples=["8"])
    memory: TotalMemory | None = Field(None, description="The sum of `resources.memory`.", examples=["16Gi"])
    usd_per_day: float | None = Field(
        None, ge=0, le=1_000_000_000, description="The sum of `budget.usd_per_day`, in US dollars."
    )
    tokens_per_day: int | None = Field(
        None, ge=0, le=1_000_000_000_000, description="The sum of `budget.tokens_per_day`."
    )

    @property
    def cpu_millis(self) -> int | None:
        return cpu_millis(self.cpu) if self.cpu is not None else None

    @property
    def memory_bytes(self) -> int | None:
        return memory_bytes(self.memory) if self.memory is not None else None

    @property
    def is_limited(self) -> bool:
        """Whether it limits anything."""
        return self != Quota()


class Defaults(Section):
    """What holds for each bot of the owner whose `bot.yaml` leaves it out."""

    model: Model | None = Field(None, description="Taken whole, by bots without `model`.")
    access: Access | None = Field(None, description="Taken whole, by bots without `access`.")
    budget: Budget | None = Field(None, description="Taken key by key.")
    resources: Resources | None = Field(None, description="Taken key by key.")


class OwnerSpec(Section):
    """What operators decide about one owner."""

    version: int = Field(ge=1, le=1, description="The version of this format.", examples=[1])
    quota: Quota = Field(Quota(), description="The most that the owner's bots may have together.")
    defaults: Defaults = Field(Defaults(), description="What holds where a `bot.yaml` leaves it out.")


def read_owner(text: bytes) -> tuple[OwnerSpec, dict[str, Any]]:
    """What an `owner.yaml` says and its data as written; SpecError with lines."""
    document = read_document(text)
    spec, problems = _check(document.data)
    if spec is None:
        problems = [Problem(each.pointer, each.detail, document.line(each.pointer)) for each in problems]
        raise SpecError(problems, title=TITLE)
    return spec, document.data


def with_defaults(data: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """A specification's data with an owner's defaults, as written, in place of what it leaves out."""
    merged = dict(data)
    for key, default in without_nulls(defaults).items():
        own = data.get(key)
        if own is None:
            merged[key] = default
        elif key in _BY_KEY and isinstance(own, Mapping):
            merged[key] = {**default, **without_nulls(own)}
    return merged


def _check(data: Any) -> tuple[OwnerSpec | None, list[Problem]]:
    if not isinstance(data, Mapping):
        return None, [Problem("", "must be an object with version, quota and defaults")]
    defaults = data.get("defaults")
    later = not_available(defaults) if isinstance(defaults, Mapping) else ()
    known = [Problem(f"/defaults{each.pointer}", each.detail) for each in later]
    spec, problems = validated(OwnerSpec, data, known)
    return (None if problems else spec), problems[:MOST_PROBLEMS]
