"""The file around a backup: a tar of three members, all but the first encrypted by age.

`backup.json` says the format; `identity.age` is a key made for this backup alone, encrypted by the
passphrase; `data.age` is the rest, encrypted to that key. A passphrase alone would do for small files, but
its encryption knows no streams. Without Botyard: `tar xf FILE && age -d -i identity.age data.age | tar xz`.
"""

from __future__ import annotations

import io
import json
import os
import tarfile
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyrage

from control_api.backup.errors import BackupError, DamagedError

FORMAT = 1
_ABOUT, _IDENTITY, _DATA = "backup.json", "identity.age", "data.age"
_LARGEST_HEAD = 64 * 1024
_BROKEN = (tarfile.TarError, zlib.error, ValueError, EOFError)


@contextmanager
def sealed(path: Path, passphrase: str) -> Iterator[IO[bytes]]:
    """A stream into a new file that appears at `path`, whole, when the block ends without an error."""
    identity = pyrage.x25519.Identity.generate()
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    unfinished = Path(name)
    try:
        with os.fdopen(descriptor, "r+b") as file:
            about = {"kind": "botyard backup", "format": FORMAT}
            _member(file, _ABOUT, json.dumps(about).encode())
            _member(file, _IDENTITY, pyrage.passphrase.encrypt(f"{identity}\n".encode(), passphrase))
            start = file.tell()
            file.write(_header(_DATA, 0))
            recipients = [identity.to_public()]
            with _piped(lambda inlet: pyrage.encrypt_io(inlet, file, recipients)) as stream:
                yield stream
            _end_member(file, start)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        _sync(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


class Sealed:
    """A backup that is there. Nothing in it is believed before it was decrypted to its end."""

    def __init__(self, path: Path) -> None:
        """Raises BackupError where the file is none of ours, or of a format that is not known yet."""
        self._path = path
        try:
            with tarfile.open(path, "r:") as tar:
                about = json.loads(_read(tar, _ABOUT))
                self._wrapped = _read(tar, _IDENTITY)
        except OSError as error:
            raise BackupError(f"{path} can't be read: {error.strerror}.") from error
        except (*_BROKEN, KeyError) as error:
            raise BackupError(
                f"{path} is no backup of Botyard, or its beginning is damaged.",
                "Give a file that `botyard backup` has made.",
            ) from error
        if not isinstance(about, dict) or about.get("kind") != "botyard backup":
            raise BackupError(f"{path} is no backup of Botyard.")
        if about.get("format") != FORMAT:
            raise BackupError(
                f"{path} has the format {about.get('format')}, and this Botyard knows {FORMAT}.",
                "Restore it with the newer Botyard that made it, or upgrade this one.",
            )

    def open(self, passphrase: str) -> Opened:
        """The content. Raises BackupError for a wrong passphrase."""
        try:
            text = pyrage.passphrase.decrypt(self._wrapped, passphrase)
            identity = pyrage.x25519.Identity.from_str(text.decode().strip())
        except (pyrage.DecryptError, pyrage.IdentityError, UnicodeDecodeError) as error:
            raise BackupError(
                "The passphrase is not the one of this backup (or the key in the file was altered)."
            ) from error
        return Opened(self._path, identity)


class Opened:
    """A backup with its key."""

    def __init__(self, path: Path, identity: Any) -> None:
        self._path, self.identity = path, identity

    def read(self, use: Callable[[IO[bytes]], None]) -> None:
        """Hand the content to `use` as a stream. Returns once all of it is known to be authentic.

        Raises DamagedError, possibly after `use` has seen a part.
        """
        try:
            with tarfile.open(self._path, "r:") as tar:
                data = tar.extractfile(_DATA)
                if data is None:
                    raise DamagedError(self._path)
                self._decrypt(data, use)
        except (*_BROKEN, KeyError) as error:
            raise DamagedError(self._path) from error

    def _decrypt(self, data: IO[bytes], use: Callable[[IO[bytes]], None]) -> None:
        outcome: list[BaseException] = []
        outlet, inlet = os.pipe()

        def work() -> None:
            with os.fdopen(inlet, "wb") as into:
                try:
                    pyrage.decrypt_io(data, into, [self.identity])
                except BaseException as error:
                    outcome.append(error)

        thread = threading.Thread(target=work, name="decrypting")
        thread.start()
        try:
            with os.fdopen(outlet, "rb") as plain:
                use(plain)
                while plain.read(1 << 20):
                    pass
        except _BROKEN as error:
            outcome.append(error)
        finally:
            thread.join()
        if outcome:
            raise DamagedError(self._path) from outcome[0]


@contextmanager
def _piped(consume: Callable[[IO[bytes]], None]) -> Iterator[IO[bytes]]:
    """A stream to write to, which another thread consumes."""
    outcome: list[BaseException] = []
    outlet, inlet = os.pipe()

    def work() -> None:
        with os.fdopen(outlet, "rb") as stream:
            try:
                consume(stream)
            except BaseException as error:
                outcome.append(error)

    thread = threading.Thread(target=work, name="encrypting")
    thread.start()
    try:
        with os.fdopen(inlet, "wb") as stream:
            yield stream
    except BrokenPipeError as error:
        thread.join()
        outcome = outcome or [error]
    finally:
        thread.join()
    if outcome:
        # Python's errors come back through the library as their text.
        raise BackupError(
            f"The backup could not be written: {outcome[0]}", "Make room, or give another place for FILE."
        )


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, int(time.time())
    return info.tobuf(tarfile.GNU_FORMAT)


def _member(file: IO[bytes], name: str, content: bytes) -> None:
    file.write(_header(name, len(content)) + content + bytes(-len(content) % tarfile.BLOCKSIZE))


def _end_member(file: IO[bytes], start: int) -> None:
    """The size is known only now: write it where the member began, then end the tar."""
    file.seek(0, io.SEEK_END)
    end = file.tell()
    size = end - start - tarfile.BLOCKSIZE
    file.write(bytes(-size % tarfile.BLOCKSIZE) + bytes(2 * tarfile.BLOCKSIZE))
    file.seek(start)
    file.write(_header(_DATA, size))


def _read(tar: tarfile.TarFile, name: str) -> bytes:
    member = tar.extractfile(name)
    if member is None:
        raise ValueError(name)
    return member.read(_LARGEST_HEAD)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
