"""Holds own their minutes until they expire: against bookings, against one another, and under races."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.core.book import SlotTaken
from app.core.case import Case, CaseState, Hold
from app.core.interval import Interval
from app.edges.store import SqlStore
from app.edges.store.database import Database
from tests.edges.store.builders import NOW, SURGEON, TENANT, a_case, at, booked
from tests.edges.store.test_races import PEOPLE, ROUNDS, race

SLOT = "https://payer.example/fhir/Slot/1"
EXPIRES = NOW + timedelta(minutes=30)


@pytest.fixture
def store(database: Database) -> SqlStore:
    """An empty store."""
    return SqlStore(database)


def held(case: Case, start: datetime, end: datetime, *, until: datetime = EXPIRES, slot: str | None = None) -> Case:
    """Return the case with one more time held."""
    made = Hold(f"h-{case.id}-{start:%H%M}", Interval(start, end), SURGEON, "w", slot, until, "payer", NOW, "me")
    return replace(case, state=CaseState.HELD, holds=(*case.holds, made))


def new(store: SqlStore, name: str) -> Case:
    """Save a fresh case."""
    return store.save(a_case(name), seen=None, now=NOW)


def test_nobody_books_what_another_case_holds_until_it_expires(store: SqlStore):
    """A minute before, the time is the holder's; at the moment it expires it is anybody's, tidied away or not."""
    store.save(held(new(store, "mine"), at(18), at(18, 20), slot=SLOT), seen=1, now=NOW)
    rival = new(store, "rival")
    for wanted in (booked(rival, at(18, 10), at(18, 30)), booked(rival, at(20), at(20, 20), payer_slot=SLOT)):
        with pytest.raises(SlotTaken):
            store.save(wanted, seen=1, now=EXPIRES - timedelta(seconds=1))
    later = booked(rival, at(18, 10), at(18, 30), payer_slot=SLOT)

    assert 2 == store.save(later, seen=1, now=EXPIRES).version


def test_the_holder_books_its_own_time(store: SqlStore):
    """Overlapping times of one case do not stand in each other's way, and the pick gives the rest back."""
    one = held(new(store, "mine"), at(18), at(18, 20))
    both = store.save(held(one, at(18, 10), at(18, 30)), seen=1, now=NOW)
    store.save(replace(booked(both, at(18, 10), at(18, 30)), holds=()), seen=2, now=NOW)

    ask = {"clinician": SURGEON.reference, "span": Interval(at(17), at(20)), "but_case": "other", "now": NOW}
    assert (Interval(at(18, 10), at(18, 30)),) == store.promised(TENANT, **ask).busy


def test_what_others_hold_is_told_until_it_expires(store: SqlStore):
    """Proposals leave out what colleagues hold, and offer it again afterwards."""
    store.save(held(new(store, "mine"), at(18), at(18, 20), slot=SLOT), seen=1, now=NOW)
    ask = {"clinician": SURGEON.reference, "span": Interval(at(17), at(20)), "but_case": "other"}

    assert (Interval(at(18), at(18, 20)),) == store.promised(TENANT, now=NOW, **ask).busy
    assert {SLOT} == store.promised(TENANT, now=NOW, **ask).slots
    after = store.promised(TENANT, now=EXPIRES, **ask)
    assert ((), frozenset()) == (after.busy, after.slots)


def test_twenty_who_hold_one_time_have_one_winner(store: SqlStore):
    """Holds race as bookings do."""
    for turn in range(ROUNDS):
        waiting = [new(store, f"c{turn}-{n}") for n in range(PEOPLE)]
        start = at(18 + turn)

        def hold(n: int, waiting=waiting, start=start) -> None:
            store.save(held(waiting[n], start, start + timedelta(minutes=20)), seen=1, now=NOW)

        assert Counter(won=1, SlotTaken=PEOPLE - 1) == race(PEOPLE, hold)


def test_an_expired_hold_is_taken_over_by_one_of_many(store: SqlStore):
    """Expiry against confirmation: twenty find the hold expired at one moment, and its holder wants it too."""
    mine = store.save(held(new(store, "mine"), at(18), at(18, 20), slot=SLOT), seen=1, now=NOW)
    waiting = [new(store, f"c{n}") for n in range(PEOPLE - 1)]

    def book(n: int) -> None:
        case, seen = (mine, 2) if n == PEOPLE - 1 else (waiting[n], 1)
        wanted = replace(booked(case, at(18), at(18, 20), payer_slot=SLOT), holds=())
        store.save(wanted, seen=seen, now=EXPIRES)

    assert Counter(won=1, SlotTaken=PEOPLE - 1) == race(PEOPLE, book)
