"""What leaves the house holds the evidence of the criteria in dispute, and not one word more of the chart."""

import re
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.brief import Brief, Service, Source
from app.core.brief.booked import BookedCall
from app.core.brief.copy_parts import ASK, NO_NUMBER, copy_paper, sheet_paper
from app.core.brief.criteria import Judged, Status
from app.core.brief.facts import Chart, Evidence, Measure, Sentence
from app.core.brief.held import Care
from app.core.brief.measures import Course, Reading
from app.core.brief.own import OwnSentence
from app.core.brief.packet import Behind, Packet, Received, behind_of, received_of
from app.core.brief.page import Rule
from app.core.brief.payers_copy import PayersCopy, initials_of, payers_copy
from app.core.brief.policy import Excerpt, PolicyTold, Unread
from app.core.brief.questions import Answered
from app.core.brief.sending import Document, Marks, Parcel, Sending, Sent, Submission, When
from app.core.brief.therapy import Therapy
from app.core.denial import Code, Quote
from app.core.people import Clinician, Patient, Reviewer
from app.core.rulebook.criteria import Citation, Criterion, ReviewQuestion
from tests.builders import an_attempt

NOW = datetime(2026, 11, 20, 16, tzinfo=UTC)
DAY = "2026-11-01"
CANARY = "Zq7"
KEYS = ("alpha", "bravo", "charlie", "delta")


def cited(name: str) -> tuple[Evidence, ...]:
    """Return evidence that stands in a document of this name."""
    return (Evidence(f"DocumentReference/{name}", "text", DAY, f"quote of {name}"),)


def canary(name: str) -> Sentence:
    """Return a sentence that must not leave."""
    return Sentence(f"{CANARY} {name}", cited(f"{CANARY}-{name}"))


def a_judged(key: str, status: Status) -> Judged:
    """Return a criterion that the payer disputes by its key; a silent chart gives no evidence."""
    criterion = Criterion(
        key=key, text=f"criterion {key}", short=f"{CANARY} short", missing=f"{CANARY} bring", needs=(),
        asked=re.compile(rf"\b{key}\b"),
    )  # fmt: skip
    if status is Status.NOT_DOCUMENTED:
        return Judged(criterion, status)
    return Judged(criterion, status, f"fact of {key}", cited(key), (canary("contrary"),))


def a_course() -> Course:
    """Return a measure that must not leave."""
    series = (None, CANARY, CANARY)
    value = Measure(label=CANARY, at=NOW, day=DAY, evidence=cited(CANARY), value=7.0, unit=CANARY, series=series)
    reading = Reading(NOW, DAY, (value,))
    return Course(CANARY, CANARY, series, reading, reading, 0.0, 1)


def a_therapy() -> Therapy:
    """Return a therapy that must not leave."""
    evidence = cited(CANARY)
    return Therapy(CANARY, "medicine", CANARY, NOW, DAY, DAY, 1, 1, "stopped", CANARY, evidence)


def a_question(*, counters: bool) -> Answered:
    """Return an answered question that must not leave."""
    asked = ReviewQuestion(key=CANARY, text=f"{CANARY} why?", missing=CANARY, counters=counters)
    return Answered(asked, canary("question"))


def planted(judged: tuple[Judged, ...], disputed: tuple[str, ...]) -> Brief:
    """Return a brief whose every field that must not leave holds the canary."""
    told = {
        "patient": Patient(f"Patient/{CANARY}", f"{CANARY}first {CANARY}last", f"{CANARY}-born", CANARY, CANARY),
        "clinician": Clinician("Practitioner/doc", "Dr Test", "America/Chicago", npi="1234567893"),
        "service": Service("lumbar fusion", (Code("cpt", "22612"),), 1.0),
        "payer": "Payer Test",
        "references": (("Reference", "REF-1"), ("Member", "M-1"), ("Chart number", CANARY)),
        "reviewer": Reviewer("Dr Peer", "MD", "Spine"),
        "deadline": CANARY,
        "lane": CANARY,
        "verbatim": (Quote(f"Not shown: {', '.join(disputed)}.", "note"),),
        "codes": (Code("x12", "0F", CANARY),),
        "answer": Sentence(f"{CANARY} answer", tuple(one for each in judged for one in each.evidence)),
        "answered": True,
        "ask": f"Approve it for {CANARY}.",
        "fallback": CANARY,
        "about": (canary("about"),),
        "criteria": judged,
        "rule": Rule(CANARY, CANARY, date(2026, 1, 1), False),
        "courses": (a_course(),),
        "measures": (canary("measure"),),
        "therapies": (a_therapy(),),
        "tried": (canary("tried"),),
        "why_now": (canary("why now"),),
        "weak": (canary("weak"),),
        "missing": (CANARY,),
        "made_at": NOW,
        "sources": (Source(1, (f"Observation/{CANARY}",), (CANARY,), (DAY,), cited(CANARY)),),
        "story": (canary("story"),),
        "against": (canary("against"),),
        "questions": (a_question(counters=False), a_question(counters=True)),
        "literature": (Citation(title=CANARY, sentence=CANARY, grade="cohort", year=2020, pmid=CANARY, contrary=True),),
        "fresh": frozenset({CANARY}),
        "submitted": CANARY,
        "own": (OwnSentence(CANARY, CANARY, CANARY, CANARY, NOW),),
        "policies": (CANARY,),
        "call": BookedCall(CANARY, CANARY, CANARY, CANARY),
        "phone": CANARY,
        "cares": (Care(CANARY, frozenset(cited(f"{CANARY}-added"))),),
    }
    missed = {each.name for each in fields(Brief)} - told.keys()
    assert not missed, f"decide whether the payer may have {missed}, and plant it here"
    return Brief(**told)


def behind(key: str, sent: Sent, *, sure: bool = True) -> Behind:
    """Return a document of the chart."""
    how = Sending(sent, "list" if sure else "date", f"{CANARY} why")
    return Behind(f"DocumentReference/{key}", f"title of {key}", DAY, False, how, (1,))


def a_packet(statuses: dict[str, Status], disputed: tuple[str, ...]) -> Packet:
    """Return a packet whose every other field holds the canary too."""
    brief = planted(tuple(a_judged(key, status) for key, status in statuses.items()), disputed)
    excerpt = Excerpt(
        title=CANARY, section=CANARY, quote=CANARY, criterion_key="alpha", ambiguity=CANARY, source=CANARY,
        effective=date(2026, 1, 1), policy_id=CANARY, version=1,
    )  # fmt: skip
    return Packet(
        brief=brief,
        number=f"{CANARY}-case",
        policy=PolicyTold((excerpt,), (Unread(CANARY, CANARY),)),
        documents=(
            *(behind(key, Sent.NO) for key in statuses),
            replace(behind("other", Sent.NO), title=f"{CANARY} title"),
        ),
        received=(Received("the request's own note", DAY),),
        contacts=(an_attempt(note=CANARY, by=CANARY, reached_name=CANARY),),
        zone="America/Chicago",
    )


CHARTS = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(Status), min_size=1)


@given(statuses=CHARTS, disputed=st.sets(st.sampled_from(KEYS)))
def test_no_fact_leaves_that_is_not_evidence_of_a_disputed_criterion(statuses, disputed):
    """Whatever is in chart, brief and packet: planted words in every other field do not come out (F68)."""
    disputed = tuple(sorted(disputed & statuses.keys()))
    copy = payers_copy(a_packet(statuses, disputed))
    told, shared = repr((copy, copy_paper(copy))), repr(sheet_paper(copy))

    shown = {key for key in disputed if statuses[key] is Status.MET}
    assert CANARY not in told and CANARY not in shared
    assert {key for key in KEYS if f"fact of {key}" in told} == shown
    assert {key for key in KEYS if f"quote of {key}" in told} == shown
    assert {key for key in KEYS if f"title of {key}" in told} == shown
    assert {key for key in KEYS if f"criterion {key}" in told} == set(disputed)
    assert "fact of" not in shared and "quote of" not in shared


def test_a_planted_word_that_got_through_would_be_seen():
    """The test above can fail: a copy that took one field too many shows the canary."""
    copy = payers_copy(a_packet({"alpha": Status.MET}, ("alpha",)))

    assert CANARY in repr(copy_paper(replace(copy, missing=(planted((), ()).fallback,))))


def test_what_the_law_asks_goes_along_with_what_it_protects():
    """A notice stands in the copy where the copy cites what it is about, and says nothing of what stays here."""
    packet = a_packet({"alpha": Status.MET}, ("alpha",))
    cares = (Care("Protected by law.", frozenset(cited("alpha"))), Care(CANARY, frozenset(cited("bravo"))))

    copy = payers_copy(replace(packet, brief=replace(packet.brief, cares=cares)))
    assert ("Protected by law.",) == copy.notices and "Protected by law." in repr(copy_paper(copy))


def test_a_reason_that_names_nothing_opens_no_more_than_the_answer():
    """ "Not medically necessary" disputes everything; the payer gets what our answer rests on, not the whole chart."""
    packet = a_packet({"alpha": Status.MET, "bravo": Status.MET, "charlie": Status.NOT_MET}, ())
    general = (Quote("This is not medically necessary.", "note"),)
    answer = Sentence("It is.", cited("bravo"))
    copy = payers_copy(replace(packet, brief=replace(packet.brief, verbatim=general, answer=answer)))
    unanswered = payers_copy(
        replace(packet, brief=replace(packet.brief, verbatim=general, answer=answer, answered=False))
    )

    assert ["criterion bravo"] == [each.text for each in copy.points]
    assert () == unanswered.points


def test_what_is_missing_is_told_by_criterion_and_by_document():
    """The five things of the shared page: what the chart does not show, and which of the cited documents never went."""
    packet = a_packet({"alpha": Status.MET, "bravo": Status.NOT_DOCUMENTED}, ("alpha", "bravo"))
    sent = replace(packet, documents=(behind("alpha", Sent.YES),))
    unclear = replace(packet, documents=(behind("alpha", Sent.UNCLEAR, sure=False),))

    gap = "Not shown yet: criterion bravo"
    assert (gap, f"Not sent with the request: title of alpha, {DAY}") == payers_copy(packet).missing
    assert (gap,) == payers_copy(sent).missing
    assert (gap, f"Not known to have been sent: title of alpha, {DAY}") == payers_copy(unclear).missing


def test_a_criterion_that_no_document_shows_is_missing_too():
    """Visits are entries of the chart: the payer was sent documents, and has not seen them."""
    packet = replace(a_packet({"alpha": Status.MET}, ("alpha",)), documents=())
    unknown = replace(packet, received=())

    assert ("In no document that was sent: criterion alpha",) == payers_copy(packet).missing
    assert () == payers_copy(unknown).missing


def test_the_payer_finds_the_request_by_its_own_numbers():
    """Reference and member number, no record number of ours; without either the paper says what to write in."""
    packet = a_packet({"alpha": Status.MET}, ("alpha",))
    nameless = replace(packet, brief=replace(packet.brief, references=()))

    assert (("Reference", "REF-1"), ("Member", "M-1")) == payers_copy(packet).numbers
    assert NO_NUMBER not in repr(copy_paper(payers_copy(packet)))
    assert NO_NUMBER in repr(copy_paper(payers_copy(nameless)))
    assert ASK in repr(copy_paper(payers_copy(packet))) and ASK not in repr(sheet_paper(payers_copy(packet)))


@pytest.mark.parametrize(
    ("name", "initials"),
    [("Test Patient", "T. P."), ("maria de la cruz", "M. C."), ("Cher", "C."), ("", ""), ("3 (?)", "")],
)
def test_initials_are_first_and_last(name: str, initials: str):
    """Enough to see that a number was mixed up."""
    assert initials == initials_of(name)


def test_fourteen_visits_are_one_line():
    """The same words of many days are cited once, with the first and the last."""
    days = [f"2026-10-{n:02}" for n in range(1, 15)]
    visits = tuple(Evidence(f"Procedure/{day}", "code.text", day, "Supervised visit") for day in days)
    packet = a_packet({"alpha": Status.MET}, ("alpha",))
    judged = replace(packet.brief.criteria[0], evidence=visits)
    (point,) = payers_copy(replace(packet, brief=replace(packet.brief, criteria=(judged,)))).points

    assert [("Supervised visit", "2026-10-01 to 2026-10-14, 14 times")] == [
        (each.quote, each.shown_days) for each in point.cited
    ]


def a_document(name: str) -> Document:
    """Return a note."""
    reference = f"DocumentReference/{name}"
    return Document(
        reference=reference,
        title=f"note {name}",
        day=DAY,
        chart=Chart(),
        marks=Marks(frozenset({reference})),
        written=When(NOW - timedelta(days=19), DAY, True),
    )


def test_documents_stand_with_what_was_sent_of_them():
    """Behind the brief: those it cites; received: what the request lists, whether it is cited or not."""
    documents = [a_document("alpha"), a_document("bravo"), a_document("listed")]
    sent = When(NOW - timedelta(days=3), "2026-11-17", True)
    parcels = tuple(Parcel(each.marks) for each in (documents[0], documents[2]))
    submission = Submission(known=True, sent=sent, parcels=parcels)
    sources = tuple(
        Source(n, (f"DocumentReference/{name}",), ("x",), (DAY,), cited(name))
        for n, name in enumerate(("bravo", "alpha"), start=1)
    )
    brief = replace(planted((), ()), sources=sources)

    found = behind_of(brief, documents, submission, answered=None)
    assert [("note bravo", (1,), Sent.NO), ("note alpha", (2,), Sent.YES)] == [
        (each.title, each.marks, each.sending.sent) for each in found
    ]
    assert {"note alpha", "note listed"} == {each.title for each in received_of(documents, submission, answered=None)}
    assert [None, None] == [each.sending for each in behind_of(brief, documents, None, answered=None)]
    assert () == received_of(documents, None, answered=None)


def test_the_type_has_no_field_for_what_must_stay():
    """By construction: who adds a field to the copy meets this list first."""
    assert {each.name for each in fields(PayersCopy)} == {
        *("numbers", "initials", "service", "codes", "quantity", "payer", "clinician", "npi", "reviewer"),
        *("denied", "reasons", "points", "received", "missing", "made_at", "notices"),
    }
