"""The cluster's programs, built once from the Go modules in `modules/`, whose files pin every version."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache as once
from functools import partial
from pathlib import Path

from tests.cluster import cache
from tests.cluster.missing import MissingPartError

_MODULES = Path(__file__).with_name("modules")
_OLDEST_GO = (1, 26)
_GO_WHEEL = Path(__file__).parents[2] / "requirements" / "go.txt"
_KUBERNETES = "v1.36.3"


@dataclass(frozen=True)
class Build:
    """What one folder of `modules/` gives: programs by name, and YAML files from folders of Go modules.

    Kubernetes says its version only where the linker is told of it.
    """

    programs: Mapping[str, str]
    files: Sequence[tuple[str, str]] = ()
    link: str = ""


BUILDS = {
    "etcd": Build({"etcd": "go.etcd.io/etcd/server/v3"}),
    "kubernetes": Build(
        {"kubernetes": "."}, link=f"-X k8s.io/component-base/version.gitVersion={_KUBERNETES}"
    ),
    "source-controller": Build(
        {"source-controller": "github.com/fluxcd/source-controller"},
        [("github.com/fluxcd/source-controller", "config/crd/bases")],
    ),
    "flux": Build(
        {
            "helm-controller": "github.com/fluxcd/helm-controller",
            "kustomize-controller": "github.com/fluxcd/kustomize-controller",
        },
        [
            ("github.com/fluxcd/helm-controller", "config/crd/bases"),
            ("github.com/fluxcd/kustomize-controller", "config/crd/bases"),
        ],
    ),
    # What parts of a cluster understand that can't be run here.
    "definitions": Build(
        {},
        [
            ("istio.io/api", "kubernetes"),
            ("github.com/cert-manager/cert-manager", "deploy/crds"),
            ("github.com/prometheus-operator/prometheus-operator", "example/prometheus-operator-crd"),
        ],
    ),
    "coredns": Build({"coredns": "github.com/coredns/coredns"}),
    # Nodes and pods that pretend, for figures of a thousand bots.
    "kwok": Build(
        {"kwok": "sigs.k8s.io/kwok/cmd/kwok"},
        [
            ("sigs.k8s.io/kwok", f"kustomize/stage/{each}")
            for each in ("node/fast", "node/heartbeat-with-lease", "pod/fast")
        ],
    ),
    "stand_in": Build({"pause": "./pause", "bot": "./bot"}),
}


def program(name: str) -> Path:
    """The path of a built program; it is built when it is missing. Raises MissingPartError."""
    module = next(module for module, build in BUILDS.items() if name in build.programs)
    return built(module) / name


def definitions(*modules: str) -> list[Path]:
    """The files with the custom resource definitions of these modules."""
    return sorted(each for module in modules for each in built(module).glob("*.yaml"))


@once
def built(module: str) -> Path:
    """The folder of a module's programs and files. Raises MissingPartError when they can't be built."""
    build = BUILDS[module]
    sources = [each for each in (_MODULES / module).rglob("*") if each.is_file()]
    return cache.kept(f"{module}-{cache.digest(sources, *_words(build))}", partial(_build, module, build))


def _words(build: Build) -> list[str]:
    return [
        *build.programs,
        *build.programs.values(),
        *(word for pair in build.files for word in pair),
        build.link,
    ]


def _build(module: str, build: Build, target: Path) -> None:
    if build.programs:
        print(f"Building {', '.join(build.programs)}: minutes, once", file=sys.stderr, flush=True)
    for name, package in build.programs.items():
        link = f"-s -w {build.link}".strip()
        _go(module, "build", "-trimpath", "-ldflags", link, "-o", str(target / name), package)
    for package, folder in build.files:
        _go(module, "mod", "download", package)
        place = Path(_go(module, "list", "-m", "-f", "{{.Dir}}", package).strip())
        for path in (place / folder).glob("*.yaml"):
            shutil.copyfile(path, target / path.name)


def _go(module: str, *arguments: str) -> str:
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local"}
    done = subprocess.run(
        [go(), *arguments],
        cwd=_MODULES / module,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise MissingPartError(f"`go {' '.join(arguments)}` failed in {_MODULES / module}; see above why")
    return done.stdout


@once
def go() -> str:
    """A Go that is new enough: of the PATH, else of its wheel, which is installed when it is missing."""
    found = shutil.which("go")
    if found and _version(found) >= _OLDEST_GO:
        return found
    wheel = Path(sysconfig.get_path("purelib")) / "go" / "bin" / "go"
    if not wheel.exists():
        uv = Path(sys.prefix) / "bin" / "uv"
        options = ("--quiet", "--python", sys.executable, "--require-hashes", "-r", _GO_WHEEL)
        subprocess.run((uv, "pip", "install", *options), check=False)
    if not wheel.exists():
        wanted = ".".join(map(str, _OLDEST_GO))
        raise MissingPartError(
            f"Go is missing, and its wheel can't be installed: put Go {wanted} or newer on the PATH"
        )
    return str(wheel)


def _version(found: str) -> tuple[int, ...]:
    said = subprocess.run([found, "env", "GOVERSION"], capture_output=True, text=True, check=False).stdout
    numbers = re.match(r"go(\d+)\.(\d+)", said)
    return tuple(map(int, numbers.groups())) if numbers else (0,)
