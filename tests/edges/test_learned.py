"""What a server refused is remembered for a day, so that the next write goes to the next place at once."""

from datetime import timedelta

import pytest

from app.edges.ehr import SiteProfile
from app.edges.ehr.allowed import Verdict
from app.edges.ehr.learned import REMEMBERED, Learned, under_which
from app.edges.ehr.planner import Facts, Told
from app.edges.ehr.scopes import read_scopes
from app.edges.fhir.capability import read_capability
from app.edges.http import Withheld
from app.edges.store.database import Database
from app.edges.store.refusals import SqlRefusals
from app.errors import Permanent
from tests.databases import database, database_url
from tests.edges.effects import change_appointment, the_chart, write_appointment, write_document
from tests.edges.ehr_server import ALL, NOW, serve
from tests.edges.test_planner import CHART, statement, version
from tests.edges.test_writeback import perform

__all__ = ["database", "database_url"]
TENANT = "clinic"
NOT_SUPPORTED = (
    '{"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "not-supported",'
    ' "diagnostics": "No documents of Ann here"}]}'
)
WITHHELD = (
    '{"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "security",'
    ' "details": {"coding": [{"code": "4130"}]}}]}'
)
REQUIRED = '{"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "required"}]}'


class Clinic:
    """One server, one memory, a clock: each write by another process, which remembers nothing itself."""

    def __init__(self, server, database: Database) -> None:
        self.server, self.refusals, self.now = server, SqlRefusals(database), NOW

    def ehr(self, **how):
        return self.server.ehr(refusals=lambda under: Learned(self.refusals, TENANT, under, lambda: self.now), **how)

    def write(self, number: int, **how) -> list[str]:
        """Write another case's note; return where it was sent, in order."""
        before = len(self.server.asked("POST"))
        perform(self.ehr(**how), write_document(key=f"clinic/case-{number}/document/o/0"))
        return self.server.asked("POST")[before:]


@pytest.fixture
def clinic(database: Database):
    with serve("full", *the_chart()) as server:
        yield Clinic(server, database)


def refuse(server, code: int = 403, body: str = "", times: int = 99) -> None:
    server.fault(
        "status", method="POST", type="DocumentReference", code=code, times=times, **({"body": body} if body else {})
    )


@pytest.mark.parametrize("code, body", [(403, ""), (404, ""), (405, ""), (400, NOT_SUPPORTED), (422, NOT_SUPPORTED)])
def test_a_kind_of_write_that_was_refused_is_not_tried_again_within_a_day(clinic: Clinic, code: int, body: str):
    """The first write knocks and goes to the next place; the second, of another process, goes there at once."""
    refuse(clinic.server, code, body)

    assert ["DocumentReference", "Communication"] == clinic.write(1)
    assert ["Communication"] == clinic.write(2)
    [kept] = clinic.refusals.standing(TENANT, since=NOW - REMEMBERED)
    assert ("DocumentReference", "c") == (kept.kind, kept.letter) and "Ann" not in kept.why


def test_the_control_without_memory_every_write_knocks(clinic: Clinic):
    """The same server and no memory: so the test above can fail."""
    refuse(clinic.server)
    sent = []
    for number in (1, 2):
        before = len(clinic.server.asked("POST"))
        perform(clinic.server.ehr(), write_document(key=f"clinic/case-{number}/document/o/0"))
        sent.append(clinic.server.asked("POST")[before:])

    assert [["DocumentReference", "Communication"]] * 2 == sent


@pytest.mark.parametrize("code, body", [(422, REQUIRED), (422, ""), (400, ""), (400, WITHHELD), (403, WITHHELD)])
def test_a_refusal_of_this_note_or_of_this_patient_teaches_nothing(clinic: Clinic, code: int, body: str):
    """Another patient's note may well be taken."""
    refuse(clinic.server, code, body, times=1)
    try:
        clinic.write(1)
    except Withheld:
        assert body == WITHHELD

    assert ["DocumentReference"] == clinic.write(2)
    assert () == clinic.refusals.standing(TENANT, since=NOW - REMEMBERED)


@pytest.mark.parametrize("after, sent", [(timedelta(hours=23, minutes=59), 1), (timedelta(hours=24, seconds=1), 2)])
def test_after_a_day_it_is_tried_again(clinic: Clinic, after: timedelta, sent: int):
    """Somebody may have switched it on."""
    refuse(clinic.server)
    clinic.write(1)
    clinic.now += after

    assert sent == len(clinic.write(2))


@pytest.mark.parametrize(
    "changed",
    [
        {"scopes": f"{ALL} user/Patient.r"},
        {"document_type": "11506-3"},
        {"saying": statement(dict.fromkeys(("DocumentReference", "Communication"), "rscu"))},
    ],
    ids=["scopes", "site's record", "statement"],
)
def test_it_counts_no_more_when_circumstances_change(clinic: Clinic, changed: dict):
    """Other scopes were granted, the site's record was corrected, or the server says something else of itself."""
    refuse(clinic.server, times=1)
    clinic.write(1)

    assert ["DocumentReference"] == clinic.write(2, **changed)


def test_another_hospital_learns_nothing_of_it(clinic: Clinic):
    """What is remembered is one EHR's."""
    refuse(clinic.server)
    clinic.write(1)

    assert () == clinic.refusals.standing("elsewhere", since=NOW - REMEMBERED)


def test_the_plan_knows_it_too(clinic: Clinic):
    """So that a check shows what will happen, with why."""
    refuse(clinic.server, 405)
    clinic.write(1)
    plan = clinic.ehr().plan(Told.NOTE, Facts())

    assert Verdict.REFUSED is plan.rungs[0].ruling.verdict and "does not take this" in plan.rungs[0].ruling.because
    assert "Communication" == plan.chosen.kind


def test_a_change_that_is_not_taken_is_remembered_and_one_that_is_not_allowed_is_not(clinic: Clinic):
    """405 to an update speaks of all appointments, 403 may speak of this one; the next change is patched at once."""
    wrote = {write_appointment().key: perform(clinic.ehr(), write_appointment()).reference}
    clinic.server.fault("status", method="PUT", type="Appointment", code=403)
    with pytest.raises(Permanent):
        perform(clinic.ehr(), change_appointment("cancelled"), wrote=wrote)
    assert () == tuple(clinic.refusals.standing(TENANT, since=NOW - REMEMBERED))

    clinic.server.fault("status", method="PUT", type="Appointment", code=405)
    for change in ("fulfilled", "noshow"):
        perform(clinic.ehr(), change_appointment(change), wrote=wrote)
    [refusal] = clinic.refusals.standing(TENANT, since=NOW - REMEMBERED)
    assert ("Appointment", "u") == (refusal.kind, refusal.letter)
    assert (2, 2) == (len(clinic.server.asked("PUT")), len(clinic.server.asked("PATCH")))


def test_what_is_old_is_forgotten(clinic: Clinic):
    """The table holds a day."""
    refuse(clinic.server)
    clinic.write(1)

    assert 0 == clinic.refusals.forget(before=NOW)
    assert 1 == clinic.refusals.forget(before=NOW + timedelta(seconds=1))


def test_the_circumstances_are_told_apart_by_what_matters():
    """Not by the statement's date nor by the order of scopes."""
    site, said = SiteProfile(), statement({"Task": "rc"})

    def under(statement_, scopes=CHART, profile=site):
        return under_which(read_capability(statement_), read_scopes(scopes), profile)

    assert under(said) == under({**said, "date": "2031-01-01"}, " ".join(reversed(CHART.split())))
    others = [under({**said, "software": {"name": "x", "version": "2"}}), under(said, "user/Task.c")]
    others += [under(said, profile=SiteProfile(bare=True)), under(statement({"Task": "r"}))]
    assert 5 == len({under(said), *others})


def test_an_amended_note_is_not_given_up_for_a_refusal(clinic: Clinic):
    """The first stands as a message, since documents were refused; the second answers it there."""
    refuse(clinic.server)
    wrote = {version(0).key: perform(clinic.ehr(), version(0)).reference}
    perform(clinic.ehr(), version(1), wrote=wrote)

    assert [{"reference": wrote[version(0).key]}] == clinic.server.store.all("Communication")[1]["inResponseTo"]
