"""
Hostile files, each with what must be said of it: what senders break and what attackers build.

A bomb is small to write down and large to read: it is made when it is asked for. `run` reads files with a command in a
process of its own and tells what that took, the processes that it started included.
"""

import base64
import io
import json
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.answers import ROOT, answer, line
from tests.letters import a_docx, a_pdf, paragraphs, shown

GOOD = json.dumps(answer(line(1, "A3", "0F"), id="good")).encode()
_CHILD = """
import resource, sys
from importlib import import_module
module, _, name = sys.argv[2].partition(":")
status = getattr(import_module(module), name)(sys.argv[3:])
if "app.edges.letters.pdf" in sys.modules:
    sys.modules["app.edges.letters.pdf"].WARM.end()
usage = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
seconds = sum(each.ru_utime + each.ru_stime for each in usage)
own = next(each for each in open("/proc/self/status") if each.startswith("VmHWM")).split()[1]
open(sys.argv[1], "w").write(f"{seconds} {max(int(own), usage[1].ru_maxrss) / 1024}")
raise SystemExit(status)
"""


@dataclass(frozen=True, slots=True)
class Bomb:
    """A file by its name's ending; `said`: what its complaint holds, None where it can be read."""

    suffix: str
    make: Callable[[], bytes]
    said: str | None


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a command: seconds of processor, the largest memory of it or a process of its own in MiB."""

    status: int
    out: str
    err: str
    seconds: float
    mib: float


def run(
    folder: Path, *argv: str | Path, stdin: bytes = b"", patience: float = 60, main: str = "launch.__main__:main"
) -> Run:
    """Run a command, of the console if nothing else is said, on its own; `patience` seconds until it counts as hung."""
    told = folder / "usage.txt"
    told.unlink(missing_ok=True)
    command = [sys.executable, "-c", _CHILD, str(told), main, *map(str, argv)]
    done = subprocess.run(command, cwd=ROOT, input=stdin, capture_output=True, timeout=patience, check=False)
    seconds, mib = map(float, told.read_text().split()) if told.exists() else (0.0, 0.0)
    return Run(done.returncode, done.stdout.decode(), done.stderr.decode(), seconds, mib)


def take_in(argv: Sequence[str]) -> int:
    """Read a file as what is sent to us or uploaded is read; say what is wrong with it."""
    from app.errors import BadInput
    from app.wire import FileSources

    data = Path(argv[0]).read_bytes()
    read = FileSources().answers if argv[0].endswith(".json") else FileSources().text
    try:
        told = read(data)
    except BadInput as error:
        print(f"{error.say}", file=sys.stderr)
        return 2
    print(len(told) if isinstance(told, str) else len(told.answers))
    return 0


def bundle(*entries: bytes) -> bytes:
    """Return a Bundle of entries."""
    return b'{"resourceType":"Bundle","type":"collection","entry":[' + b",".join(entries) + b"]}"


def entry(resource: bytes) -> bytes:
    """Return an entry."""
    return b'{"resource":' + resource + b"}"


def deep(count: int, opening: bytes, closing: bytes, core: bytes = b"1") -> bytes:
    """Return something inside something, many times."""
    return opening * count + core + closing * count


def response(more: bytes) -> bytes:
    """Return a ClaimResponse with more JSON in it."""
    return b'{"resourceType":"ClaimResponse","use":"preauthorization",' + more + b"}"


def good_with(more: bytes) -> bytes:
    """Return the good answer with more JSON in it."""
    return GOOD[:-1] + b"," + more + b"}"


def listed(count: int, each: Callable[[int], bytes]) -> bytes:
    """Return a JSON list of many."""
    return b"[" + b",".join(map(each, range(count))) + b"]"


def xml(inside: bytes, *, head: bytes = b"", attributes: bytes = b"") -> bytes:
    """Return a ClaimResponse as XML."""
    return head + b'<ClaimResponse xmlns="http://hl7.org/fhir"' + attributes + b">" + inside + b"</ClaimResponse>"


def laughs() -> bytes:
    """Return a DOCTYPE whose last entity is ten to the ninth laughs."""
    nested = b"".join(b'<!ENTITY l%d "%s">' % (each, b"&l%d;" % (each - 1) * 10) for each in range(1, 10))
    return b'<!DOCTYPE l [<!ENTITY l0 "ha">' + nested + b"]>"


OUTSIDE = b'<!DOCTYPE l [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>'
ENTITY = b'<disposition value="&l9;"/>'
REVIEW = b'{"adjudication":[{"reason":{"coding":[{"code":"50"}]}}],"itemSequence":'

LIGHT: Mapping[str, Bomb] = {
    "truncated": Bomb(".json", lambda: GOOD[:-30], "not JSON (truncated)"),
    "another resource": Bomb(".json", lambda: b'{"resourceType":"Patient"}', "resourceType: Patient holds no"),
    "no resource": Bomb(".json", lambda: b'{"a":1}', "resourceType: missing"),
    "a list": Bomb(".json", lambda: b"[]", "line 1: a JSON object is expected here"),
    "depth of lists": Bomb(".json", lambda: b"[" * 1_000_000, "column 501, in [0][0]"),
    "depth of objects": Bomb(".json", lambda: deep(200_000, b'{"a":', b"}"), "in a.a.a.a"),
    "depth of extensions": Bomb(
        ".json", lambda: response(b'"extension":' + deep(5_000, b'[{"extension":', b"}]")), "in extension[0].extension"
    ),
    "depth of details": Bomb(
        ".json", lambda: good_with(b'"addItem":[{"detail":' + deep(300, b'[{"detail":', b"}]", b"[]") + b"}]"), None
    ),
    "depth of Bundles": Bomb(
        ".json",
        lambda: deep(40, bundle(b"").removesuffix(b"]}") + b'{"resource":', b"}]}", GOOD),
        "Bundles nested too deeply",
    ),
    "NaN": Bomb(".json", lambda: good_with(b'"x":NaN'), "in x: not JSON"),
    "Infinity": Bomb(".json", lambda: good_with(b'"x":-Infinity'), "in x: not JSON"),
    "a number without end": Bomb(".json", lambda: good_with(b'"x":' + b"9" * 1_000_000), None),
    "a name twice": Bomb(".json", lambda: good_with(b'"outcome":"complete"'), None),
    "HTML": Bomb(".json", lambda: good_with(b'"disposition":"<script>alert(1)</script> Denied."'), None),
    "half a character": Bomb(".json", lambda: good_with(b'"disposition":"\\ud83d"'), "in disposition: half of a"),
    "NUL": Bomb(".json", lambda: good_with(b'"disposition":"a\0b"'), "in disposition: not JSON"),
    "Windows-1252": Bomb(".json", lambda: good_with(b'"disposition":"caf\xe9"'), "in disposition: not UTF-8"),
    "UTF-16 without mark": Bomb(".json", lambda: GOOD.decode().encode("utf-16-le"), "UTF-16 or UTF-32 without"),
    "a broken mark": Bomb(".json", lambda: b"\xff\xfe{\xd8\xd8", "not the UTF-16 that its first bytes promise"),
    "empty": Bomb(".json", lambda: b"", "empty"),
    "many keys": Bomb(".json", lambda: response(b",".join(b'"k%d":1' % each for each in range(900_000))), "too long"),
    "items without end": Bomb(
        ".json",
        lambda: response(b'"item":' + listed(40_000, lambda each: REVIEW + b"%d}" % each)),
        "item[16666].adjudication[0].reason: more lines",
    ),
    "added lines times codes": Bomb(
        ".json",
        lambda: response(b'"addItem":' + listed(500, lambda _: REVIEW + listed(300, b"%d".__mod__) + b"}")),
        "addItem[82].itemSequence: more lines, codes and words",
    ),
    "items times notes": Bomb(
        ".json",
        lambda: response(
            b'"processNote":'
            + listed(900, lambda _: b'{"number":1,"text":"n"}')
            + b',"item":'
            + listed(900, lambda each: b'{"itemSequence":%d,"noteNumber":[1]}' % each)
        ),
        "item: more lines, codes and words",
    ),
    "a disposition without end": Bomb(
        ".json",
        lambda: response(b'"disposition":"' + b"denied " * 900_000 + b'"'),
        "disposition: more lines, codes and words",
    ),
    "entities": Bomb(".xml", lambda: xml(ENTITY, head=laughs()), "line 1: has a document type"),
    "entities in UTF-16": Bomb(
        ".xml",
        lambda: xml(ENTITY, head=b'<?xml version="1.0" encoding="UTF-16"?>' + laughs()).decode().encode("utf-16"),
        "line 1: has a document type",
    ),
    "an entity from outside": Bomb(".xml", lambda: xml(ENTITY, head=OUTSIDE), "line 1: has a document type"),
    "depth of XML": Bomb(".xml", lambda: xml(b"<item>" * 200_000), "line 1: nested too deeply"),
    "depth of XHTML": Bomb(
        ".xml",
        lambda: xml(b'<text><div xmlns="http://www.w3.org/1999/xhtml">' + b"<p>" * 200_000),
        "line 1: nested too deeply",
    ),
    "XML elements": Bomb(".xml", lambda: xml(b'<note value="a"/>' * 400_000), "line 1: too many elements"),
    "XML attributes": Bomb(
        ".xml",
        lambda: xml(b"", attributes=b"".join(b' a%d=""' % each for each in range(400_000))),
        "line 1: too many elements",
    ),
    "XML in UTF-7": Bomb(
        ".xml", lambda: xml(b"", head=b'<?xml version="1.0" encoding="UTF-7"?>'), "not in an encoding"
    ),
    "unclosed XML": Bomb(".xml", lambda: xml(b'<a value="' + b"a" * 7_000_000), "column 7000054: not XML"),
    "lines that are none": Bomb(".ndjson", lambda: b"5\n" * 300_000, "none of its first 10,000 parts can be read"),
    "texts that are none": Bomb(".jsonl", lambda: b"5\n" * 300_000, "none of its first 10,000 parts can be read"),
    "a letter of NULs": Bomb(".txt", lambda: b"\0" * 100_000, "not text"),
    "a scan": Bomb(".pdf", lambda: a_pdf(b"0 0 9 9 re f"), "a scanned page without text"),
    "no PDF": Bomb(".pdf", lambda: b"%PDF-1.7 and no more", "not a readable PDF"),
    "pages in a loop": Bomb(".pdf", lambda: a_pdf(shown("a")).replace(b"[5 0 R]", b"[2 0 R]"), "not a readable PDF"),
    "a zip bomb": Bomb(".docx", lambda: a_docx(paragraphs("a" * 40_000_000)), "far more than a letter"),
    "a zip in a zip": Bomb(
        ".docx", lambda: zipped("word/document.xml.zip", a_docx("")), "an archive, but no Word file"
    ),
    "entities in Word": Bomb(
        ".docx",
        lambda: zipped("word/document.xml", laughs() + b"<d>&l9;</d>"),
        "word/document.xml: its text is not written as Word writes it",
    ),
    "depth of Word": Bomb(".docx", lambda: a_docx("".join(map("<w:p a='{}'>".format, range(3_000)))), "not XML"),
}

HEAVY: Mapping[str, Bomb] = {
    "60 MB": Bomb(".json", lambda: bundle(*map(_long, range(11_500))), "longer than 50 MiB"),
    "45 MB cut short": Bomb(".json", lambda: bundle(*map(_long, range(8_500)))[:-9], "not JSON (truncated)"),
    "45 MB with NaN at the end": Bomb(
        ".json", lambda: bundle(*map(_long, range(8_500)), entry(b'{"x":NaN}')), "entry[8500]: line 1, column 18, in"
    ),
    "50,000 entries": Bomb(".json", lambda: bundle(*[entry(GOOD)] * 50_000), "50,000 entries, more than 20,000"),
    "15 million empty entries": Bomb(".json", lambda: bundle(b"{}," * 15_000_000 + b"{}"), "entries, more than 20,000"),
    "15 million numbers in one bad entry": Bomb(
        ".json",
        lambda: bundle(b"5", entry(b'{"resourceType":"ClaimResponse","x":[' + b"1," * 15_000_000 + b"1]}")),
        "entry[1].resource: too long to be read as one resource",
    ),
    "15 million lists in one bad entry": Bomb(
        ".json", lambda: bundle(b"5", entry(b'{"x":[' + b"[]," * 15_000_000 + b"1]}")), "too long to be read"
    ),
    "45 MB of blanks": Bomb(".json", lambda: b" " * 45_000_000, "empty"),
    "7 MB of distinct notes": Bomb(
        ".json",
        lambda: response(
            b'"processNote":'
            + listed(
                80_000,
                lambda each: b'{"number":%d,"text":"Denied. Not medically necessary; call by 12/04/2026."}' % each,
            )
        ),
        "processNote[50000]: more lines, codes and words",
    ),
    "45 MB of Parameters": Bomb(
        ".json", lambda: b'{"resourceType":"Parameters","parameter":[' + b"{}," * 15_000_000 + b"{}]}", "too long to be"
    ),
    "45 MB of XML": Bomb(".xml", lambda: xml(b"<item/>" * 6_000_000), "too long to be read as one resource"),
    "UTF-16 of 45 MB": Bomb(".json", lambda: b"\xff\xfe" + b" \0" * 22_000_000, "in UTF-16 and longer than 16 MiB"),
    "a line of 45 MB": Bomb(".ndjson", lambda: b"[" * 45_000_000 + b"\n", "line[0]: longer than 16 MiB"),
    "a letter of 21 MB": Bomb(".txt", lambda: b"a" * 22_000_000, "longer than 20 MiB"),
    "a letter of one word": Bomb(".txt", lambda: b"a" * 19_000_000, None),
    "a PDF stream of 300 MB": Bomb(".pdf", lambda: a_pdf(packed(b"0 " * 150_000_000)), "too much memory"),
    "a PDF stream in a stream": Bomb(
        ".pdf",
        lambda: a_pdf((b"/Filter [/FlateDecode /FlateDecode]", zlib.compress(packed(b"0 " * 150_000_000)[1]))),
        "too much memory",
    ),
    "3 million PDF operators": Bomb(".pdf", lambda: a_pdf(packed(b"BT /F1 1 Tf (a) Tj ET " * 3_000_000)), "too long"),
    "a PDF without its table": Bomb(
        ".pdf",
        lambda: b"%PDF-1.4\n" + b"".join(b"%d 0 obj\n<< >>\nendobj\n" % each for each in range(400_000)),
        "reading it takes too long",
    ),
    "PDF objects in streams": Bomb(".pdf", lambda: _object_streams(), "PDF"),
    "20 MB of Word in 30 kB": Bomb(".docx", lambda: a_docx("<w:p/>" * 4_000_000), "far more than a letter"),
}


def told_bombs(document: Mapping[str, object]) -> Mapping[str, Bomb]:
    """Return bombs around a file that is told to `parley clocks` or `slots` as one JSON object."""
    plain = json.dumps(document).encode()

    def more(name: str, value: bytes) -> bytes:
        return plain[:-1] + b',"%s":%s}' % (name.encode(), value)

    return {
        "truncated": Bomb(".json", lambda: plain[:-9], "not JSON (truncated)"),
        "a list": Bomb(".json", lambda: b"[1]", "line 1: a JSON object is expected here"),
        "another document": Bomb(".json", lambda: GOOD, "missing"),
        "depth": Bomb(".json", lambda: more("x", b"[" * 1_000_000), "nested too deeply"),
        "NaN": Bomb(".json", lambda: more("x", b"NaN"), "in x: not JSON"),
        "a name twice": Bomb(".json", lambda: more("now", b'"2026-11-20T15:00:00Z"'), "now: said twice"),
        "half a character": Bomb(".json", lambda: more("x", b'"\\ud83d"'), "in x: not JSON (half of a character"),
        "NUL": Bomb(".json", lambda: more("x", b'"\0"'), "in x: not JSON"),
        "entities": Bomb(".json", lambda: xml(ENTITY, head=laughs()), "line 1: has a document type"),
        "UTF-16 without mark": Bomb(".json", lambda: plain.decode().encode("utf-16-le"), "UTF-16 or UTF-32 without"),
        "empty": Bomb(".json", lambda: b"", "empty"),
        "a number without end": Bomb(".json", lambda: more("x", b"9" * 5_000_000), None),
        "60 MB": Bomb(".json", lambda: more("x", b'"' + b"a" * 60_000_000 + b'"'), "longer than 50 MiB"),
        "45 MB": Bomb(".json", lambda: more("x", b"[" + b"{}," * 15_000_000 + b"1]"), "too long"),
        "2 million objects": Bomb(".json", lambda: more("x", b"[" + b"{}," * 2_000_000 + b"1]"), "too long"),
    }


def chart_bombs(entries: Sequence[Mapping[str, object]], patient: str) -> Mapping[str, Bomb]:
    """Return bombs inside and around a chart; `entries`: of the good one. The denial of it stands among them."""
    plain = [entry(json.dumps(each).encode()) for each in entries]
    about = b'"subject":{"reference":"%s"}' % patient.encode()

    def chart(*more: bytes) -> bytes:
        return bundle(*plain, *more)

    def resource(kind: bytes, more: bytes, name: bytes = b"bomb") -> bytes:
        return entry(b'{"resourceType":"%s","id":"%s",%s,%s}' % (kind, name, about, more))

    def note(kind: str, data: bytes, name: str = "bomb") -> bytes:
        form = b'{"contentType":"%s","data":"%s"}' % (kind.encode(), base64.b64encode(data))
        content = b'"status":"current","date":"2026-11-01","type":{"text":"Note"},"content":[{"attachment":%s}]' % form
        return resource(b"DocumentReference", content, name.encode())

    def value(number: int) -> bytes:
        return b'{"code":{"text":"c%d"},"valueQuantity":{"value":%d}}' % (number, number)

    document = laughs() + b"<ClinicalDocument>&l9;</ClinicalDocument>"
    last = len(plain)
    return {
        "truncated": Bomb(".json", lambda: chart()[:-30], "not JSON (truncated)"),
        "no Bundle": Bomb(".json", lambda: b'{"resourceType":"Patient"}', "a chart is expected here, as a Bundle"),
        "entities as CDA": Bomb(".json", lambda: chart(note("application/hl7-v3+xml", document)), None),
        "entities as XML": Bomb(".json", lambda: chart(note("application/xml", document)), None),
        "entities as HTML": Bomb(".json", lambda: chart(note("text/html", document)), None),
        "an entity from outside": Bomb(".json", lambda: chart(note("text/xml", OUTSIDE + b"<a>&l9;</a>")), None),
        "a PDF bomb": Bomb(".json", lambda: chart(note("application/pdf", a_pdf(packed(b"0 " * 10_000_000)))), None),
        "PDF operators": Bomb(
            ".json",
            lambda: chart(
                *(note("text/plain", a_pdf(packed(b"BT /F1 1 Tf (a) Tj ET " * 3_000_000)), f"b{n}") for n in range(6))
            ),
            None,
        ),
        "marks of RTF": Bomb(".json", lambda: chart(note("text/rtf", b"{\\rtf1 " + b"\\b" * 3_000_000)), None),
        "groups of RTF": Bomb(".json", lambda: chart(note("text/rtf", b"{\\rtf1" + b"{" * 3_000_000)), None),
        "characters of RTF": Bomb(".json", lambda: chart(note("text/rtf", b"{\\rtf1 " + b"\\'41" * 1_500_000)), None),
        "elements of CDA": Bomb(
            ".json", lambda: chart(note("text/xml", b"<ClinicalDocument>" + b"<a/>" * 1_500_000)), None
        ),
        "sections of CDA": Bomb(
            ".json",
            lambda: chart(
                note(
                    "text/xml",
                    b"<ClinicalDocument>" + b"<section><text>a.</text></section>" * 180_000 + b"</ClinicalDocument>",
                )
            ),
            None,
        ),
        "depth of CDA": Bomb(".json", lambda: chart(note("text/xml", b"<ClinicalDocument>" + b"<a>" * 900_000)), None),
        "a note of 20 MB": Bomb(
            ".json",
            lambda: chart(note("application/pdf", b"%PDF-1.7" + bytes(20_000_000))),
            f"entry[{last}].resource: too long to be read as one resource",
        ),
        "comments in HTML": Bomb(".json", lambda: chart(note("text/html", b"<!--" * 500_000)), None),
        "depth of HTML": Bomb(".json", lambda: chart(note("text/html", b"<div>" * 400_000 + b"Pain.")), None),
        "attributes of HTML": Bomb(".json", lambda: chart(note("text/html", b"<a " + b"b=c " * 500_000)), None),
        "lines without end": Bomb(".json", lambda: chart(note("text/plain", b"\n" * 2_000_000)), None),
        "blanks without end": Bomb(".json", lambda: chart(note("text/plain", b" " * 2_000_000 + b"a")), None),
        "one long note": Bomb(
            ".json", lambda: chart(note("text/plain", b"No relief after six weeks. " * 75_000)), None
        ),
        "a note in UTF-16": Bomb(".json", lambda: chart(note("text/plain", "No relief.".encode("utf-16"))), None),
        "no base64": Bomb(".json", lambda: chart(note("text/plain", b"").replace(b'"data":""', b'"data":"%%%"')), None),
        "panels without end": Bomb(
            ".json",
            lambda: chart(
                resource(b"Observation", b'"status":"final","code":{"text":"a"},"component":' + listed(70_000, value))
            ),
            None,
        ),
        "a name without end": Bomb(
            ".json", lambda: chart(resource(b"Condition", b'"code":{"text":"' + b"pain " * 900_000 + b'"}')), None
        ),
        "NaN": Bomb(
            ".json",
            lambda: chart(resource(b"Observation", b'"valueQuantity":{"value":NaN}')),
            f"entry[{last}]: line 1, column",
        ),
        "half a character": Bomb(
            ".json", lambda: chart(resource(b"Observation", b'"x":"\\ud83d"')), "half of a character"
        ),
        "no entries": Bomb(".json", lambda: chart(b"5", b"[]"), f"entry[{last}]: not an object"),
        "depth": Bomb(".json", lambda: chart(b"[" * 1_000_000), "nested too deeply"),
        "a Binary of 44 MB": Bomb(
            ".json",
            lambda: chart(resource(b"Binary", b'"data":"' + b"A" * 44_000_000 + b'"')),
            f"entry[{last}].resource: too long to be read as one resource",
        ),
        "15 million empty entries": Bomb(".json", lambda: chart(b"{}," * 15_000_000 + b"{}"), "more than 20,000"),
        "14 million objects in one": Bomb(
            ".json", lambda: chart(entry(b'{"resourceType":"Basic","x":[' + b"{}," * 14_000_000 + b"1]}")), "too long"
        ),
        "60 MB": Bomb(
            ".json", lambda: chart(resource(b"Basic", b'"x":"' + b"a" * 60_000_000 + b'"')), "longer than 50"
        ),
    }


def packed(data: bytes) -> tuple[bytes, bytes]:
    """Return a compressed stream of a PDF."""
    return b"/Filter /FlateDecode", zlib.compress(data, 9)


def zipped(name: str, data: bytes) -> bytes:
    """Return an archive of one file."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return held.getvalue()


def _long(number: int) -> bytes:
    return entry(response(b'"id":"%d","text":{"div":"%s"}' % (number, b"x" * 5_200)))


def _object_streams() -> bytes:
    """Return a PDF whose pages stand in an object stream that holds itself."""
    inside = zlib.compress(b"1 0 2 30 << /Type /Catalog /Pages 2 0 R >> << /Type /Pages /Kids [1 0 R] /Count 1 >>")
    stream = b"4 0 obj << /Type /ObjStm /N 2 /First 9 /Extends 4 0 R /Filter /FlateDecode /Length %d >>" % len(inside)
    body = b"%PDF-1.5\n" + stream + b"\nstream\n" + inside + b"\nendstream\nendobj\n"
    return body + b"trailer << /Root 1 0 R /Prev 9 /XRefStm 9 >>\nstartxref\n9\n%%EOF"
