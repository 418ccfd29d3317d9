"""Clinicians are looked for in the EHR by name or NPI; what it sends is sifted, and hours come with their roles."""

import pytest

from app.edges.ehr.clinicians import NoClinicianSearch, NotAClinician
from app.edges.http import NotFound
from app.errors import ParleyError, Permanent
from tests.edges.ehr_server import serve
from tests.edges.test_ehr import a_bundle, an_ehr
from tests.edges.wire import answer, wire

ADA = "Practitioner/ada-lindqvist"


@pytest.fixture(scope="module")
def server():
    """The sandbox's EHR with its practice."""
    with serve(stories=True) as running:
        yield running


@pytest.mark.parametrize("name", ["Lindqvist", "ada", "Dr. Ada Lindqvist-Moreau, MD", "moreau ada", "2000001018"])
def test_a_clinician_is_found_by_any_word_of_the_name_or_the_npi(server, name: str):
    """With specialty, NPI and the hours of their role, ready to take the call."""
    (found,) = server.ehr().clinicians(name=name)

    assert (ADA, "Orthopaedic surgery of the spine") == (found.reference, found.specialty)
    assert {"07:30", "17:30"} == {f"{each:%H:%M}" for hours in found.hours for each in (hours.start, hours.end)}
    assert ("America/Chicago", True) == (found.zone, found.npi.startswith("200000101"))


def test_nobody_is_called_so(server):
    """An empty answer is no error; a name without words asks nothing of the EHR."""
    assert () == server.ehr().clinicians(name="Nobody")
    before = len(server.asked())
    with pytest.raises(NoClinicianSearch):
        server.ehr().clinicians(name="Dr.")
    assert ["metadata"] == server.asked()[before:]


def test_those_who_treat_come_first(server):
    """Office staff are people of the EHR too; a name shared by all finds the clinicians on top, at most twenty."""
    for number in range(30):
        staff = {
            "resourceType": "Practitioner",
            "id": f"clerk-{number}",
            "name": [{"family": "Aabc", "given": ["Ada"]}],
        }
        server.store.put(staff)
    found = server.ehr().clinicians(name="Ada")

    assert 20 == len(found)
    assert (ADA, False) == (found[0].reference, any(each.npi for each in found[1:]))


def test_one_is_read_by_their_reference(server):
    """Also by a role; a patient, a wrong id and a way out of the EHR are nobody."""
    ehr = server.ehr()

    assert ADA == ehr.clinician(ADA).reference == ehr.clinician("PractitionerRole/ada-lindqvist-role").reference
    assert ehr.clinician(ADA).hours
    for reference, error in (
        ("Patient/lumbar-fusion", NotAClinician),
        ("", NotAClinician),
        ("Practitioner/nobody", NotFound),
        ("Practitioner/../Patient/lumbar-fusion", NotAClinician),
        ("PractitionerRole/../Patient/lumbar-fusion", NotAClinician),
    ):
        with pytest.raises(error):
            ehr.clinician(reference)


def test_a_token_of_a_chart_alone_does_not_look_for_staff(server):
    """Practitioners stand in no patient's compartment, so patient/ scopes do not reach them."""
    with pytest.raises(NoClinicianSearch):
        server.ehr(scopes="patient/*.rs", patient="lumbar-fusion").clinicians(name="Ada")


PEOPLE = [
    {"resourceType": "Practitioner", "id": "1", "name": [{"text": "Ada Lindqvist"}], "active": True},
    {"resourceType": "Practitioner", "id": "2", "name": [{"text": "Ada Left"}], "active": False},
    {"resourceType": "Practitioner", "id": "3", "name": [{"text": "Somebody Else"}]},
    {"resourceType": "Practitioner", "id": "4"},
]


@pytest.mark.parametrize("params", ["name", "family"])
def test_a_server_that_sends_everybody_is_sifted(params: str):
    """Parameters that are ignored, people who left, people without a name."""
    with wire(answer(200, a_bundle(*PEOPLE))) as server:
        found = an_ehr(server.base, types={"Practitioner": params}).clinicians(name="Ada")
        asked = server.requests[0].target

    assert ["Practitioner/1"] == [each.reference for each in found]
    assert f"{params}=ada" in asked.casefold()


@pytest.mark.parametrize("types", [{}, {"Practitioner": "identifier"}], ids=["not offered", "by identifier only"])
def test_an_ehr_that_does_not_offer_it_says_so(types: dict):
    """The page then offers the one-tap choice alone."""
    with wire(answer(200, a_bundle())) as server, pytest.raises(NoClinicianSearch):
        an_ehr(server.base, types=types).clinicians(name="Ada")


@pytest.mark.parametrize("code", [403, 503])
def test_a_search_that_fails_is_told(code: int):
    """Refused or down: not an empty list."""
    with wire(answer(code, {"resourceType": "OperationOutcome", "issue": []})) as server:
        with pytest.raises(ParleyError):
            an_ehr(server.base, types={"Practitioner": "name"}).clinicians(name="Ada")


def test_a_server_that_answers_with_another_person_is_not_believed():
    """Asked for one, sent another: nobody is taken."""
    with wire(answer(200, PEOPLE[2])) as server, pytest.raises(Permanent):
        an_ehr(server.base, types={"Practitioner": "name"}).clinician("Practitioner/1")
