"""The images of `Dockerfile`, built as tar files in the OCI layout without any registry.

podman builds them; what they are built on is put together from this machine's own Python, which is a base
like any other to the Dockerfile. Kept outside the checkout for as long as nothing that is in them changes.
`python -m tests.cluster.images runtime control-api` builds them ahead and says where they are.
"""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache as once
from functools import partial
from pathlib import Path

import yaml

from tests.cluster import cache
from tests.cluster.base import write_base
from tests.cluster.enclosure import outside
from tests.cluster.missing import MissingPartError

ROOT = Path(__file__).resolve().parents[2]
_WHOLE = (
    "agent_runtime",
    "control_api",
    "gitops",
    "migrations",
    "charts/bot",
    "frontend",
    "requirements/run.txt",
)
# What is in each.
TARGETS = {
    "runtime": ("agent_runtime", "requirements/runtime.txt"),
    "control-api": _WHOLE,
    "machine": _WHOLE,
}
# Which chart names each, and by what.
_NAMED = {
    "runtime": ("bot", "image"),
    "control-api": ("botyard", "image"),
    "machine": ("botyard", "machine-image"),
}
_ALWAYS = ("Dockerfile", ".dockerignore", "pyproject.toml", "README.md", "requirements/setup.txt")
_LEFT_OUT = {"__pycache__", "node_modules", "dist", "screenshots"}
_BASE, _WHOLE_BASE = "localhost/botyard-base:latest", "localhost/botyard-whole-base:latest"
# What lets pip, uv and npm reach the registries that this machine uses. Variables would stay in the image.
_CONFIGURATION = ("/etc/pip.conf", "/etc/ssl/certs", "/etc/resolv.conf")
# uv trusts whom the machine trusts only if it is told to.
_UV = "native-tls = true\n"
_INTO = "--into"
_NPM = (Path("/etc/npmrc"), Path.home() / ".npmrc")


class ImageError(MissingPartError):
    """An image could not be built; the message says what is missing, or holds what the builder said."""


def name(target: str) -> str:
    """The name by which its chart asks for the image, such as `ghcr.io/botyard/agent-runtime:0.1.0`."""
    chart, named = _NAMED[target]
    about = yaml.safe_load((ROOT / "charts" / chart / "Chart.yaml").read_text())
    return str(about["annotations"][f"botyard.dev/{named}"])


@once
def image(target: str) -> Path:
    """The tar file of a target, built if it is not there yet. Raises ImageError."""
    state = cache.digest(_files((*_ALWAYS, *TARGETS[target])), _base(), name(target))
    return cache.kept(f"image-{target}-{state}", partial(_build_outside, target)) / "image.tar"


def _build_outside(target: str, folder: Path) -> None:
    print(f"Building the image {target}: minutes at the first time", file=sys.stderr, flush=True)
    try:
        outside([sys.executable, "-m", "tests.cluster.images", _INTO, str(folder), target])
    except subprocess.CalledProcessError as error:
        raise ImageError(str(error.stderr)) from None


def _build(target: str, folder: Path) -> None:
    if shutil.which("podman") is None:
        raise ImageError("podman is missing: install it, on Debian by `apt-get install podman`")
    # The layers stay: where only our own code has changed, no package is installed again.
    layers = cache.folder() / f"layers-{_base()}"
    layers.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="image-") as scratch, (layers / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        podman = _Podman(layers / "store", Path(scratch))
        podman.begin(target)
        podman.build(target)
        podman("save", "--format=oci-archive", f"--output={folder / 'image.tar'}", name(target))


class _Podman:
    """With a store of its own, so that nothing of this is in the machine's."""

    def __init__(self, store: Path, scratch: Path) -> None:
        self._store, self._scratch = store, scratch
        # It wants a short path to run in, and would refuse another one than last time.
        shutil.rmtree(store / "libpod", ignore_errors=True)
        places = [f"--root={store}", f"--runroot={scratch / 'run'}"]
        self._program = ["podman", *places, "--cgroup-manager=cgroupfs"]

    def __call__(self, *command: str) -> None:
        done = subprocess.run([*self._program, *command], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ImageError(f"podman {' '.join(command[:6])} …: {(done.stderr or done.stdout)[-4000:]}")

    def begin(self, target: str) -> None:
        """Have the base that it is built on."""
        base = _base_of(target)
        there = subprocess.run([*self._program, "image", "exists", base], capture_output=True, check=False)
        if there.returncode != 0:
            files = self._scratch / "base.tar"
            write_base(files, whole=target != "runtime")
            self("import", str(files), base)

    def build(self, target: str) -> None:
        written = {
            "/etc/uv/uv.toml": _UV,
            "/root/.npmrc": "\n".join(each.read_text() for each in _NPM if each.exists()),
        }
        mounts = [f"--volume={path}:{path}:ro" for path in _CONFIGURATION if Path(path).exists()]
        for place, text in written.items():
            (file := self._scratch / Path(place).name).write_text(text)
            mounts.append(f"--volume={file}:{place}:ro")
        options = [
            "--isolation=chroot",
            "--network=host",
            "--format=oci",
            f"--build-arg=BASE={_base_of(target)}",
        ]
        what = [f"--target={target}", f"--tag={name(target)}", str(ROOT)]
        self("build", "--layers", *options, *mounts, *what)


def _base_of(target: str) -> str:
    return _BASE if target == "runtime" else _WHOLE_BASE


def _base() -> str:
    return cache.digest([ROOT / "tests" / "cluster" / "base.py"], sys.version)


def _files(names: Sequence[str]) -> Iterator[Path]:
    for each in names:
        path = ROOT / each
        if path.is_file():
            yield path
        for found in sorted(path.rglob("*")):
            if found.is_file() and not _LEFT_OUT & set(found.relative_to(ROOT).parts):
                yield found


def main(*asked: str) -> int:
    """Say where the images of these targets are; `--into FOLDER TARGET` builds one there."""
    try:
        if asked[0] == _INTO:
            _build(asked[2], Path(asked[1]))
        else:
            print(*map(image, asked), sep="\n")
    except ImageError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
