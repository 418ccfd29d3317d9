"""Patients looked for in a real EHR: by record number, by name and birth date; who is not fitting is not shown."""

import pytest

from app.core.people import Patient
from app.edges.ehr.people import NoPatientSearch
from tests.edges.ehr_server import serve


@pytest.fixture(scope="module")
def server():
    with serve("full", stories=True) as running:
        yield running


def some_patients(server) -> list[Patient]:
    """Return the sandbox's patients as the EHR names them."""
    ehr = server.ehr()
    people = [ehr.patient(f"Patient/{each['id']}") for each in server.store.all("Patient")]
    assert len(people) > 4
    return people


def find(server, *, mrn=None, name=None, birth_date=None, **more):
    """Look for somebody."""
    return server.ehr(**more).patients(mrn=mrn, name=name, birth_date=birth_date)


def test_a_record_number_finds_its_patient_alone(server):
    """Each of the sandbox's patients is found by MRN, and nobody else with them."""
    for each in some_patients(server)[:4]:
        assert each.mrn
        assert (each,) == find(server, mrn=each.mrn)


def test_name_and_birth_date_find_the_patient(server):
    """The name as the EHR writes it, and the whole date."""
    for each in some_patients(server)[:4]:
        assert each in find(server, name=each.name, birth_date=each.birth_date)


def test_another_birth_date_finds_nobody(server):
    """A server that ignores a parameter sends more; what does not fit is dropped here."""
    someone = some_patients(server)[0]

    assert () == find(server, name=someone.name, birth_date="1900-01-01")
    assert () == find(server, mrn=f"{someone.mrn}0")


def test_a_part_of_a_number_is_not_the_number(server):
    """Half a record number is nobody's."""
    someone = some_patients(server)[0]

    assert () == find(server, mrn=someone.mrn[:-1])


def test_without_the_right_it_is_said(server):
    """A token that may not search patients: the person is told to launch from the chart."""
    with pytest.raises(NoPatientSearch):
        find(server, mrn="MRN-1", scopes="user/Coverage.rs")


def test_without_anything_to_look_for_nobody_is_shown(server):
    """An empty question is no list of all patients."""
    with pytest.raises(NoPatientSearch):
        find(server)


def test_a_chart_launch_never_finds_another_patient(server):
    """The token is for one chart; the search of another's number brings nobody."""
    first, second = some_patients(server)[:2]
    own = first.reference.partition("/")[2]

    assert second not in find(server, mrn=second.mrn, patient=own)
