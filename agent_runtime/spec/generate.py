"""Writes what is made from the models of this package: `python -m agent_runtime.spec.generate [--check]`.

With `--check` nothing is written, and the exit status is 1 when a file is not what it would be.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agent_runtime.spec.reference import reference_page
from agent_runtime.spec.reference_owner import owner_page
from agent_runtime.spec.schema import json_schema, owner_schema, values_schema

_CHECKOUT = Path(__file__).resolve().parents[2]


def generated() -> dict[str, str]:
    """Each generated file's path in the checkout and its text."""
    return {
        "docs/reference/bot-specification.md": reference_page(),
        "docs/reference/bot.schema.json": _json(json_schema()),
        "docs/reference/owner-file.md": owner_page(),
        "docs/reference/owner.schema.json": _json(owner_schema()),
        "charts/bot/values.schema.json": _json(values_schema()),
    }


def stale(checkout: Path) -> list[str]:
    """The paths of the files that differ from what would be generated, or are missing."""
    return [path for path, text in generated().items() if _read(checkout / path) != text]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m agent_runtime.spec.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when a file is stale")
    check = parser.parse_args(arguments).check
    old = stale(_CHECKOUT)
    for path in old:
        if check:
            sys.stderr.write(f"{path} is stale; run python -m agent_runtime.spec.generate\n")
        else:
            (_CHECKOUT / path).parent.mkdir(parents=True, exist_ok=True)
            (_CHECKOUT / path).write_text(generated()[path], encoding="utf-8")
            sys.stdout.write(f"wrote {path}\n")
    return 1 if check and old else 0


def _json(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


if __name__ == "__main__":
    raise SystemExit(main())
