"""Packet, payer's copy and shared page in every form: the same words in order, on the right sheet, and no word acts."""

import io
import re
import zipfile
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser

import markdown
import pytest
from docx import Document as WordDocument
from docx.oxml.ns import qn
from pypdf import PdfReader

from app.core.brief.copy_parts import copy_paper, sheet_paper
from app.core.brief.packet import Behind, Packet, Received
from app.core.brief.packet_parts import UNCHECKED, packet_paper
from app.core.brief.paper import Listed, Paper, Part, Prose, Quoted, Table, Words
from app.core.brief.payers_copy import Cited, PayersCopy, Point, payers_copy
from app.core.brief.policy import Excerpt, PolicyTold, Unread
from app.core.brief.questions import Answered
from app.core.brief.sending import Sending, Sent
from app.core.rulebook.criteria import Citation, ReviewQuestion
from app.edges.papers import PaperMaker
from app.edges.papers.docx import write_docx
from app.edges.papers.markdown import escaped, write_markdown
from app.edges.papers.text import printable
from tests.builders import an_attempt
from tests.edges.test_papers import elements_of, evil_brief, fonts_of
from tests.rules.test_criteria import NOW, brief_of
from tests.web.hostile import PAYLOADS

HOSTILE = {name: words[:3_000] for name, words in PAYLOADS.items()}
OURS = frozenset(
    "html head meta title style body main section header div h1 h2 p b ul li ol table caption thead tbody tr th td sup "
    "a span strong code blockquote footer svg polyline path circle line desc dl dt dd abbr em small mark q g text rect "
    "figure figcaption time i br".split()
)


def a_packet(brief=None, words: str = "plain") -> Packet:
    """Return a packet with something in every part; words: of payers, policies, documents and staff."""
    brief = brief or brief_of("lumbar_fusion")
    question = ReviewQuestion(key="q", text="Why not wait?", missing="When it began: ask before the call.")
    counter = ReviewQuestion(key="c", text="It may heal by itself.", missing="x", counters=True)
    excerpt = Excerpt(
        title=words, section=words, quote=f"An adequate trial is needed. {words}", criterion_key=None,
        ambiguity=f"It does not say how long. {words}", source=words, effective=date(2026, 1, 1), policy_id="p",
        version=1,
    )  # fmt: skip
    cited = (
        Citation(title="A trial", sentence="It helped.", grade="randomized trial", year=2016, pmid="1", doi="10.1/x",
                 checked=date(2026, 12, 1)),
        Citation(title="Another", sentence="It did not help.", grade="cohort", year=2019, pmid="2", contrary=True),
    )  # fmt: skip
    told = {"questions": (Answered(question, None), Answered(counter, brief.answer)), "literature": cited}
    sending = Sending(Sent.NO, "list", f"The request lists 1 document, and this is not it. {words}")
    return Packet(
        brief=replace(brief, **told),
        number="K7-3141",
        policy=PolicyTold((excerpt,), (Unread(words, "Put it in."),)),
        documents=(Behind("DocumentReference/1", f"Clinic note {words}", "2026-11-01", True, sending, (1,)),),
        received=(Received(f"Letter {words}", "2026-10-01"),),
        contacts=(
            an_attempt(at=NOW - timedelta(days=1), result="gave_up_holding", note=words, reached_name=words, by=words),
        ),
        zone="America/Chicago",
    )


def a_copy(words: str = "plain") -> PayersCopy:
    """Return a payer's copy whose every word is `words`."""
    return PayersCopy(
        numbers=(("Reference", words),),
        initials="T. P.",
        service=words,
        codes=words,
        quantity=2.0,
        payer=words,
        clinician=words,
        npi=words,
        reviewer=words,
        denied=(words,),
        reasons=(words,),
        points=(Point(words, words, (Cited(words, ("2026-11-01",), words),)), Point(words)),
        received=(Received(words, words),),
        missing=(words,),
        made_at=NOW,
    )


def titles_of(paper: Paper) -> list[str]:
    """Return its headings in order."""
    return [each.title for each in paper.parts]


BEHIND = [
    *("Questions to expect", "What may be held against us", "Guidelines and literature"),
    *("The policy in its own words", "Documents behind this brief", "Contacts with the payer"),
]


def test_the_packet_says_the_same_in_every_form():
    """Page one is the brief, behind it the parts of the packet, in one order whoever reads which form."""
    packet, maker = a_packet(), PaperMaker()
    paper = packet_paper(packet)
    behind = titles_of(paper)[titles_of(paper).index(BEHIND[0]) :]
    word = WordDocument(io.BytesIO(maker.packet(packet, "docx")))
    headings = [each.text for each in word.paragraphs if each.style.name == "Heading 2"]
    pdf = PdfReader(io.BytesIO(maker.packet(packet, "pdf")))
    text = maker.packet(packet, "md").decode()

    assert [each for each in behind if each in BEHIND] == BEHIND
    assert titles_of(paper) == headings
    assert titles_of(packet_paper(packet, whole=True)) == re.findall("^## (.*)$", text, re.MULTILINE)
    first, rest = pdf.pages[0].extract_text(), " ".join(each.extract_text() for each in pdf.pages[1:])
    assert packet.brief.answer.text[:40] in " ".join(first.split())
    assert behind == [each for each in behind if each not in first and each in rest]


@pytest.mark.parametrize("story", ["lumbar_fusion", "infliximab_step", "oncology_regimen"])
@pytest.mark.parametrize("form", ["docx", "pdf"])
def test_the_packet_has_all_that_page_one_has_no_room_for(story: str, form: str):
    """The page says that the packet has the rest: every sentence, row and source of the brief stands in it."""
    brief = brief_of(story)
    assert brief.fit.is_cut
    body = PaperMaker().packet(Packet(brief=brief), form)
    text = words_of_docx(body) if form == "docx" else _letters_of_pdf(body)
    told = [each.text for each in (*brief.about, *brief.against, *brief.why_now, *brief.weak, *brief.verbatim)]
    told += [*brief.page_missing, *(cell for row in brief.therapy_rows() for cell in row[:4])]
    told += [f"{each.number}. {each.shown_days} {each.shown_quotes}" for each in brief.sources]

    bare = re.sub(r"\W", "", text)
    assert [] == [each for each in told if re.sub(r"\W", "", each) not in bare]


def _letters_of_pdf(body: bytes) -> str:
    return "".join(each.extract_text() for each in PdfReader(io.BytesIO(body)).pages)


def test_every_page_after_the_first_names_the_patient():
    """A sheet that falls out of the packet is not anybody's; the first is headed by the brief itself."""
    packet, maker = a_packet(), PaperMaker()
    pdf = PdfReader(io.BytesIO(maker.packet(packet, "pdf")))
    word = WordDocument(io.BytesIO(maker.packet(packet, "docx"))).sections[0]
    name, number = packet.brief.patient.name, packet.number

    assert len(pdf.pages) > 1
    assert all(f"{name} · born" in each.extract_text() for each in pdf.pages)
    assert all(f"case {number}" in each.extract_text() for each in pdf.pages[1:])
    assert f"page 2 of {len(pdf.pages)}" in pdf.pages[1].extract_text()
    assert word.different_first_page_header_footer
    assert name in word.header.paragraphs[0].text and number in word.header.paragraphs[0].text
    assert not word.first_page_header.paragraphs[0].text


def test_sources_stand_in_two_columns_and_nothing_else_does():
    """In Word a section of its own for each list of sources; the strip goes on above all that follow."""
    sections = WordDocument(io.BytesIO(PaperMaker().packet(a_packet(brief_of("oncology_regimen")), "docx"))).sections
    columns = [each._sectPr.find(qn("w:cols")).get(qn("w:num"), "1") for each in sections]

    assert columns == ["1", "2", "1", "2", "1"]
    assert [each.different_first_page_header_footer for each in sections] == [True, *[False] * 4]
    assert all(each.header.is_linked_to_previous and each.footer.is_linked_to_previous for each in sections[1:])
    assert {"1"} == {
        each._sectPr.find(qn("w:cols")).get(qn("w:num"), "1")
        for each in WordDocument(io.BytesIO(PaperMaker().payers_copy(a_copy(), "docx"))).sections
    }


def test_literature_that_nobody_looked_up_says_so_and_contrary_work_is_marked():
    """A number that was never checked is not handed to a reviewer unawares; what speaks against us stands among it."""
    text = PaperMaker().packet(a_packet(), "md").decode()
    ours, theirs = re.findall(r"^- .*It (?:helped|did not help).*$", text, re.MULTILINE)

    assert UNCHECKED not in ours and "numbers looked up 2026-12-01" in ours
    assert UNCHECKED in theirs and "Speaks against us (cohort)" in theirs
    assert "**Why not wait?** Not documented. When it began: ask before the call." in text
    assert "**It leaves open:** It does not say how long" in text


@pytest.mark.parametrize("form", ["docx", "pdf", "md", "html"])
def test_the_payers_papers_hold_one_page_and_nothing_of_ours(form: str):
    """No name, birth date, record number, fall-back, story or measure; the shared page argues not."""
    packet, maker = a_packet(), PaperMaker()
    copy = payers_copy(packet)
    told, shared = (text_of(make(copy, form), form) for make in (maker.payers_copy, maker.call_sheet))
    brief = packet.brief

    kept = [brief.patient.name.split()[-1], brief.patient.birth_date, brief.patient.mrn, brief.fallback, "gabapentin"]
    assert [] == [each for each in kept if each in told or each in shared]
    assert "Bending films show 5 mm of motion" in told and "Bending films show" not in shared
    assert "flexion-extension films not received" in told and "flexion-extension films not received" in shared
    assert "At least six weeks of supervised therapy" in shared and "Letter plain" in shared


def text_of(body: bytes, form: str) -> str:
    """Return the words of a paper in any form, on one line."""
    if form == "pdf":
        (page,) = PdfReader(io.BytesIO(body)).pages
        return " ".join(page.extract_text().split())
    if form == "docx":
        return words_of_docx(body)
    if form == "html":
        page = Tags(body.decode())
        return " ".join(page.text.split())
    return " ".join(re.sub(r"\\([^\w\s])", r"\1", body.decode()).split())


def words_of_docx(body: bytes) -> str:
    """Return all text of the document and of its tables."""
    document = WordDocument(io.BytesIO(body))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return " ".join(" ".join([*(each.text for each in document.paragraphs), *cells]).split())


class Tags(HTMLParser):
    """Every tag of a page, and its words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.text = ""
        self.styling = False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        """Keep it."""
        self.found.append((tag, dict(attrs)))
        self.styling = tag == "style" or (self.styling and tag != "body")

    def handle_data(self, data):
        """Keep the words."""
        self.text += "" if self.styling else f"{data} "


def test_every_table_has_heads_and_a_name_in_word_and_pdf():
    """Read out with each cell, repeated on the next page; no picture stands for words."""
    body = PaperMaker().packet(a_packet(), "docx")
    tables = WordDocument(io.BytesIO(body)).tables
    pdf = PdfReader(io.BytesIO(PaperMaker().packet(a_packet(), "pdf")))
    root = pdf.trailer["/Root"]

    assert len(tables) >= 5
    assert all("w:tblHeader" in each.rows[0]._tr.xml and "w:tblCaption" in each._tbl.xml for each in tables)
    assert (root["/MarkInfo"]["/Marked"], root["/Lang"]) == (True, "en")
    kinds = [each["/S"] for each in elements_of(root["/StructTreeRoot"])]
    assert {"/H1", "/H2", "/TH", "/TD", "/L"} <= set(kinds)
    assert fonts_of(pdf) and all(fonts_of(pdf).values())


@pytest.mark.parametrize("name", HOSTILE)
def test_an_attack_is_words_in_html(name: str):
    """No tag that is not ours, nothing to load, nothing that runs; the strip above each page is data too."""
    words, maker = HOSTILE[name], PaperMaker()
    packet = a_packet(evil_brief(words), words)
    for page in (maker.packet(packet, "html"), maker.payers_copy(a_copy(words), "html"), maker.html(packet.brief)):
        text = page.decode() if isinstance(page, bytes) else page
        tags = Tags(text).found
        assert {tag for tag, _ in tags} <= OURS
        acting = {
            key for _, attributes in tags for key in attributes if key.startswith(("on", "hx", "data-hx", "style"))
        }
        assert not acting
        assert not [each for _, more in tags for each in (more.get("href"), more.get("src")) if each and each[0] != "#"]
        assert text.count("<style>") == text.count("</style>") == 1
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", text)


@pytest.mark.parametrize("name", HOSTILE)
def test_an_attack_is_words_in_word(name: str):
    """No field but the page's number, no link, no file from elsewhere, no control character."""
    words, maker = HOSTILE[name], PaperMaker()
    packet = a_packet(evil_brief(words), words)
    for body in (maker.packet(packet, "docx"), maker.payers_copy(a_copy(words), "docx")):
        with zipfile.ZipFile(io.BytesIO(body)) as parts:
            held = {each: parts.read(each).decode() for each in parts.namelist() if each.endswith((".xml", ".rels"))}
        assert 'TargetMode="External"' not in "".join(held.values())
        document = held["word/document.xml"]
        assert not re.search(r"<w:(?:fldSimple|instrText|fldChar|hyperlink|object|drawing|altChunk|sdt)\b", document)
        assert re.findall(r'w:instr="([^"]*)"', "".join(held.values())) == ["PAGE"]
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069\ufffe]", document)
        bare = re.sub(r"\W", "", printable(words))[:60]
        assert bare in re.sub(r"\W", "", words_of_docx(body))


@pytest.mark.parametrize("name", ["script", "image", "style", "end of all", "braces", "formula", "bidi", "unprintable"])
def test_an_attack_is_words_in_the_pdf(name: str):
    """Nothing is fetched (it would stop the paper), nothing kept that acts, no link out."""
    words, maker = HOSTILE[name], PaperMaker()
    for body in (maker.packet(a_packet(evil_brief(words), words), "pdf"), maker.payers_copy(a_copy(words), "pdf")):
        document = PdfReader(io.BytesIO(body))
        root = document.trailer["/Root"]
        assert not {"/OpenAction", "/AA", "/AF", "/AcroForm"} & root.keys()
        links = [each.get_object() for page in document.pages for each in page.get("/Annots", ())]
        assert not any("/URI" in each.get("/A", {}) or "/JS" in each.get("/A", {}) for each in links)
        assert not any(page.images for page in document.pages)
        assert "zq7" in "".join(page.extract_text() for page in document.pages)


@pytest.mark.parametrize("name", HOSTILE)
def test_an_attack_is_words_in_markdown(name: str):
    """A reader of Markdown finds no link, image or heading in it, and no tag where it lets HTML through."""
    words = HOSTILE[name]
    ours = Tags(markdown.markdown(write_markdown(a_paper("words")), extensions=["tables"])).found
    html = markdown.markdown(write_markdown(a_paper(words)), extensions=["tables"])
    theirs = Tags(html)

    assert [tag for tag, _ in ours] == [tag for tag, _ in theirs.found if tag != "br"]
    assert not any(attributes for _, attributes in theirs.found)
    assert "zq7" in theirs.text


def a_paper(words: str) -> Paper:
    """Return a paper whose every word is `words`, in every block there is."""
    one = Words(words, (1,), words, words, "strong", True)
    table = Table((words, words), (0.5, 0.5), ((one, one), (Words(words), Words(words))))
    line = " ".join(words.split())
    blocks = (
        Prose((one, Words(words))),
        Quoted(line, line),
        Listed((one, Words(words))),
        Listed((one,), bare=True),
        table,
    )
    parts = (Part(words, blocks),)
    return Paper(kind=words, heading=words, strip=words, head=(one,), parts=parts, foot=words, made_at=NOW)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("2026-11-01 at 5.5 mg, 14 times", "2026-11-01 at 5.5 mg, 14 times"),
        ("1. not a list", r"1\. not a list"),
        ("- not a list", r"\- not a list"),
        ("# no heading", r"\# no heading"),
        ("[x](y) ![x](y)", r"\[x\](y) !\[x\](y)"),
        ("a\n\n> b", r"a \> b"),
        ("AT&T &lt;b&gt;", r"AT&T \&lt;b\&gt;"),
        ("see https://x.example www.x.example", r"see https\://x.example www\.x.example"),
        ("\u202eabc", r"\[U+202E\]abc"),
    ],
)
def test_markdown_stays_readable(words: str, told: str):
    """Only what would be markup is escaped."""
    assert told == escaped(words)


def test_a_paper_of_any_length_is_written():
    """The strip is cut to its line, an empty paper has its frame."""
    empty = Paper(kind="", heading="", strip="", head=(), parts=(), foot="", made_at=NOW)
    assert write_docx(empty)[:2] == b"PK" and "---" in write_markdown(empty)
    assert {"Payer's copy"} == {copy_paper(a_copy()).heading} and "both sides" in sheet_paper(a_copy()).heading
