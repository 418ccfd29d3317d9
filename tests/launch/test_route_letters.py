"""`parley route` on letters and bare texts: the same answers as for FHIR, and how often they are right."""

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.denial import Path
from app.edges.rulebook.denials import REASON_KINDS
from launch.files.letters import Text, is_letter, read_letters
from launch.files.route import run
from tests.answers import SHARED, answer, line
from tests.bench.confusion import ROUTES, as_matrix, forbidden, judged, macro_f1, route_word, text_pairs
from tests.letters import a_docx, a_pdf, paragraphs, shown
from tests.texts import DENIED, a_letter

TEXTS = SHARED / "data" / "texts"
REASON = "The request is denied because it is not medically necessary."


def run_on(*names):
    """Return (status, rows, what was said on stderr)."""
    out, err = io.StringIO(), io.StringIO()
    asked = [*map(str, names), "--json", "--now", "2026-11-21T15:00:00Z"]
    status = run(asked, stdin=io.BytesIO(), stdout=out, stderr=err)
    return status, json.loads(out.getvalue()), err.getvalue()


@pytest.mark.parametrize("name", ["letter.txt", "LETTER.PDF", "letter.docx"])
def test_a_letter_is_routed_whatever_file_it_came_in(name, tmp_path):
    """The same words as text, PDF and Word file lead the same way, with the payer's offer."""
    letter = a_letter(REASON)
    data = {
        "txt": letter.encode(),
        "pdf": a_pdf(shown(letter)),
        "docx": a_docx(paragraphs(*(each.replace("<", "&lt;") for each in letter.splitlines()))),
    }
    file = tmp_path / name
    file.write_bytes(data[name.lower().rpartition(".")[2]])
    status, [row], said = run_on(file)

    assert (0, "") == (status, said)
    assert ("letter", "denied", "p2p", "clinical") == tuple(
        row[key] for key in ("resource", "decision", "route", "reason_kind")
    )
    assert ("1-800-555-0142", "2026-11-25T22:00:00+00:00") == (row["offer"]["phone"], row["offer"]["deadline_at"])


def test_each_line_of_texts_is_answered_under_its_id(tmp_path):
    """`"resource"` is the id; a line that cannot be read is named and hides only itself."""
    file = tmp_path / "texts.jsonl"
    lines = [{"id": "a", "text": REASON}, {"id": 7, "text": "Approved."}, {"id": "c"}, {"text": "x"}, ["d"]]
    file.write_bytes(
        b"\xef\xbb\xbf"
        + "\n".join(map(json.dumps, lines)).encode()
        + b'\n{"id": "secret\n\n{"id":"e","text":"Denied."}'
    )
    status, rows, said = run_on(file)

    assert [("a", "p2p"), ("7", "none"), ("e", "ask_reason")] == [(row["resource"], row["route"]) for row in rows]
    assert 2 == status
    assert all(f"line {number}" in said for number in (3, 4, 5, 6)) and "secret" not in said
    assert "line 1:" not in said and "line 8" not in said


def test_letters_and_answers_stand_side_by_side(tmp_path):
    """One run over both; every answer says what kind of reason it is."""
    letter, fhir, scan = tmp_path / "a.txt", tmp_path / "b.json", tmp_path / "c.pdf"
    letter.write_text(REASON, encoding="utf-8")
    fhir.write_text(json.dumps(answer(line(1, "A3", "0F"))), encoding="utf-8")
    scan.write_bytes(a_pdf(b"0 0 9 9 re f"))
    status, rows, said = run_on(letter, fhir, scan, tmp_path / "absent.txt")

    assert 2 == status
    assert ["clinical", "clinical"] == [row["reason_kind"] for row in rows]
    assert f"{scan}: a scanned page without text. Type it in by hand" in said
    assert "absent.txt: cannot be opened" in said


def test_what_to_know_before_trusting_a_letter_is_said(tmp_path):
    """A guessed encoding and hidden words go to stderr beside the answer."""
    file = tmp_path / "a.txt"
    file.write_bytes("Café: the request is denied.".encode("cp1252"))
    status, rows, said = run_on(file)

    assert (0, 1) == (status, len(rows))
    assert "Windows-1252" in said


@pytest.mark.skipif(not TEXTS.exists(), reason="../shared/data does not stand beside the checkout")
@pytest.mark.parametrize("held_out", [False, True])
def test_labelled_texts_are_read_rightly(held_out):
    """Macro-F1 of at least 0.90 for reasons and for routes, in the half that was read and in the half that was not."""
    cases = json.loads((TEXTS / "expected.json").read_text("utf-8"))["cases"]
    status, rows, _ = run_on(TEXTS / "texts.jsonl")
    labels, routes = text_pairs(rows, cases)

    assert (0, len(cases)) == (status, len(rows))
    assert macro_f1(labels[held_out]) >= 0.90, as_matrix(labels[held_out])
    assert macro_f1(routes[held_out]) >= 0.90, as_matrix(routes[held_out])
    assert [] == forbidden(rows, cases)


@pytest.mark.skipif(not TEXTS.exists(), reason="../shared/data does not stand beside the checkout")
def test_no_exclusion_is_routed_to_a_call():
    """Where the label itself is benefit or eligibility, whatever else the data would accept (issue 3, part 2)."""
    cases = json.loads((TEXTS / "expected.json").read_text("utf-8"))["cases"]
    _, rows, _ = run_on(TEXTS / "texts.jsonl")
    excluded = [row for row in rows if cases[row["resource"]]["label"] in ("BENX", "ELIG")]

    assert 14 == len(excluded)
    assert [] == [row["resource"] for row in excluded if row["route"] == "p2p"]


def test_a_matrix_counts_what_it_is_given():
    """Of two right and one wrong: the classes' F1 are 2/3 and 2/3, whatever their order."""
    pairs = [("A", "A"), ("B", "B"), ("A", "B")]

    assert macro_f1(pairs) == pytest.approx(2 / 3) == macro_f1(pairs[::-1])
    assert ["A         1         1", "B         ·         1"] == as_matrix(pairs).splitlines()[1:]
    assert ("X", "Y") == judged("Y", ["X", "Z"]) and ("Z", "Z") == judged("Z", ["X", "Z"])
    assert set(ROUTES) | {"none"} == {each.value for each in Path}
    assert "NOT_PA" == route_word({"route": "none", "decision": "not_prior_auth"})


LINES = st.one_of(
    st.text(max_size=60),
    st.sampled_from([json.dumps({"id": kind, "text": text}) for kind, text in DENIED]),
    st.dictionaries(st.sampled_from(["id", "text", "x"]), st.one_of(st.text(), st.integers(), st.none())).map(
        json.dumps
    ),
)


@given(st.lists(LINES, max_size=12))
@settings(max_examples=100, deadline=None)
def test_any_lines_are_read_or_named(tmp_path_factory, lines):
    """A text or what is wrong with its line, and no other error."""
    file = tmp_path_factory.mktemp("lines") / "a.jsonl"
    file.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))

    assert is_letter(str(file))
    for each in read_letters(str(file)):
        assert each.text is not None if isinstance(each, Text) else each.say


def test_a_reason_has_a_kind_that_is_agreed(tmp_path):
    """The twelve words of the agreement, and no other (issue 3, part 1)."""
    file = tmp_path / "a.jsonl"
    file.write_text("\n".join(json.dumps({"id": str(n), "text": each[1]}) for n, each in enumerate(DENIED)), "utf-8")
    _, rows, _ = run_on(file)

    assert {row["reason_kind"] for row in rows} <= REASON_KINDS and 12 == len(REASON_KINDS)
    assert [kind for kind, _ in DENIED] == [row["reason_kind"] for row in rows]
