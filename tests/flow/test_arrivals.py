"""Denials from outside the EHR: read, kept until a person has said whose they are, never on the wrong chart."""

import json
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from app.core.denial import Path, Way
from app.core.detect.typed import TypedForm, TypedRefused
from app.core.people import MAY, Act, Role
from app.errors import BadInput
from app.flow.cases import NotYours, OtherPatient
from app.flow.intake import arrivals
from app.flow.ports import NoSuchArrival
from app.flow.tick import forget_arrivals
from tests.fakes.office import Office, a_patient, an_answer, detected

LETTER = """Example Health Plan
November 20, 2026

Member: Synthetic-p1 Testperson
Date of birth: 02/03/1960
Reference number: REF-778812

Your request for lumbar fusion was denied because it is not medically necessary.
A peer-to-peer discussion may be requested within 3 calendar days of this notice at 800-555-0101.
"""
FORM = TypedForm(
    payer="Example Health Plan",
    service="Lumbar fusion",
    denied_on="2026-11-20",
    reason="Not medically necessary.",
    reference="REF-778812",
    phone="800-555-0101",
    until_day="2026-11-25",
    until_time="17:00",
    urgent=True,
)


def a_bundle(*, born: str = "1960-02-03", family: str = "Testperson", reason: str = "0F") -> dict:
    """Return a PAS response Bundle about one line, of a payer whose ids mean nothing here."""
    action = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/extension-reviewAction"
    coded = [
        {
            "url": f"{action}Code",
            "valueCodeableConcept": {"coding": [_code("https://codesystem.x12.org/005010/306", "A3")]},
        },
        {
            "url": "reasonCode",
            "valueCodeableConcept": {"coding": [_code("https://codesystem.x12.org/external/886", reason)]},
        },
    ]
    answer = {
        "resourceType": "ClaimResponse",
        "id": "1",
        "identifier": [{"system": "urn:trnorg:9012345678", "value": "TRN-1"}],
        "status": "active",
        "use": "preauthorization",
        "patient": {"reference": "Patient/1"},
        "insurer": {"display": "Example Health Plan"},
        "created": "2026-11-20T15:04:00-06:00",
        "outcome": "complete",
        "item": [{"itemSequence": 1, "adjudication": [{"extension": [{"url": action, "extension": coded}]}]}],
    }
    patient = {
        "resourceType": "Patient",
        "id": "1",
        "name": [{"family": family, "given": ["Synthetic-p1"]}],
        "birthDate": born,
    }
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": answer}, {"resource": patient}]}


def _code(system: str, code: str) -> dict:
    return {"system": system, "code": code}


@pytest.fixture
def open_office(office: Office) -> Office:
    """An office whose EHR knows two patients."""
    people = [replace(a_patient(each), name=f"Synthetic-{each} Testperson") for each in ("p1", "p2")]
    people[1] = replace(people[1], birth_date="1971-05-06")
    office.ehr.people = {each.reference: each for each in people}
    return office


def upload(office: Office, name: str = "letter.txt", data: bytes = LETTER.encode(), **ports):
    """Give a file in."""
    return arrivals.take_file(office.ports(**ports), name, data, now=office.now)[0]


def settle(office: Office, arrival, patient: str = "Patient/p1", *, sworn: bool = False, **more):
    """Say whose it is."""
    return arrivals.settle(office.ports(), arrival.id, patient=patient, sworn=sworn, now=office.now, **more)


def test_a_letter_waits_until_its_patient_is_said(open_office: Office):
    """An upload alone opens nothing; the patient's case is open once a person has said whose it is."""
    (arrival,) = upload(open_office)
    assert ([], "needs a patient") == (open_office.rows("cases"), arrival.why)
    received = settle(open_office, arrival)

    assert ("opened", Path.P2P, "REF-778812") == (
        received.how,
        received.case.routing.route,
        received.case.denial.reference_number,
    )
    assert () == arrivals.waiting(open_office.ports(), now=open_office.now)


def test_a_settled_denial_is_forgotten_where_it_waited(open_office: Office):
    """What it said is in its case and nowhere else."""
    (arrival,) = upload(open_office)
    settle(open_office, arrival)

    assert [None] == [row[-1] for row in open_office.rows("arrivals")]
    with pytest.raises(NoSuchArrival):
        settle(open_office, arrival)


def test_the_same_file_twice_waits_once(open_office: Office):
    """Two people upload the same letter: one waits; after it was settled the same letter is the same case."""
    (first,), (again,) = upload(open_office), upload(open_office, role=Role.CLINICIAN)
    assert first.id == again.id
    case = settle(open_office, first).case
    (third,) = upload(open_office)

    assert ("known", case.id) == ((r := settle(open_office, third)).how, r.case.id)
    assert 1 == len(open_office.rows("cases"))


def test_a_bundle_is_read_with_its_patient(open_office: Office):
    """A PAS response Bundle says whose it is; its own ids are not taken for the EHR's."""
    (arrival,) = upload(open_office, "answer.JSON", json.dumps(a_bundle()).encode())
    received = settle(open_office, arrival)

    assert ("Synthetic-p1 Testperson", "1960-02-03") == (arrival.told.patient.name, arrival.told.patient.birth_date)
    assert ("opened", (), Way.FILE) == (received.how, received.case.about, received.case.tellings[0].way)
    assert received.case.denial.reference.startswith("told:")


@pytest.mark.parametrize(
    "bundle", [a_bundle(born="1960-02-04"), a_bundle(born="", family="Somebody")], ids=["born", "name"]
)
def test_another_persons_denial_is_stopped(open_office: Office, bundle: dict):
    """The payer's birth date or name does not fit the chosen chart: nothing is saved, whatever a person swears."""
    (arrival,) = upload(open_office, "answer.json", json.dumps(bundle).encode())
    before = open_office.photo()
    with pytest.raises(arrivals.WrongPerson):
        settle(open_office, arrival, "Patient/p2", sworn=True)

    assert before == open_office.photo()
    assert [arrival.id] == [each.id for each in arrivals.waiting(open_office.ports(), now=open_office.now)]


def test_a_letter_with_another_birth_date_is_stopped(open_office: Office):
    """The letter tells when its member was born; the chosen patient was born on another day."""
    (arrival,) = upload(open_office)
    with pytest.raises(arrivals.WrongPerson, match="birth date"):
        settle(open_office, arrival, "Patient/p2", sworn=True)


def test_a_letter_that_names_nobody_needs_a_persons_word(open_office: Office):
    """Neither name nor birth date: the person who read it says so, else nothing is saved."""
    nameless = "\n".join(line for line in LETTER.splitlines() if "ember:" not in line and "birth" not in line)
    (arrival,) = upload(open_office, data=nameless.encode())
    with pytest.raises(arrivals.NotSure):
        settle(open_office, arrival)

    assert "opened" == settle(open_office, arrival, sworn=True).how


def test_a_letter_and_the_ehr_tell_one_denial(open_office: Office):
    """The letter of a denial that the EHR holds joins its case by the payer's number."""
    case = detected(open_office, an_answer(payer="Example Health Plan", reference_number="REF-778812"))
    open_office.ehr.people["Patient/p1"] = replace(case.patient, name="Synthetic-p1 Testperson")
    (arrival,) = upload(open_office)

    assert ("joined", case.id) == ((r := settle(open_office, arrival)).how, r.case.id)


@pytest.mark.parametrize(
    ("name", "data"),
    [("denial.exe", b"MZ"), ("a.json", b"{"), ("a.json", b'{"resourceType": "Patient"}'), ("a.pdf", b""), ("", b"x")],
    ids=["another kind", "broken", "no answer", "empty", "nameless"],
)
def test_a_file_that_cannot_be_read_keeps_nothing(open_office: Office, name: str, data: bytes):
    """It is refused in words; nothing waits."""
    with pytest.raises(BadInput):
        upload(open_office, name, data)

    assert [] == open_office.rows("arrivals")


def test_a_chart_launch_takes_in_for_its_patient_only(open_office: Office):
    """From one chart neither another patient nor another's upload can be reached."""
    (arrival,) = upload(open_office)
    chart = open_office.ports(Role.CLINICIAN, patient="Patient/p1")

    assert () == arrivals.waiting(chart, now=open_office.now)
    with pytest.raises(OtherPatient):
        arrivals.settle(chart, arrival.id, patient="Patient/p1", sworn=True, now=open_office.now)
    with pytest.raises(OtherPatient):
        arrivals.type_in(chart, FORM, patient="Patient/p2", now=open_office.now)


def test_a_denial_can_be_typed_in(open_office: Office):
    """A few fields make the same case: routed, with the payer's deadline read by the same rules."""
    received = arrivals.type_in(open_office.ports(), FORM, patient="Patient/p1", now=open_office.now)
    case = received.case

    assert ("opened", Path.P2P, "800-555-0101") == (received.how, case.routing.route, case.routing.offer.phone)
    assert "2026-11-25T23:00:00+00:00" == case.routing.offer.deadline_at.isoformat()
    assert {"typed"} == {each.how for each in case.denial.origins}
    assert case.denial.urgent is True


def test_typing_the_same_twice_is_one_case(open_office: Office):
    """A second click on the button opens nothing."""
    first = arrivals.type_in(open_office.ports(), FORM, patient="Patient/p1", now=open_office.now)
    again = arrivals.type_in(open_office.ports(), FORM, patient="Patient/p1", now=open_office.now)

    assert (first.case.id, "known") == (again.case.id, again.how)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("payer", " "),
        ("reason", ""),
        ("service", "x" * 200),
        ("denied_on", "2026-11-24"),
        ("denied_on", "20.11.2026"),
        ("denied_on", "2016-11-20"),
        ("phone", "ask for Jim"),
        ("until_day", "2026-11-19"),
        ("until_time", "late"),
    ],
)
def test_a_field_that_cannot_be_true_is_named(open_office: Office, field: str, typed: str):
    """The page shows what is wrong beside the field that is wrong."""
    with pytest.raises(TypedRefused) as refusal:
        arrivals.type_in(
            open_office.ports(), replace(FORM, **{field: typed}), patient="Patient/p1", now=open_office.now
        )

    assert field == refusal.value.field


def test_what_is_nobodys_is_set_aside(open_office: Office):
    """It waits no more, and what it said is forgotten."""
    (arrival,) = upload(open_office)
    arrivals.set_aside(open_office.ports(), arrival.id, now=open_office.now)

    assert () == arrivals.waiting(open_office.ports(), now=open_office.now)
    assert ("sandbox|coordinator", "set arrival aside", None, None) in open_office.audited()


EMPTY = TypedForm(payer="", service="", denied_on="", reason="")


def see(office: Office, arrival):
    """Look at one that waits."""
    return arrivals.view_of(office.ports(), arrival.id, now=office.now)


def complete(office: Office, arrival, **typed: str) -> None:
    """Type what was not found in it."""
    arrivals.complete(office.ports(), arrival.id, replace(EMPTY, **typed), now=office.now)


def test_what_a_letter_left_out_is_typed_and_reaches_the_case(open_office: Office):
    """The case has both: what was read, from the letter, and what a person typed, marked so; looked at and audited."""
    (arrival,) = upload(open_office)
    assert {"provider", "line_of_business"} < set(see(open_office, arrival).missing)
    assert "payer" not in see(open_office, arrival).missing
    complete(open_office, arrival, provider="Alex Morgan", line_of_business="medicaid")
    case = settle(open_office, arrival).case

    assert ("Alex Morgan", "medicaid") == (case.denial.provider_name, case.coverage.line_of_business)
    typed = {each.field for each in case.denial.origins if each.how == "typed"}
    assert ({"provider", "line_of_business"}, "REF-778812") == (typed, case.denial.reference_number)
    assert ("sandbox|coordinator", "complete arrival", None, None) in open_office.audited()


def test_what_was_typed_can_be_corrected_and_taken_back(open_office: Office):
    """The form comes back as it was typed; sent empty, the field is not found again."""
    (arrival,) = upload(open_office)
    complete(open_office, arrival, provider="Alex Morgam")
    assert {"provider": "Alex Morgam"} == see(open_office, arrival).typed
    complete(open_office, arrival, provider="Alex Morgan")
    assert {"provider": "Alex Morgan"} == see(open_office, arrival).typed
    complete(open_office, arrival)

    assert arrival == see(open_office, arrival).arrival


def test_a_letter_that_comes_again_keeps_what_was_typed(open_office: Office):
    """Uploaded by the next colleague, it is the same letter with the same completion."""
    (arrival,) = upload(open_office)
    complete(open_office, arrival, provider="Alex Morgan")
    (again,) = upload(open_office)

    assert (arrival.id, {"provider": "Alex Morgan"}) == (again.id, see(open_office, again).typed)


def test_nobody_completes_what_is_not_theirs(open_office: Office, monkeypatch: pytest.MonkeyPatch):
    """A launch from a chart sees what it brought itself; who may take nothing in may complete nothing."""
    (arrival,) = upload(open_office)
    chart = open_office.ports(Role.CLINICIAN, patient="Patient/p2")
    with pytest.raises(OtherPatient):
        arrivals.complete(chart, arrival.id, replace(EMPTY, provider="X"), now=open_office.now)
    monkeypatch.setitem(MAY, Role.DELEGATE, MAY[Role.DELEGATE] - {Act.TAKE_IN})
    delegate = open_office.ports(Role.DELEGATE)
    with pytest.raises(NotYours):
        arrivals.complete(delegate, arrival.id, replace(EMPTY, provider="X"), now=open_office.now)

    assert {} == see(open_office, arrival).typed


def test_what_nobody_settles_is_forgotten_after_its_days(open_office: Office):
    """Not a day before; then its words are gone, and the audit says which one without telling whose it was."""
    (arrival,) = upload(open_office)
    ends = see(open_office, arrival).forgotten_at
    assert timedelta(days=30) == ends - open_office.now
    assert 0 == forget_arrivals(open_office.ports(), now=ends)
    assert 1 == forget_arrivals(open_office.ports(), now=ends + timedelta(seconds=1))

    assert () == arrivals.waiting(open_office.ports(), now=open_office.now)
    assert [None] == [row[-1] for row in open_office.rows("arrivals")]
    forgotten = f"arrival {arrival.id} forgotten, settled by nobody"
    assert (forgotten, None, None) == open_office.audited()[-1][1:]
    assert 0 == forget_arrivals(open_office.ports(), now=ends + timedelta(days=1))


def test_brought_again_it_waits_anew(open_office: Office):
    """Somebody still wants it: its days count from then, also after it was forgotten."""
    (arrival,) = upload(open_office)
    open_office.push(days=20)
    upload(open_office)
    assert timedelta(days=30) == see(open_office, arrival).forgotten_at - open_office.now
    open_office.push(days=31)
    forget_arrivals(open_office.ports(), now=open_office.now)

    assert [arrival.id] == [each.id for each in upload(open_office)]
    assert 1 == len(arrivals.waiting(open_office.ports(), now=open_office.now))


def test_the_reader_s_warnings_come_with_the_letter(open_office: Office):
    """What the reader could not be sure of is told where the letter is read, not swallowed."""
    sources = SimpleNamespace(text=lambda data: (data.decode(), ("Page 2 has no text.",)))
    (arrival,) = arrivals.take_file(
        replace(open_office.ports(), sources=sources), "letter.pdf", LETTER.encode(), now=open_office.now
    )[0]

    assert "Page 2 has no text." in see(open_office, arrival).arrival.told.denial.warnings
