"""
Two people at one case, or at one time, in the same moment: what comes of it is what one of them did, never both.

Each race is run on both databases, and again with what decides it taken out: there it must come out wrong, or the race
proves nothing.
"""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.core.case import Case
from app.core.interval import Interval
from app.edges.store import Database
from app.edges.store import cases as cases_module
from app.edges.store import saving as saving_module
from app.errors import Refused
from app.flow import book
from app.flow.book import Wanted
from app.wire import RandomIds
from tests.builders import CLINICIAN, MONDAY
from tests.databases import database, database_url
from tests.fakes.office import Office, an_answer, detected, keep_window

__all__ = ["database", "database_url"]
ROUNDS = 200 if os.environ.get("PARLEY_NIGHTLY") == "1" else 15
pytestmark = [pytest.mark.timeout(1800 if ROUNDS > 100 else 120)]
LENGTH = timedelta(minutes=20)
EARLY, LATE = MONDAY + timedelta(hours=2), MONDAY + timedelta(hours=3)
EXPIRES = MONDAY + timedelta(hours=1)


@pytest.fixture
def office(database: Database) -> Office:
    """An office on either database, with two cases of one clinician, both offered the same hours."""
    return Office(database, ids=RandomIds())


def a_case(office: Office, name: str) -> Case:
    """Return an offered case."""
    return keep_window(office, detected(office, an_answer(f"cr-{name}", patient=f"p-{name}")))


def both(*acts: Callable[[], object]) -> list[bool]:
    """Do all at the same moment; return which of them was not refused."""
    gun = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> bool:
        gun.wait()
        try:
            act()
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def at(start) -> Wanted:
    """Return a wanted time."""
    return Wanted(start, start + LENGTH)


def cancel(office: Office, case: Case) -> None:
    """Give back what a case has booked."""
    now = office.case(case.id)
    if now.booking is not None and now.booking.is_live:
        book.cancel(office.ports(), case.id, reason="next", why="a test", seen=now.version, now=MONDAY)


def confirm_against_expiry(office: Office) -> Iterator[list[bool]]:
    """Confirm a hold a second before it expires, while another case books its time in the second in which it does."""
    mine, yours = a_case(office, "mine"), a_case(office, "yours")
    for _ in range(ROUNDS):
        seen = [office.case(each.id).version for each in (mine, yours)]
        how = {"until": EXPIRES, "waits_on": "payer", "seen": seen[0], "now": MONDAY}
        held = book.hold(office.ports(), mine.id, [at(EARLY)], **how)
        hold_id, before = held.holds[0].id, EXPIRES - timedelta(seconds=1)
        told = {"accept_unverified": False, "seen": held.version, "now": before}
        yield both(
            lambda hold_id=hold_id, told=told: book.pick(office.ports(), mine.id, hold_id, **told),
            lambda seen=seen: book.book(office.ports(), yours.id, at(EARLY), seen=seen[1], now=EXPIRES),
        )
        for each in (mine, yours):
            cancel(office, each)
            now = office.case(each.id)
            if now.holds:
                book.release(office.ports(), each.id, hold_id=None, seen=now.version, now=MONDAY)


def test_a_hold_that_expires_while_it_is_confirmed_is_one_persons(office: Office):
    """Whoever saves first has the time; the other is refused."""
    for won in confirm_against_expiry(office):
        assert [False, True] == sorted(won)


def test_without_the_claims_both_would_have_the_expiring_time(office: Office, monkeypatch: pytest.MonkeyPatch):
    """The control."""
    monkeypatch.setattr(saving_module, "claim_time", lambda connection, case, now: None)
    assert any(all(won) for won in confirm_against_expiry(office))


def move_against_cancel(office: Office, check: Callable[[Case, list[bool]], None]) -> list[list[bool]]:
    """Move a booked call and cancel it at the same moment, from the same page; `check` is asked of each round."""
    case, results = a_case(office, "mine"), []
    for _ in range(ROUNDS):
        booked = book.book(office.ports(), case.id, at(EARLY), seen=office.case(case.id).version, now=MONDAY)
        told = {"seen": booked.version, "now": MONDAY}
        won = both(
            lambda told=told: book.move(office.ports(), case.id, at(LATE), **told),
            lambda told=told: book.cancel(office.ports(), case.id, reason="no more", why="a test", **told),
        )
        check(office.case(case.id), won)
        results.append(won)
        cancel(office, case)
    return results


def test_of_a_move_and_a_cancellation_one_stands(office: Office):
    """The case, and the time that the clinician has taken, are those of who won; the other is told it has moved."""

    def check(case: Case, won: list[bool]) -> None:
        moved, cancelled = won
        assert moved is not cancelled and case.booking.is_live is moved
        span = Interval(EARLY, LATE + LENGTH)
        taken = office.store.promised(case.tenant, clinician=CLINICIAN.reference, span=span, but_case="", now=MONDAY)
        assert ((case.booking.interval,) if moved else ()) == taken.busy
        assert not moved or LATE == case.booking.interval.start

    move_against_cancel(office, check)


def test_without_the_version_both_would_be_done(office: Office, monkeypatch: pytest.MonkeyPatch):
    """The control: with the version taken out of the save, a cancelled call is moved, or a moved one cancelled."""
    real = cases_module.update_case

    def whatever_was_seen(connection, case, *, seen):
        table = cases_module.cases
        mine = (table.c.tenant == case.tenant) & (table.c.id == case.id)
        real(connection, case, seen=connection.scalar(table.select().with_only_columns(table.c.version).where(mine)))

    monkeypatch.setattr(cases_module, "update_case", whatever_was_seen)
    assert any(all(won) for won in move_against_cancel(office, lambda case, won: None))
