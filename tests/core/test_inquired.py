"""Which of a payer's answers is about the request asked about; what is not surely so never reaches its case."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.denial import Code, Coverage, Denial, DenialLine, Quote, Telling, Way
from app.core.detect.inquired import Whose, as_first_told, is_no_answer, whose_answer
from app.core.detect.joined import join_tellings
from app.core.detect.person import ToldAnswer, ToldPatient
from app.core.people import Party
from tests.builders import MONDAY, PATIENT, a_case, a_denial

ACTION = "https://codesystem.x12.org/005010/306"
PENDED, DENIED = Code(ACTION, "A4"), Code(ACTION, "A3")
TRN = ("urn:trn", "111099")
NAMES = (TRN, (None, "https://ehr.example/fhir/Claim/c1"))
ME = ToldPatient(PATIENT.name, PATIENT.birth_date)
CASE = a_case(denial=a_denial(lines=(DenialLine(1, actions=(PENDED,), service_label="Lumbar fusion"),)))


def told(*, patient: ToldPatient = ME, request=(), **denial) -> ToldAnswer:
    """Return an answer that names nothing but its patient, unless told otherwise."""
    base = Denial("told:1", "preauthorization", "active", "complete", MONDAY, None, Party("Payer Test"))
    line = DenialLine(1, actions=(DENIED,))
    return ToldAnswer(replace(base, lines=(line,), **denial), Coverage(None, Party()), patient, request=request)


@pytest.mark.parametrize(
    ("answer", "whose"),
    [
        (told(request=(TRN,)), Whose.OURS),
        (told(request=((None, "https://ehr.example/fhir/Claim/c1"),)), Whose.OURS),
        (told(identifiers=(TRN,)), Whose.OURS),
        (told(reference_number="ref 1 "), Whose.PATIENTS),  # "1" is printed on every page
        (told(patient=ToldPatient(), request=(TRN,)), Whose.OURS),
        (told(patient=ToldPatient("Test Patient"), identifiers=(TRN,)), Whose.OURS),
        (told(), Whose.PATIENTS),
        (told(request=((None, "https://payer.example/fhir/Claim/c1"),)), Whose.PATIENTS),
        (told(identifiers=((None, "111099"),)), Whose.PATIENTS),
        (told(patient=ToldPatient()), Whose.UNNAMED),
        (told(patient=ToldPatient("Test Patient")), Whose.UNNAMED),
        (told(patient=ToldPatient(), identifiers=((None, "111099"),)), Whose.UNNAMED),
    ],
    ids=lambda each: each.value if isinstance(each, Whose) else "",
)
def test_whose_an_answer_is(answer: ToldAnswer, whose: Whose):
    """Identifiers with their system and absolute URLs name a request; a bare number or the payer's own ids do not."""
    assert whose is whose_answer(answer, CASE, names=NAMES)


@pytest.mark.parametrize(
    "patient",
    [ToldPatient("Somebody Else", "1960-02-03"), ToldPatient(PATIENT.name, "1960-02-04"), ToldPatient(mrn="MRN-2")],
    ids=["name", "birth date", "record number"],
)
def test_an_answer_about_somebody_else_is_theirs_whatever_number_it_bears(patient: ToldPatient):
    """The request's own number on another person's answer is the payer's mistake, and stays out of the case."""
    answer = told(patient=patient, request=(TRN,), identifiers=(TRN,), reference_number="REF-778812")
    case = replace(CASE, denial=replace(CASE.denial, reference_number="REF-778812"))

    assert Whose.STRANGERS is whose_answer(answer, case, names=NAMES)


def test_the_payers_number_counts_where_the_answer_says_who_it_is_about():
    """The number that the payer quotes on the phone, with a name that fits, is enough; the number alone is not."""
    case = replace(CASE, denial=replace(CASE.denial, reference_number="REF-778812"))
    numbered = {"reference_number": "ref 778812"}

    assert Whose.OURS is whose_answer(told(**numbered), case, names=NAMES)
    assert Whose.OURS is whose_answer(told(patient=ToldPatient("Test Patient"), **numbered), case, names=NAMES)
    assert Whose.UNNAMED is whose_answer(told(patient=ToldPatient(), **numbered), case, names=NAMES)


def test_an_error_that_decides_nothing_is_no_answer():
    """outcome=error without a decision says that the look-up failed, not that the request did."""
    assert is_no_answer(replace(told().denial, outcome="error", lines=(), errors=(Code(None, "70"),)))
    assert not is_no_answer(replace(told().denial, outcome="error"))
    assert not is_no_answer(told().denial)


def test_a_decision_keeps_the_day_on_which_it_was_first_told():
    """Servers that date an answer by the question would push the call's window on with every look."""
    again = replace(told().denial, created_at=MONDAY + timedelta(hours=5), created_on=MONDAY.date())
    waits = replace(again, lines=(DenialLine(1, actions=(PENDED,), reasons=(Code("x", "0U"),)),))
    first = Telling(Way.INQUIRY, replace(told().denial, reference="told:first"), Coverage(None, Party()), MONDAY, "p")
    case = replace(CASE, tellings=(Telling(Way.EHR, CASE.denial, CASE.coverage, MONDAY, "p"), first))

    assert ("told:first", MONDAY) == (lambda d: (d.reference, d.created_at))(as_first_told(again, case))
    assert CASE.denial.created_at == as_first_told(waits, case).created_at, "it waited since the EHR said so"
    news = replace(again, lines=(DenialLine(1, actions=(Code(ACTION, "A1"),)),))
    assert MONDAY + timedelta(hours=5) == as_first_told(news, case).created_at, "a new decision has its own day"


def test_an_earlier_date_is_believed():
    """errs: early."""
    earlier = replace(told().denial, created_at=MONDAY - timedelta(days=3))
    first = Telling(Way.INQUIRY, told().denial, Coverage(None, Party()), MONDAY, "p")

    assert earlier.created_at == as_first_told(earlier, replace(CASE, tellings=(first,))).created_at


def test_lines_that_name_no_service_keep_the_requests():
    """A payer's answer to a question numbers its lines and names none: all lines of the EHR's answer stay named."""
    lines = (
        DenialLine(1, service_label="Decompression", quantity_requested=1, diagnoses=(Code("icd", "M48"),)),
        DenialLine(2, service_label="Fusion", service=Code("cpt", "22633"), quantity_requested=2),
    )
    ehr = replace(CASE.denial, lines=lines)
    answer = replace(told().denial, lines=(DenialLine(2, actions=(DENIED,)), DenialLine(1, actions=(DENIED,))))
    tellings = [
        Telling(Way.EHR, ehr, CASE.coverage, MONDAY, "p"),
        Telling(Way.INQUIRY, answer, CASE.coverage, MONDAY, "p"),
    ]
    joined, _ = join_tellings(tellings)

    assert [("Fusion", 2), ("Decompression", 1)] == [(e.service_label, e.quantity_requested) for e in joined.lines]
    assert ["22633", None] == [each.service.code if each.service else None for each in joined.lines]


def test_what_the_payer_asked_for_is_owed_until_it_has_decided():
    """Asked how a request stands, a payer leaves its information request out (facts B.1)."""
    asks = replace(CASE.denial, information_requested=True)
    waits = replace(told().denial, lines=(DenialLine(1, actions=(PENDED,)),), created_at=MONDAY + timedelta(hours=1))
    ehr = Telling(Way.EHR, asks, CASE.coverage, MONDAY, "p")

    assert join_tellings([ehr, Telling(Way.INQUIRY, waits, CASE.coverage, MONDAY, "p")])[0].information_requested
    decided = Telling(Way.INQUIRY, told().denial, CASE.coverage, MONDAY, "p")
    assert not join_tellings([ehr, decided])[0].information_requested


names = st.sampled_from([None, PATIENT.name, "Test", "Somebody Else", "Patient, Test"])
births = st.sampled_from([None, PATIENT.birth_date, "1960-02-04"])
numbers = st.lists(st.sampled_from([TRN, (None, "111099"), ("urn:other", "1"), (None, NAMES[1][1])]), max_size=3)


@given(names, births, numbers, numbers, st.sampled_from([None, "REF-1", "REF-778812"]))
def test_nothing_that_differs_is_ever_ours(name, born, request, identifiers, number):
    """Whatever an answer bears: a name or birth date that is not the patient's keeps it out."""
    answer = told(
        patient=ToldPatient(name, born),
        request=tuple(request),
        identifiers=tuple(identifiers),
        reference_number=number,
        notes=(Quote("x", "y"),),
    )
    whose = whose_answer(answer, CASE, names=NAMES)

    differs = name == "Somebody Else" or born == "1960-02-04"
    assert differs == (whose is Whose.STRANGERS)
    if whose is Whose.OURS:
        assert {TRN, NAMES[1]} & {*request, *identifiers} or number
