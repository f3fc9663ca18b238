"""The text of a file that somebody sent.

A PDF is read by a process of its own, with bounded memory and time: it may be made to take all there is.
`python -m agent_runtime.documents` reads one from standard input and writes its text.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import io
import os
import sys

LARGEST = 5 * 1024 * 1024  # bytes of a file
LONGEST = 40_000  # characters of its text that a model is given
_SECONDS = 15.0
_MEMORY = 512 * 1024 * 1024
_LOCKED = 3

TOO_LARGE = f"That file is too large for me: I read up to {LARGEST // 1024**2} MB."
NO_TEXT = "I can only read text and PDF files so far, and I find no text in that one."
LOCKED = "That PDF is locked with a password, so I cannot read it."


class UnreadableError(Exception):
    """There is no text to be had; the words are for whoever sent the file."""


async def text_of(content: bytes) -> str:
    """The text, at most a little over `LONGEST` characters. UnreadableError where there is none."""
    text = await _of_pdf(content) if content.startswith(b"%PDF-") else _plain(content)
    if not text.strip():
        raise UnreadableError(NO_TEXT)
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}\n\n(The file goes on; these are its first {LONGEST:,} characters.)"
    return text


def _plain(content: bytes) -> str:
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableError(NO_TEXT) from None
    if "\0" in text:
        raise UnreadableError(NO_TEXT)
    return text


async def _of_pdf(content: bytes) -> str:
    reader = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "agent_runtime.documents"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PATH": os.defpath},
    )
    try:
        async with asyncio.timeout(_SECONDS):
            text, _ = await reader.communicate(content)
    except TimeoutError:
        raise UnreadableError(NO_TEXT) from None
    finally:
        if reader.returncode is None:
            reader.kill()
            await reader.wait()
    if reader.returncode:
        raise UnreadableError(LOCKED if reader.returncode == _LOCKED else NO_TEXT)
    return text.decode()


def _main() -> int:
    import resource

    from pypdf import PdfReader

    # Where the system knows no such limit, there is the one of time.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    pdf = PdfReader(io.BytesIO(sys.stdin.buffer.read()))
    if pdf.is_encrypted and not pdf.decrypt(""):
        return _LOCKED
    said = 0
    for page in pdf.pages:
        text = page.extract_text().encode("utf-8", "replace").decode()
        sys.stdout.write(f"{text}\n")
        said += len(text)
        if said > LONGEST:
            break
    return 0


if __name__ == "__main__":
    sys.exit(_main())
