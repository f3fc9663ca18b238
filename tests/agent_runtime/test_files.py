"""A file is written whole or not at all."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from agent_runtime.files import write_whole


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755])
def test_a_file_has_the_mode_that_was_asked_for(tmp_path: Path, mode: int) -> None:
    before = os.umask(0o077)
    try:
        write_whole(tmp_path / "file", "content", mode=mode)
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == mode
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("call", ["fsync", "fchmod"])
def test_what_fails_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "file"
    write_whole(path, "old", durable=True)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, call, full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, "new", durable=True)
    assert (path.read_text(), os.listdir(tmp_path)) == ("old", ["file"])


def test_a_reader_sees_one_content_or_the_other(tmp_path: Path) -> None:
    path, seen = tmp_path / "file", set()
    contents = {b"a" * 200_000, b"b" * 300_000}
    write_whole(path, min(contents))
    written = threading.Event()

    def read() -> None:
        while not written.is_set():
            seen.add(path.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(50):
        for content in contents:
            write_whole(path, content)
    written.set()
    reader.join()
    assert seen <= contents
