"""Files that people send: their text is read, and who can't be helped is told why."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader, PdfWriter

from agent_runtime import documents
from agent_runtime.mail import MailWaitsError
from tests.agent_runtime.bot.conftest import PERSON, Make
from tests.simulators.fixtures import ModelServer


def pdf(text: str, password: str | None = None) -> bytes:
    """One page with a line on it, as small as a PDF may be."""
    drawn = f"BT /F1 12 Tf 20 100 Td ({text}) Tj ET".encode()
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R /Resources"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        page + b" << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(drawn), drawn),
    ]
    body, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(body))
    plain = body + b"xref\n0 %d\n0000000000 65535 f \n%b" % (size, table) + end
    if password is None:
        return plain
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(plain)))
    writer.encrypt(password, algorithm="RC4-128")
    locked = io.BytesIO()
    writer.write(locked)
    return locked.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("parcels.csv", "number,place\n12,Röme\n".encode()),
        ("windows.txt", "12 in Röme".encode("utf-16")),
        ("parcels.pdf", pdf("12 in Rome")),
    ],
)
async def test_the_text_of_a_file_reaches_the_model_and_is_remembered(
    make: Make, name: str, content: bytes
) -> None:
    stage = await make(model="history")
    await stage.send_file(name, content, caption="Where is number 12?")
    await stage.ask("Are you sure?")
    heard = (await stage.texts())[-1]
    assert heard.startswith("user: Where is number 12?")
    assert f"The file {name}" in heard
    assert "12" in heard.partition(name)[2]
    assert "me" in heard.partition("R")[2]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x7fELF\0\0\0\xff", documents.NO_TEXT),
        (b"  \n", documents.NO_TEXT),
        (b"%PDF-1.7\nnot really", documents.NO_TEXT),
        (pdf("secret", "a password"), documents.LOCKED),
        (b"x" * (documents.LARGEST + 1), documents.TOO_LARGE),
    ],
)
async def test_what_has_no_text_gets_a_sentence(
    make: Make, model_server: ModelServer, content: bytes, said: str
) -> None:
    stage = await make()
    await stage.send_file("thing", content)
    assert await stage.texts() == [said]
    assert model_server.asked() == 0


async def test_a_long_file_is_cut_and_says_so(make: Make) -> None:
    stage = await make(model="history", max_output_tokens=50_000)
    answer = await stage.send_file("long.txt", b"word " * 10_000)
    assert answer.text.endswith("(The file goes on; these are its first 40,000 characters.)")


async def test_a_file_is_fetched_for_those_who_may_talk(make: Make) -> None:
    stage = await make(access={"policy": "allowlist", "allow": ["telegram:5"]})
    await stage.send_file("parcels.txt", b"12 in Rome", PERSON)
    assert await stage.person.calls(stage.token, "getFile") == []


async def test_a_file_is_asked_for_again_where_telegram_was_silent(make: Make) -> None:
    stage = await make()
    await stage.person.fault(stage.token, "getFile", "502")
    said = await stage.person.send_file(stage.token, PERSON, "parcels.txt", b"12 in Rome")
    mail = stage.received(said)
    with pytest.raises(MailWaitsError):
        await stage.answer(mail)
    await stage.answer(mail)
    assert "12 in Rome" in (await stage.texts())[-1]
