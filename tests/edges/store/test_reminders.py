"""What was chosen, found by its person; calls ahead, found by when they begin; a reminder asked for once for ever."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core.interval import Interval
from app.core.people import Role, User
from app.core.reminders import Choice, reminders_of
from app.edges.store import SqlStore
from app.edges.store.database import Database
from app.edges.store.reminders import SqlReminders
from app.flow.ports import ChoiceMoved
from tests.edges.store.builders import NOW, SURGEON, TENANT, a_case, at, booked
from tests.edges.store.test_races import PEOPLE, race

CHOICE = Choice(SURGEON.reference, SURGEON.name, ("mail",), "dr@hospital.example", leads=(30,))
OFFICE = User(f"{TENANT}|desk", "Test Desk", Role.COORDINATOR)


def a_call(database: Database, id: str = "case-1", hour: int = 16):
    """Return a saved case with its call."""
    store = SqlStore(database)
    saved = store.save(a_case(id), seen=None, now=NOW)
    return store.save(booked(saved, at(hour), at(hour, 30)), seen=saved.version, now=NOW)


def due(case, **changes):
    """Return the reminder of a call that begins in a quarter of an hour."""
    return reminders_of(
        case, replace(CHOICE, **changes), payer_zone="UTC", now=case.booking.interval.start - timedelta(minutes=15)
    )


def asked(database: Database) -> int:
    """Return how many reminders stand in the outbox."""
    with database.reading() as connection:
        return connection.scalar(text("select count(*) from effects where kind = 'TellClinician'"))


def test_a_choice_is_kept_by_tenant_and_person(database: Database):
    """Another hospital's clinician of the same id is somebody else; the first to save a version has it."""
    kept = SqlReminders(database)
    first = kept.choose(TENANT, CHOICE, by=OFFICE, at=NOW)
    second = kept.choose(TENANT, replace(first, leads=(15,)), by=OFFICE, at=NOW)
    for stale in (CHOICE, first):
        with pytest.raises(ChoiceMoved):
            kept.choose(TENANT, stale, by=OFFICE, at=NOW)

    assert (1, 2) == (first.version, second.version)
    assert second == kept.choice(TENANT, SURGEON.reference) and (second,) == kept.choices(TENANT)
    assert kept.choice("other", SURGEON.reference) is None and () == kept.choices("other")


def test_calls_ahead_are_those_of_the_span_that_are_live(database: Database):
    """A cancelled call, one that begins later, one that has begun, another hospital's: none of them."""
    kept, store = SqlReminders(database), SqlStore(database)
    soon, later = a_call(database, "soon", 16), a_call(database, "later", 20)
    gone = a_call(database, "gone", 17)
    store.save(replace(gone, booking=replace(gone.booking, state="cancelled")), seen=gone.version, now=NOW)

    assert [soon.id] == [each.id for each in kept.ahead(TENANT, Interval(at(15), at(18)))]
    assert {soon.id, later.id} == {each.id for each in kept.ahead(TENANT, Interval(at(15), at(20)))}
    assert () == kept.ahead("other", Interval(at(15), at(20))) == kept.ahead(TENANT, Interval(at(16), at(18)))


def test_a_reminder_is_asked_for_in_the_name_of_who_booked(database: Database):
    """Their next session may take an EHR message over."""
    case, kept = a_call(database), SqlReminders(database)
    with database.writing() as connection:
        connection.execute(
            text(
                "insert into effects (tenant, case_id, key, kind, target, document, patient, session_id, user_key,"
                " state, is_active, attempts, fence, due_at, looks, created_at, updated_at) select tenant, id, 'k',"
                " 'WriteAppointment', :target, '{}', 'p', 's1', 'demo|booker', 'confirmed', :no, 0, 0, updated_at, 0,"
                " updated_at, updated_at from cases"
            ),
            {"target": case.booking.id, "no": False},
        )
    assert 1 == kept.queue(case, due(case), now=NOW)
    with database.reading() as connection:
        found = connection.execute(text("select session_id, user_key from effects where kind = 'TellClinician'")).one()

    assert ("s1", "demo|booker") == tuple(found)
    assert {due(case)[0].key} == kept.told(TENANT, [case.id])
    assert {case.id: "demo|booker"} == kept.bookers(TENANT, [case.id])


def test_nothing_is_asked_for_of_a_case_that_moved_since_it_was_read(database: Database):
    """The next look sees it as it is."""
    case, kept = a_call(database), SqlReminders(database)
    SqlStore(database).save(case, seen=case.version, now=NOW)

    assert (0, 0) == (kept.queue(case, due(case), now=NOW), asked(database))


def test_workers_that_look_at_the_same_moment_ask_once(database: Database):
    """Each looked before any had asked: the key is the schema's to guard."""
    case, kept = a_call(database), SqlReminders(database)

    assert Counter(won=PEOPLE) == race(PEOPLE, lambda _: kept.queue(case, due(case), now=NOW))
    assert 1 == asked(database)


def test_without_one_key_for_all_the_same_race_asks_many_times(database: Database):
    """The control: where every worker's reminder has a key of its own, each of them stands in the outbox."""
    case, kept = a_call(database), SqlReminders(database)

    def ask(n: int) -> None:
        kept.queue(case, [replace(each, key=f"{each.key}/{n}") for each in due(case)], now=NOW)

    race(PEOPLE, ask)
    assert PEOPLE == asked(database)
