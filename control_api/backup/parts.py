"""What is inside a backup: a compressed tar of members of a few MiB, so that no size is needed ahead.

A part `control` of rows is `control/00001.jsonl`, `control/00002.jsonl`, …; one of bytes `fleet/00001`, ….
The last member, `end.json`, counts all rows: a backup without it was never finished.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from control_api.backup.errors import BackupError

_PIECE = 4 << 20
_NAME = re.compile(r"[a-z0-9]+/(?!\.)[a-z0-9.]+")
END = "about/end.json"


class Writer:
    """Writes parts one after another; `counts` says how many rows of what have come."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._zip = gzip.GzipFile(fileobj=stream, mode="wb", compresslevel=4, mtime=0)
        self._tar = tarfile.open(fileobj=self._zip, mode="w|", format=tarfile.GNU_FORMAT)  # noqa: SIM115 - `finish` closes it
        self._pieces: Counter[str] = Counter()
        self._lines: dict[str, io.BytesIO] = {}
        self.counts: Counter[str] = Counter()

    def file(self, name: str, content: bytes) -> None:
        """One small file, `<part>/<name>`."""
        if not _NAME.fullmatch(name):
            raise ValueError(name)
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = len(content), 0o600, int(time.time())
        self._tar.addfile(info, io.BytesIO(content))

    def row(self, part: str, row: Mapping[str, Any]) -> None:
        """One row of a part."""
        lines = self._lines.setdefault(part, io.BytesIO())
        lines.write(json.dumps(row, separators=(",", ":")).encode() + b"\n")
        self.counts[part] += 1
        if lines.tell() >= _PIECE:
            self._flush(part)

    @contextmanager
    def stream(self, part: str) -> Iterator[Callable[[bytes], None]]:
        """What is written in the block becomes a part."""
        held = bytearray()

        def write(content: bytes) -> None:
            held.extend(content)
            while len(held) >= _PIECE:
                self.piece(part, bytes(held[:_PIECE]))
                del held[:_PIECE]

        yield write
        if held:
            self.piece(part, bytes(held))

    def piece(self, part: str, content: bytes, ending: str = "") -> None:
        """The next piece of a part."""
        self._pieces[part] += 1
        self.file(f"{part}/{self._pieces[part]:05}{ending}", content)

    def finish(self) -> None:
        """Write what is left and the end."""
        for part in list(self._lines):
            self._flush(part)
        self.file(END, json.dumps({"rows": self.counts, "pieces": self._pieces}).encode())
        self._tar.close()
        self._zip.close()

    def _flush(self, part: str) -> None:
        if content := self._lines.pop(part).getvalue():
            self.piece(part, content, ".jsonl")


def unpack(stream: IO[bytes], folder: Path) -> None:
    """Every member as a file below `folder`. Raises ValueError for what no backup holds."""
    with gzip.GzipFile(fileobj=stream, mode="rb") as plain, tarfile.open(fileobj=plain, mode="r|") as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isreg() else None
            if content is None or not _NAME.fullmatch(member.name):
                raise ValueError(f"a backup holds no {member.name}")
            path = folder / member.name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with path.open("xb") as file:
                while piece := content.read(_PIECE):
                    file.write(piece)
        # To the end, with its checksum: the tar ends before the stream does.
        while plain.read(_PIECE):
            pass


class Unpacked:
    """The parts of an unpacked backup."""

    def __init__(self, folder: Path) -> None:
        """Raises BackupError where the end is missing or a piece is."""
        self._folder = folder
        try:
            end = json.loads((folder / END).read_bytes())
        except FileNotFoundError:
            raise BackupError("The backup has no end: it was not finished.") from None
        self.counts: dict[str, int] = end["rows"]
        for part, pieces in end["pieces"].items():
            if len(self.pieces(part)) != pieces:
                raise BackupError(f"The backup lacks a piece of its part {part}.")

    def file(self, name: str) -> bytes:
        return (self._folder / name).read_bytes()

    def pieces(self, part: str) -> list[Path]:
        """The files of a part, in order."""
        folder = self._folder / part
        return sorted(folder.iterdir()) if folder.is_dir() else []

    def rows(self, part: str) -> Iterator[dict[str, Any]]:
        """The rows of a part, in order."""
        for piece in self.pieces(part):
            with piece.open("rb") as lines:
                for line in lines:
                    yield json.loads(line)
