"""No call needed: what failed in the payer's words, and which document that it never had answers it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.brief.facts import Chart, Evidence, Remark
from app.core.brief.sending import Document, Marks, Parcel, Sent, Submission, When
from app.core.brief.unsent import failed_criteria, find_unsent, may_be_sent_first
from app.core.case import CaseState
from app.core.denial import Code, DenialLine, Path, Quote
from tests.builders import MONDAY, a_case, a_denial, a_routing
from tests.fakes.office import the_rules

FUSION = next(each for each in the_rules().criteria if each.key == "lumbar_fusion")
LINE = DenialLine(1, service=Code("http://www.ama-assn.org/go/cpt", "22633"), service_label="Lumbar fusion")
DENIED_FOR = "Six weeks of supervised physical therapy not shown; flexion-extension films not received. Policy SP-114."
THERAPY = "14 of 14 physical therapy visits attended over 9 weeks."
FILMS = "L4 moves 5 mm on L5 between bending forward and back."
REQUESTED = When(MONDAY - timedelta(days=10), (MONDAY - timedelta(days=10)).date().isoformat(), exact=True)


def a_document(name: str, *sentences: str, days: int = 30, heading: str = "", **more) -> Document:
    """Return a note of these sentences, written so many days before now."""
    at = MONDAY - timedelta(days=days)
    day, reference = at.date().isoformat(), f"DocumentReference/{name}"
    remarks = tuple(
        Remark(
            label="Clinic note",
            at=at,
            day=day,
            evidence=(Evidence(reference, "content[0].attachment.data", day, words),),
            words=words,
            heading=heading,
        )
        for words in sentences
    )
    base = {"marks": Marks(frozenset({reference})), "written": When(at, day, exact=True), "title": f"Note {name}"}
    return Document(reference=reference, day=day, chart=Chart(remarks=remarks), **(base | more))


def whole(documents) -> Chart:
    """Return the chart that these documents make together, oldest first."""
    remarks = [remark for each in documents for remark in each.chart.remarks]
    return Chart(remarks=tuple(sorted(remarks, key=lambda each: (each.at, each.cite.reference))))


def sent(*documents: Document) -> Submission:
    """Return a request that lists these, and something else."""
    marks = [each.marks for each in documents] + [Marks(frozenset({"DocumentReference/other"}))]
    return Submission(sent=REQUESTED, known=True, parcels=tuple(Parcel(each) for each in marks))


def found_in(*documents: Document, words: str = DENIED_FOR, submission: Submission | None = None):
    """Return what could be sent of these documents."""
    denial = a_denial(lines=(LINE,), notes=(Quote(words, "processNote[0].text", "ClaimResponse/cr1"),))
    return find_unsent(
        denial=denial,
        routing=a_routing(),
        chart=whole(documents),
        documents=documents,
        submission=submission or sent(),
        criteria=the_rules().criteria,
        now=MONDAY,
    )


def keys(words: str) -> list[str]:
    """Return the criteria of a lumbar fusion that fail in these words."""
    return [each.criterion.key for each in failed_criteria(FUSION, (Quote(words, "processNote[0].text"),))]


@pytest.mark.parametrize(
    ("words", "failed"),
    [
        (DENIED_FOR, ["instability", "therapy"]),
        ("Not received: flexion-extension films; PT notes.", ["instability", "therapy"]),
        ("MRI shows the narrowing, but physical therapy is not documented.", ["therapy"]),
        ("The MRI shows severe stenosis.", []),
        ("Policy SP-114 requires six weeks of physical therapy.", ["therapy"]),
        ("Six weeks of therapy are required. The notes show that therapy was completed. No films.", ["instability"]),
        ("The note documents eight weeks of therapy.", []),
        ("The request does not meet medical necessity criteria.", []),
        ("Not medically necessary.", []),
        ("Call 800-555-0101 if physical therapy was not sent.", []),  # an invitation gives no reason
        ("Nicotine status is unknown.", ["nicotine"]),
        ("Your doctor asked for a fusion because of instability of your spine and pain in the leg.", []),
        ("", []),
    ],
)  # fmt: skip
def test_a_criterion_fails_only_where_the_words_find_it_wanting(words: str, failed: list[str]):
    """What the payer grants, merely tells, or says of every denial puts nothing in dispute."""
    assert failed == keys(words)


def test_each_failed_criterion_quotes_the_sentence_that_says_so():
    """The words are the payer's, whole and where they stand."""
    (films, therapy) = failed_criteria(FUSION, (Quote(DENIED_FOR, "processNote[0].text", "ClaimResponse/cr1"),))

    assert films.words == therapy.words
    assert ("processNote[0].text", "ClaimResponse/cr1") == (films.words.path, films.words.reference)
    assert films.words.text == DENIED_FOR.removesuffix(" Policy SP-114.")


def test_two_documents_that_were_not_sent_spare_the_call():
    """Each point is answered, each by the words of one document, and neither was in the request."""
    found = found_in(a_document("films", FILMS), a_document("therapy", THERAPY))

    assert (True, True) == (found.spares_the_call, found.is_sure)
    assert ["DocumentReference/films", "DocumentReference/therapy"] == [each.reference for each in found.to_send]
    assert [[FILMS], [THERAPY]] == [[one.quote for one in each.best.evidence] for each in found.failed]


def test_one_of_two_does_not_spare_the_call():
    """What is left open is still to be spoken of."""
    found = found_in(a_document("therapy", THERAPY))

    assert (False, 1, 2) == (found.spares_the_call, found.answered_count, len(found.failed))


@pytest.mark.parametrize(
    "words",
    [
        "No physical therapy so far.",
        "Will start physical therapy for 9 weeks.",
        "Physical therapy for 9 weeks is planned.",
        "Her mother had physical therapy for 9 weeks.",
        "The payer denied the request because physical therapy of 9 weeks was not shown.",
        "Physical therapy for two weeks.",
        "Leg pain for 9 weeks.",
    ],
)
def test_what_was_not_done_answers_nothing(words: str):
    """Negated, planned, the family's, the payer's own words, too short: the brief's judgement holds here too."""
    assert not found_in(a_document("note", words)).to_send


def test_a_plan_under_its_heading_answers_nothing():
    """ "Physical therapy for 9 weeks." under Plan is a wish."""
    assert not found_in(a_document("note", "Physical therapy for 9 weeks.", heading="plan")).to_send


def test_what_is_too_old_answers_nothing():
    """The criterion asks for the last twelve months."""
    assert not found_in(a_document("note", THERAPY, days=500)).to_send


def test_what_was_sent_is_told_and_not_offered():
    """The payer has it: it is for the call to point at."""
    note = a_document("therapy", THERAPY)
    found = found_in(note, submission=sent(note))
    (answer,) = found.failed[1].answers

    assert (Sent.YES, False, ()) == (answer.sending.sent, answer.is_offered, found.to_send)


def test_a_copy_of_words_that_were_sent_is_not_new():
    """Notes are copied forward: the payer has read these words in the older one."""
    old, copy = a_document("old", THERAPY, days=40), a_document("copy", THERAPY, "Pain 8 of 10.", days=3)
    found = found_in(old, copy, submission=sent(old))

    assert {(Sent.YES, "reference"), (Sent.YES, "words")} == {
        (each.sending.sent, each.sending.by) for each in found.failed[1].answers
    }


def test_another_record_of_the_file_that_was_sent_is_not_new():
    """A report kept as DiagnosticReport and as DocumentReference is one report."""
    binary = frozenset({"Binary/b1"})
    report = a_document("report", FILMS, marks=Marks(binary | {"DiagnosticReport/r1"}))
    record = a_document("record", "The films: " + FILMS, marks=Marks(binary | {"DocumentReference/record"}))
    found = found_in(report, record, submission=sent(replace(report, marks=Marks(frozenset({"DiagnosticReport/r1"})))))

    assert () == found.to_send


def test_a_later_word_to_the_contrary_is_shown_and_nothing_is_offered():
    """In spring therapy was done; in autumn a note says there was none: a person must look first."""
    done, none = a_document("done", THERAPY, days=60), a_document("none", "No physical therapy so far.", days=5)
    found = found_in(done, none)
    (answer,) = found.failed[1].answers

    assert "No physical therapy so far." in answer.against.text
    assert () == found.to_send


def test_the_surest_the_signed_and_the_latest_is_sent():
    """Of several that answer, the one about which least can be asked."""
    early = a_document("early", THERAPY, days=60)
    late = a_document("late", "Physical therapy for 8 weeks, no relief.", days=20)
    draft = a_document("draft", "Physical therapy for 10 weeks.", days=12, draft=True)
    found = found_in(early, draft, late)

    assert ["late", "early", "draft"] == [each.document.reference.split("/")[1] for each in found.failed[1].answers]
    assert "DocumentReference/late" == found.to_send[0].reference


def test_a_reason_that_names_nothing_leads_to_nothing():
    """Not necessary, says the payer: no document can be said to answer that."""
    found = found_in(a_document("therapy", THERAPY), words="Not medically necessary.")

    assert ((), True, False) == (found.failed, found.has_words, found.spares_the_call)


@pytest.mark.parametrize(
    ("changes", "looks"),
    [
        ({}, True),
        ({"routing": a_routing(route=Path.ADDITIONAL_INFORMATION)}, True),
        ({"routing": a_routing(route=Path.BENEFIT_EXCEPTION)}, False),
        ({"routing": a_routing(route=Path.APPEAL)}, False),
        ({"state": CaseState.CLOSED}, False),
        ({"state": CaseState.BOOKED}, True),
    ],
)
def test_the_chart_is_read_only_where_a_document_counts(changes: dict, looks: bool):
    """A benefit exclusion is answered by no note, and a closed case needs none."""
    assert looks is may_be_sent_first(a_case(**changes))


SENTENCES = st.sampled_from(
    [THERAPY, FILMS, "No physical therapy so far.", "Physical therapy for 8 weeks.", "Spondylolisthesis of L4.",
     "No motion on bending films.", "Walks 120 m.", "Plan: physical therapy for 9 weeks.", "Stable alignment."]
)  # fmt: skip
NOTES = st.lists(
    st.tuples(st.lists(SENTENCES, min_size=1, max_size=3), st.integers(0, 800), st.booleans()), min_size=1, max_size=5
)


def notes_of(told) -> tuple[tuple[Document, ...], Submission]:
    """Return documents of these sentences and ages, and the request that lists those that are said to be sent."""
    documents = tuple(a_document(f"d{n}", *words, days=days) for n, (words, days, _) in enumerate(told))
    return documents, sent(*(each for each, (_, _, went) in zip(documents, told, strict=True) if went))


def answers(found) -> set[tuple[str, str]]:
    """Return (criterion, document) of every answer."""
    return {(each.criterion.key, one.document.reference) for each in found.failed for one in each.answers}


@given(NOTES)
@settings(max_examples=150)
def test_a_document_more_takes_no_answer_away(told):
    """Whatever is added, even the contrary, what a document says of a criterion it still says."""
    documents, submission = notes_of(told)
    fewer = found_in(*documents[:-1], submission=submission)

    assert answers(fewer) <= answers(found_in(*documents, submission=submission))


@given(NOTES, st.integers(0, 4))
@settings(max_examples=150)
def test_a_document_struck_from_the_chart_is_offered_no_more(told, at: int):
    """What is entered in error, or gone, is neither an answer nor to be sent."""
    documents, submission = notes_of(told)
    struck = documents[at % len(documents)]
    left = found_in(*(each for each in documents if each is not struck), submission=submission)

    assert struck.reference not in {each.reference for each in left.to_send} | {name for _, name in answers(left)}


@given(NOTES)
@settings(max_examples=150)
def test_the_order_of_the_chart_changes_nothing(told):
    """An EHR gives its documents in any order."""
    documents, submission = notes_of(told)

    assert found_in(*documents, submission=submission) == found_in(*documents[::-1], submission=submission)


@given(NOTES)
@settings(max_examples=150)
def test_what_is_offered_was_not_sent_and_holds_what_is_quoted(told):
    """Each document that is said to be new is unlisted, and the words that are quoted stand in it."""
    documents, submission = notes_of(told)
    for each in found_in(*documents, submission=submission).failed:
        if each.best is not None and each.best.sending.sent is Sent.NO:
            held = {remark.words for remark in each.best.document.chart.remarks}
            assert {one.quote for one in each.best.evidence} <= held
            assert all(each.best.document.marks.shared_with(parcel.marks) is None for parcel in submission.parcels)
