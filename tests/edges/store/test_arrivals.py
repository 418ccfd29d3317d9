"""What came from outside the EHR, on both databases: kept once, settled once, and one case however many bring it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest

from app.core.case import CaseMoved
from app.core.denial import Way
from app.core.detect.person import ToldAnswer, ToldPatient
from app.edges.store.database import Database
from app.flow.intake import receive
from app.flow.ports import Arrival, NoSuchArrival
from tests.builders import MONDAY
from tests.fakes.office import TENANT, Office, an_answer

AT_ONCE = 8


def an_arrival(id: str = "a1", *, why: str = "needs a patient") -> Arrival:
    """Return a denial that waits."""
    found = an_answer()
    told = ToldAnswer(replace(found.denial, reference="told:1"), found.coverage, ToldPatient("Somebody"), text="Words")
    return Arrival(id, "told:1", "letter", MONDAY, "sandbox|coordinator", why, told)


def test_what_is_kept_comes_back_whole(database: Database):
    """Denial, coverage, patient and text, as they were read."""
    store = Office(database).store
    kept = store.add_arrival(TENANT, an_arrival())

    assert (kept, (kept,)) == (store.arrival(TENANT, "a1"), store.arrivals(TENANT))
    assert () == store.arrivals("elsewhere")


def test_the_same_again_keeps_its_id_and_tells_the_new_reason(database: Database):
    """Brought twice, it waits once; why it waits is told anew."""
    store = Office(database).store
    store.add_arrival(TENANT, an_arrival())
    again = store.add_arrival(TENANT, an_arrival("a2", why="the EHR could not be asked who it is"))

    assert ("a1", "the EHR could not be asked who it is") == (again.id, again.why)
    assert 1 == len(store.arrivals(TENANT))


def test_what_was_settled_is_forgotten_and_may_wait_again(database: Database):
    """Its words are gone; brought again it waits again under the same id."""
    office = Office(database)
    office.store.add_arrival(TENANT, an_arrival())
    office.store.settle_arrival(TENANT, "told:1", state="settled", case_id="c1")
    with pytest.raises(NoSuchArrival):
        office.store.arrival(TENANT, "a1")
    assert [None] == [row[-1] for row in office.rows("arrivals")]

    assert "a1" == office.store.add_arrival(TENANT, an_arrival("a3")).id


def test_what_a_person_completed_is_kept_while_it_waits(database: Database):
    """And no longer: what was settled meanwhile is not touched again."""
    store = Office(database).store
    store.add_arrival(TENANT, an_arrival())
    whole = replace(an_arrival().told, patient=ToldPatient("Somebody Else"))
    store.complete_arrival(TENANT, "a1", whole)
    assert whole == store.arrival(TENANT, "a1").told
    with pytest.raises(NoSuchArrival):
        store.complete_arrival("elsewhere", "a1", whole)

    store.settle_arrival(TENANT, "told:1", state="settled", case_id="c1")
    with pytest.raises(NoSuchArrival):
        store.complete_arrival(TENANT, "a1", whole)


def test_what_nobody_settled_is_forgotten_by_its_day(database: Database):
    """Only what came before, only what waits, only of this tenant; an interface that sends it again changes nothing."""
    office = Office(database)
    store = office.store
    late = replace(an_arrival("a2"), name="told:2", at=MONDAY + timedelta(days=1))
    for each in (an_arrival(), late, replace(an_arrival("a3"), name="told:3")):
        store.add_arrival(TENANT, each)
    store.settle_arrival(TENANT, "told:3", state="settled", case_id="c1")
    assert () == store.drop_arrivals("elsewhere", before=late.at)
    assert ("a1",) == store.drop_arrivals(TENANT, before=late.at)
    assert () == store.drop_arrivals(TENANT, before=late.at)

    assert ["a2"] == [each.id for each in store.arrivals(TENANT)]
    store.add_arrival(TENANT, an_arrival(), again=False)
    assert ["a2"] == [each.id for each in store.arrivals(TENANT)]


def test_eight_ways_at_one_moment_open_one_case(database: Database):
    """Each brings it under another name with the same number, none has seen another: one case, eight tellings."""
    office = Office(database)
    meet = Barrier(AT_ONCE, timeout=30)

    def bring(number: int) -> str:
        found = an_answer(reference_number="REF-77123", request=None)
        found = replace(found, denial=replace(found.denial, reference=f"told:{number}"))
        meet.wait()
        for _ in range(AT_ONCE):  # whose case moved under it is told so and tries again
            with suppress(CaseMoved):
                return receive(office.ports(), found, way=Way.LETTER, now=office.now).case.id
        raise AssertionError("never came through")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        brought = set(pool.map(bring, range(AT_ONCE)))

    (case,) = office.store.cases_of_patient(TENANT, "Patient/p1")
    assert {case.id} == brought
    assert AT_ONCE == len(case.tellings)
