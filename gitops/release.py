"""The release file: the Flux HelmRelease that a bot's specification is rendered to, and its strict reader.

The reader takes exactly what the renderer writes: whoever alters any field but the specification is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent_runtime.spec import parse_spec
from agent_runtime.spec.names import BotId, is_secret_name
from agent_runtime.spec.problems import Problem, SpecError, pointer
from agent_runtime.spec.runtime_file import without_empty
from agent_runtime.spec.strict_yaml import strict_yaml
from gitops import text
from gitops.errors import RefusedError

_CHART = re.compile(r"bot-(\d{1,6})-(\d{1,6})-(\d{1,6})\Z")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class Release:
    """What a release file says.

    The specification as written, and the digest of each sealed secret by name.
    """

    bot_id: BotId
    bot: dict[str, Any]
    secrets: dict[str, str]
    chart: str


_LONGEST_LABEL = 63


def chart_name(version: str) -> str:
    """The HelmChart of a version of the chart `bot`: bot-1-0-0."""
    return f"bot-{version}".replace(".", "-")


def render(bot: BotId, data: Mapping[str, Any], secrets: Mapping[str, str], chart: str) -> bytes:
    """The release file of a specification.

    `secrets` maps names to digests; `chart` is a version such as 1.0.0.
    """
    return text.dump(
        release_document(
            bot,
            _with_blocks(without_empty(data)),
            dict(sorted(secrets.items())),
            chart_name(chart),
        )
    )


def read_release(content: bytes, bot: BotId | None = None) -> Release:
    """The release in the file; RefusedError for any file that `render` would not have written.

    `bot` is whose file it is, where the path says so.
    """
    try:
        release = _read(strict_yaml(content))
        if bot is not None and release.bot_id != bot:
            raise SpecError([Problem("/metadata/name", f"must be the release of {bot}, where the file lies")])
        parse_spec(release.bot, name=release.bot_id.name)
    except SpecError as error:
        raise RefusedError("The release file is not one that Botyard wrote", error.problems) from error
    return release


def release_document(
    bot: BotId, data: Mapping[str, Any], secrets: Mapping[str, str], chart: str
) -> dict[str, Any]:
    """The release file as data; `chart` is the name of a HelmChart."""
    word = text.plain
    install = {
        "disableWait": True,
        "disableOpenAPIValidation": True,
        "strategy": {"name": word("RetryOnFailure")},
    }
    return {
        "apiVersion": word("helm.toolkit.fluxcd.io/v2"),
        "kind": word("HelmRelease"),
        "metadata": {
            "name": bot.name,
            "namespace": f"user-{bot.owner}",
            **_labels(bot),
        },
        "spec": {
            "interval": word("1h"),
            "serviceAccountName": word("deployer"),
            "chartRef": {"kind": word("HelmChart"), "name": word(chart), "namespace": word("botyard")},
            "install": install,
            "upgrade": install,
            "driftDetection": {"mode": word("enabled"), "ignore": [{"paths": [word("/spec/replicas")]}]},
            "values": {"bot": data, **({"secrets": secrets} if secrets else {})},
        },
    }


def _labels(bot: BotId) -> dict[str, Any]:
    """The bot's id as a label, where Kubernetes takes it: a label's value has at most 63 characters."""
    return {"labels": {"botyard.dev/bot": str(bot)}} if len(str(bot)) <= _LONGEST_LABEL else {}


def _with_blocks(data: Mapping[str, Any]) -> dict[str, Any]:
    instructions = data.get("instructions")
    return {**data, "instructions": text.block(instructions)} if isinstance(instructions, str) else dict(data)


def _read(document: Any) -> Release:
    """The release, if all but its bot, specification, digests and chart version is the renderer's own."""
    try:
        owner = document["metadata"]["namespace"].removeprefix("user-")
        bot = BotId(owner, document["metadata"]["name"])
        values = document["spec"]["values"]
        data, secrets = values["bot"], values.setdefault("secrets", {})
        chart = document["spec"]["chartRef"]["name"]
        shaped = isinstance(data, dict) and _are_digests(secrets) and _CHART.match(chart) is not None
    except (KeyError, TypeError, AttributeError) as error:
        raise SpecError([Problem("", "must be a HelmRelease of one bot")]) from error
    if not shaped:
        raise SpecError([Problem("/spec/values", "must hold bot, and secrets with their digests")])
    expected = release_document(bot, data, secrets, chart)
    expected["spec"]["values"].setdefault("secrets", {})
    if json.dumps(document, sort_keys=True) != json.dumps(expected, sort_keys=True):
        raise SpecError(list(_differences(document, expected)))
    return Release(bot, data, secrets, chart)


def _are_digests(secrets: object) -> bool:
    return isinstance(secrets, dict) and all(
        isinstance(name, str)
        and is_secret_name(name)
        and isinstance(digest, str)
        and _DIGEST.match(digest) is not None
        for name, digest in secrets.items()
    )


def _differences(found: Any, expected: Any, place: str = "") -> list[Problem]:
    """Where a document is not what the renderer writes."""
    if isinstance(found, dict) and isinstance(expected, dict):
        problems: list[Problem] = []
        for key in [*expected, *(key for key in found if key not in expected)]:
            inside = place + pointer(str(key))
            if key not in found:
                problems.append(Problem(inside, "is missing"))
            elif key not in expected:
                problems.append(Problem(inside, "is not a field that a release file has"))
            else:
                problems += _differences(found[key], expected[key], inside)
        return problems
    return [] if found == expected else [Problem(place, "must be as Botyard renders it")]
