"""A letter's text comes out of any usual file; a scan says that it is one, and no file harms the app."""

import contextlib
import io
import os
import random
import re
import resource
import signal
import socket
import subprocess
import sys
import time
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pypdf
import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from app.edges.letters import NotALetter, Scanned, read_text
from app.edges.letters import pdf as pdf_reader
from app.edges.letters.pdf_warm import Warm
from tests.letters import a_docx, a_pdf, paragraphs, shown

SECRET = "Secret Words"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("Café denied".encode(), ""),
        ("Café denied".encode("utf-8-sig"), ""),
        ("Café denied".encode("utf-16"), ""),
        ("Café denied".encode("utf-32"), ""),
        ("Café denied".encode("utf-16-le"), "UTF-16"),
        ("Café denied".encode("utf-16-be"), "UTF-16"),
        ("Café denied".encode("cp1252"), "Windows-1252"),
    ],
)
def test_text_is_read_in_its_encoding_and_a_guess_is_said(data, said):
    """UTF-8, UTF-16 and UTF-32 tell themselves; what is guessed is said (issue 3, bad input)."""
    letter = read_text(data)

    assert "Café denied" == letter.text
    assert said in " ".join(letter.warnings) and bool(said) == bool(letter.warnings)


def test_unseen_characters_do_not_hide_a_word():
    """A zero-width space inside "denied" is not seen by a person either."""
    assert "denied\nagain\n" == read_text("den\u200bied\r\na\u00adgain\x0c".encode()).text


def test_a_pdf_is_read_page_by_page():
    """The words that the pages show, in order."""
    letter = read_text(a_pdf(shown("Dear Provider,\nThe request is denied."), shown("Page two (of 2)")))

    lines = [line for line in letter.text.split("\n") if line]
    assert ["Dear Provider,", "The request is denied.", "Page two (of 2)"] == lines
    assert () == letter.warnings


def test_a_scan_says_that_it_is_one():
    """A page without text opens the manual entry; beside pages with text, it is named."""
    with pytest.raises(Scanned) as found:
        read_text(a_pdf(b"0 0 100 100 re f"))
    mixed = read_text(a_pdf(shown("Denied."), b"0 0 100 100 re f"))

    assert "a scanned page without text" in found.value.say and "by hand" in found.value.next
    assert ("page 2 is a picture without text: look at it",) == mixed.warnings


def test_words_that_a_page_does_not_show_are_left_out_and_said():
    """A hidden layer can contradict what the page shows (data/README.md); rendering mode 3 shows nothing."""
    page = b"BT /F1 11 Tf 50 750 Td (Your request is approved.) Tj q 3 Tr 0 -20 Td (It is denied.) Tj Q ET"
    both, layer = read_text(a_pdf(page)), read_text(a_pdf(b"BT /F1 11 Tf 3 Tr 50 750 Td (It is denied.) Tj ET"))

    assert "approved" in both.text and "denied" not in both.text
    assert "does not show" in both.warnings[0]
    assert "denied" in layer.text and "compare" in layer.warnings[0]


def test_an_encrypted_pdf_is_named():
    """Without its password nothing is tried."""
    writer = pypdf.PdfWriter(io.BytesIO(a_pdf(shown("Denied."))))
    writer.encrypt("pass", algorithm="RC4-128")
    held = io.BytesIO()
    writer.write(held)

    with pytest.raises(NotALetter, match="encrypted"):
        read_text(held.getvalue())


def _bomb():
    packed = zlib.compress(b"0 " * 150_000_000, 9)
    return a_pdf((b"/Filter /FlateDecode", packed))


def _operations():
    return a_pdf((b"/Filter /FlateDecode", zlib.compress(b"BT /F1 1 Tf (a) Tj ET " * 3_000_000, 9)))


def _loop():
    looped = b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"
    return a_pdf(shown("a")).replace(b"<< /Type /Pages /Kids [5 0 R] /Count 1 >>", looped)


def _pages():
    return a_pdf(*([shown("Denied.")] * 61))


def _script():
    action = b"/OpenAction << /S /Launch /F (/bin/sh) >>"
    return a_pdf(b"").replace(b"/Type /Catalog", b"/Type /Catalog " + action)


@pytest.mark.timeout(40)
@pytest.mark.parametrize("make", [_bomb, _operations, _loop, _pages, _script], ids=lambda make: make.__name__)
def test_a_harmful_pdf_ends_in_a_clear_word(make):
    """Bombs, loops, floods and actions: within the child's limits, and the app grows by nothing (reliability E9)."""
    data = make()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(NotALetter) as found:
        read_text(data)

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30 * 1024
    assert found.value.say and found.value.next


def test_the_reading_process_is_given_nothing(monkeypatch):
    """No variable of ours, no file of ours: a secret in the environment stays out of reach of a parser's fault."""
    monkeypatch.setenv("PARLEY_SECRET_KEY", SECRET)
    pdf_reader.WARM.end()

    assert "Denied" in read_text(a_pdf(shown("Denied."))).text
    assert (
        Path(f"/proc/{pdf_reader.WARM.pid}/environ").read_bytes() == b"" and os.environ["PARLEY_SECRET_KEY"] == SECRET
    )
    assert not re.search(r"^\s*(?:from|import) (?:app|launch)\b", Path(pdf_reader._CHILD).read_text("utf-8"), re.M)


def test_the_process_that_waits_outlives_a_bomb_and_holds_no_letter():
    """The same one reads the next letter, and nothing of the last stands in its memory."""
    word = "".join(random.Random(20).choices("bcdfghjklmnp", k=24))
    assert word in read_text(a_pdf(shown(f"Denied for {word}."))).text
    waiting = pdf_reader.WARM.pid
    with pytest.raises(NotALetter):
        read_text(_bomb())

    assert "Denied" in read_text(a_pdf(shown("Denied."))).text
    assert pdf_reader.WARM.pid == waiting and word.encode() not in memory_of(waiting)
    assert word.encode() in memory_of(os.getpid())  # whoever has it is found


def memory_of(pid):
    """Return what a process holds, as far as it may be read."""
    held = []
    places = re.findall(r"^(\w+)-(\w+) rw", Path(f"/proc/{pid}/maps").read_text(), re.M)
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for start, end in places:
            with contextlib.suppress(OSError):
                memory.seek(int(start, 16))
                held.append(memory.read(int(end, 16) - int(start, 16)))
    return b"".join(held)


def test_letters_are_read_beside_each_other():
    """Eight threads with a letter each get each their own."""
    with ThreadPoolExecutor(8) as pool:
        read = pool.map(lambda each: read_text(a_pdf(shown(f"Letter {each}."))).text, range(24))

    assert [f"Letter {each}." for each in range(24)] == [each.strip() for each in read]


def test_where_no_process_waits_one_is_started(monkeypatch):
    """It was killed, it cannot be started, it breaks at its start, the system has no such thing: the letter is read."""
    letter = a_pdf(shown("Denied."))
    read_text(letter)
    os.kill(pdf_reader.WARM.pid, signal.SIGKILL)
    assert "Denied" in read_text(letter).text

    for command in (("/nowhere/python",), (sys.executable, "-c", "raise SystemExit(1)")):
        monkeypatch.setattr(pdf_reader, "WARM", Warm(command))
        assert "Denied" in read_text(letter).text
        pdf_reader.WARM.end()
    monkeypatch.delattr(socket, "send_fds")
    assert "Denied" in read_text(letter).text


OF_A_SERVER = """
import os, sys, time
from app.edges.letters import read_text
from app.edges.letters.pdf import WARM
letter = open(sys.argv[1], "rb").read()
read_text(letter)
told, telling = os.pipe()
if os.fork() == 0:
    read_text(letter)
    os.write(telling, str(WARM.pid).encode())
    os._exit(0)
os.wait()
print(WARM.pid, os.read(told, 20).decode(), flush=True)
read_text(letter)
print(WARM.pid, flush=True)
if sys.argv[2] == "stays":
    time.sleep(60)
"""


@pytest.mark.parametrize("how", ["ends", "stays"])
def test_a_forked_server_has_its_own_and_nothing_is_left_when_it_ends(tmp_path, how):
    """gunicorn forks; whether a process ends or is killed, the one that waits for it ends too."""
    (tmp_path / "letter.pdf").write_bytes(a_pdf(shown("Denied.")))
    command = [sys.executable, "-c", OF_A_SERVER, str(tmp_path / "letter.pdf"), how]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        own, forked = map(int, server.stdout.readline().split())
        again = int(server.stdout.readline())
        if how == "stays":
            server.kill()
        server.wait()

    assert own == again != forked
    while any(Path(f"/proc/{each}/cmdline").exists() and is_ours(each) for each in (own, forked)):
        time.sleep(0.05)  # the suite's own limit ends what does not


def is_ours(pid):
    """Whether a process is one that waits for letters, and not another that got its number or is over."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return b"pdf_child" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def test_a_word_file_is_read_with_its_tables_and_without_what_it_hides():
    """Paragraphs and cells in order; hidden, deleted and doubled words are left out."""
    body = paragraphs("Dear Provider,") + (
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>CPT 63047</w:t></w:r></w:p></w:tc>"
        "<w:tc><w:p><w:r><w:t>denied</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
        "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>approved</w:t></w:r><w:del><w:r><w:delText>pended</w:delText></w:r>"
        "</w:del><mc:AlternateContent><mc:Choice><w:r><w:t>once</w:t></w:r></mc:Choice><mc:Fallback><w:r><w:t>once"
        "</w:t></w:r></mc:Fallback></mc:AlternateContent></w:p>"
    )
    letter = read_text(a_docx(body))

    lines = [line.strip() for line in letter.text.splitlines() if line.strip()]
    assert ["Dear Provider,", "CPT 63047", "denied", "once"] == lines
    assert ("it holds hidden words, which were left out",) == letter.warnings


def test_a_word_file_of_another_program_is_read():
    """As python-docx, which wrote none of this, saves it."""
    document = Document()
    document.add_heading("Notice of denial", 1)
    document.add_paragraph("The request is denied.")
    held = io.BytesIO()
    document.save(held)

    assert "Notice of denial\nThe request is denied." in read_text(held.getvalue()).text


ENTITIES = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><d>&b;</d>'


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (a_docx(paragraphs("a" * 40_000_000)), "far more than a letter"),
        (a_docx(paragraphs("Denied"), members=[(f"word/{n}.xml", b"") for n in range(1_001)]), "more than 1,000"),
        (a_docx(paragraphs("Denied"), members=[("word/vbaProject.bin", b"x")]), "macros"),
        (a_docx(paragraphs("Denied"), main="xl/workbook.xml"), "no Word file"),
        (a_docx("<w:p>"), "not XML"),
        (a_docx("").replace(b"PK\x01\x02", b"PK\x09\x09"), "not a readable Word file"),
        (a_docx("", main="x", members=[("word/document.xml", ENTITIES)]), "not written as Word"),
        (b"PK\x03\x04" + b"x" * 50, "not a readable Word file"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 50, "old Word file or an encrypted one"),
        (b"{\\rtf1 Denied}", "rich text"),
        (b"\x89PNG\r\n", "picture"),
        (bytes(range(256)) * 4, "not text"),
        (b"%PDF-1.7 and no more", "not a readable PDF"),
        (b" \n", "empty"),
        (b"a" * (20 * 1024 * 1024 + 1), "longer than 20 MiB"),
    ],
)
def test_what_is_no_letter_is_named_and_told_what_to_do(data, said):
    """Within 100 MB (issue 3, bad input), and never with a word of its content."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(NotALetter, match=re.escape(said)) as found:
        read_text(data)

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024
    assert found.value.next


def test_a_word_file_that_lies_about_its_size_is_counted():
    """The sizes that an archive declares are its maker's; what comes out is counted too."""
    data = bytearray(a_docx(paragraphs("a" * 5_000_000)))
    for place in (data.index(b"PK\x01\x02") + 24, 22):
        data[place : place + 4] = (1_000).to_bytes(4, "little")

    with pytest.raises(NotALetter):
        read_text(bytes(data))


@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"\xff\xfe", b"\xef\xbb\xbf", b"\x00a"]))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read_or_named(data, head):
    """No other error than ours leaves the room."""
    try:
        assert read_text(head + data).text.strip()
    except NotALetter as error:
        assert error.say


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_bent_word_file_is_read_or_named(data):
    """Bytes flipped anywhere in an archive: no traceback."""
    bent = bytearray(a_docx(paragraphs("The request is denied.")))
    for _ in range(data.draw(st.integers(1, 4))):
        bent[data.draw(st.integers(0, len(bent) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_text(bytes(bent))
    except NotALetter as error:
        assert error.say


def test_the_archive_is_a_real_one():
    """The maker of these files is itself checked: the standard library opens them."""
    with zipfile.ZipFile(io.BytesIO(a_docx(paragraphs("a")))) as archive:
        assert ["word/document.xml"] == archive.namelist()
