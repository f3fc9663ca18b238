"""Bots on their way between Botyards: a folder or a tar of `<owner>/<bot>/bot.yaml`, or such files alone."""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from control_api.cli.failure import CommandError

BOT_FILE = "bot.yaml"
OLDER_FILE = "agent.config.json"
_TARS = (".tar", ".tar.gz", ".tgz")
_LARGEST = 1024 * 1024


@dataclass(frozen=True)
class Carried:
    """One bot as its file says; `owner` is None where the file's place does not say it."""

    source: str
    owner: str | None
    spec: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.spec["name"])


@contextmanager
def packed(to: Path) -> Iterator[Path]:
    """A folder to fill, which appears as `to` when the block ends well: as it is, or as a tar by its name."""
    if to.exists():
        raise CommandError(f"{to} exists.", hint="Choose another place with --to, or move it away.")
    making = to.with_name(f".{to.name}.{os.getpid()}")
    try:
        making.mkdir(mode=0o700)
        folder = making / "folder"
        folder.mkdir(mode=0o700)
        yield folder
        if to.name.endswith(_TARS):
            folder = making / to.name
            with open(folder, "xb", opener=_private) as file:
                _tar(file, making / "folder", "w" if to.name.endswith(".tar") else "w:gz")
        folder.rename(to)
    except OSError as error:
        raise CommandError(f"{to} can't be written: {error.strerror}.") from error
    finally:
        shutil.rmtree(making, ignore_errors=True)


def read_all(paths: list[Path]) -> list[Carried]:
    """Every bot in the folders, tars and files. Fails with all that is wrong in any of them."""
    found: list[Carried] = []
    problems: list[str] = []
    for path in paths:
        contents = list(_contents(path))
        if not contents:
            raise CommandError(
                f"There is no {BOT_FILE} in {path}.", hint="Give what `botyard export` has written."
            )
        for source, owner, content in contents:
            spec, wrong = _spec(source, content)
            problems += wrong
            if spec is not None:
                found.append(Carried(source, owner, spec))
    if problems:
        raise CommandError("Not every file is a valid bot specification.", details=problems)
    return found


def _spec(source: str, content: bytes) -> tuple[dict[str, Any] | None, list[str]]:
    from control_api.cli.spec_file import parsed, show_remarks

    try:
        read = parsed(source, content)
    except CommandError as failure:
        return None, list(failure.details)
    show_remarks(source, read.remarks)
    return read.spec, []


def _contents(path: Path) -> Iterator[tuple[str, str | None, bytes]]:
    """Each file's name for people, its owner if its place says that, and its content."""
    try:
        if path.is_dir():
            for file in sorted([*path.rglob(BOT_FILE), *path.rglob(OLDER_FILE)]):
                yield str(file), _owner(PurePosixPath(file.relative_to(path))), file.read_bytes()
        elif tarfile.is_tarfile(path):
            yield from _of_tar(path)
        else:
            yield str(path), None, path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} can't be read: {error.strerror or error}.") from error


def _of_tar(path: Path) -> Iterator[tuple[str, str | None, bytes]]:
    try:
        with tarfile.open(path) as tar:
            for member in tar:
                place = PurePosixPath(member.name)
                if place.name == BOT_FILE and member.isreg():
                    content = tar.extractfile(member)
                    if content is None or member.size > _LARGEST:
                        raise CommandError(f"{member.name} in {path} is too large for a bot.")
                    yield f"{path}:{member.name}", _owner(place), content.read()
    except (tarfile.TarError, EOFError) as error:
        raise CommandError(f"{path} is damaged: {error}.") from error


def _owner(place: PurePosixPath) -> str | None:
    from agent_runtime.spec.names import is_name

    folders = place.parent.parts
    return folders[-2] if len(folders) >= 2 and is_name(folders[-2]) else None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _tar(file: Any, folder: Path, mode: Any) -> None:
    with tarfile.open(fileobj=file, mode=mode) as tar:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                tar.add(path, path.relative_to(folder).as_posix())
