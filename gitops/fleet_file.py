"""`fleet.yaml`: what holds for the whole fleet repository."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from agent_runtime.spec.names import BotId
from agent_runtime.spec.problems import Problem, SpecError
from agent_runtime.spec.strict_yaml import strict_yaml
from gitops import layout, text

FORMAT = 1
_CHART = re.compile(r"(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\Z")
_CLUSTER = re.compile(r"[a-z]([a-z0-9-]{0,30}[a-z0-9])?\Z")
_TITLE = "fleet.yaml is not valid"


@dataclass(frozen=True, slots=True)
class Fleet:
    """The fleet's settings.

    `shards` never changes in a repository's life; the first cluster is the default one.
    """

    shards: int = 64
    clusters: tuple[str, ...] = ("local",)
    chart: str = "1.0.0"
    review: str = "none"

    def branch(self, bot: BotId, cluster: str | None = None) -> str:
        """The deploy branch that a bot's release file is on."""
        return self.owner_branch(bot.owner, cluster)

    def owner_branch(self, owner: str, cluster: str | None = None) -> str:
        return layout.deploy_branch(cluster or self.clusters[0], layout.shard(owner, self.shards))

    def write(self) -> bytes:
        """The file, whole."""
        data = {
            "format": FORMAT,
            "shards": self.shards,
            "clusters": list(self.clusters),
            "chart": self.chart,
            "review": self.review,
        }
        return text.dump(data)


def read_fleet(content: bytes) -> Fleet:
    """The settings in the file; SpecError names what is wrong."""
    data = strict_yaml(content)
    if not isinstance(data, dict):
        raise SpecError([Problem("", "must hold format, shards, clusters, chart and review")], title=_TITLE)
    problems = [*_unknown(data), *_wrong(data)]
    if problems:
        raise SpecError(problems, title=_TITLE)
    return Fleet(data["shards"], tuple(data["clusters"]), data["chart"], data["review"])


def _unknown(data: dict[str, Any]) -> list[Problem]:
    known = ("format", "shards", "clusters", "chart", "review")
    unknown = [Problem(f"/{key}", "is no setting of the fleet") for key in data if key not in known]
    return unknown + [Problem(f"/{key}", "is missing") for key in known if key not in data]


def _wrong(data: dict[str, Any]) -> list[Problem]:
    checks = {
        "format": (data.get("format") == FORMAT, f"must be {FORMAT}"),
        "shards": (_is_count(data.get("shards")), "must be a whole number from 1 to 256"),
        "clusters": (_is_clusters(data.get("clusters")), "must list names of a-z, 0-9 and -, each once"),
        "chart": (_matches(_CHART, data.get("chart")), "must be a version such as 1.0.0, in quotes"),
        "review": (data.get("review") == "none", "must be none; review is not available yet"),
    }
    return [Problem(f"/{key}", why) for key, (right, why) in checks.items() if key in data and not right]


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 256


def _is_clusters(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) > 0
        and all(_matches(_CLUSTER, name) and name != "platform" for name in value)
        and len(set(value)) == len(value)
    )


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.match(value) is not None
