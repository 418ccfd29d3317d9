"""
What the worker makes of each way in which a write can go.

The outbox is the real one, on SQLite; the EHR is a fake with a memory, which stores what it is sent and can lose its
answers, lag behind with its search, or refuse.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.core.effects import AskPayer, SignInNeeded, TellClinician, TellPayer, WriteAppointment, WriteUnknown
from app.edges.store import SqlOutbox, SqlStore, open_database
from app.edges.store.outbox import doubt_all
from app.errors import Permanent, Temporary
from app.flow.outbox import MAX_TRIES, decide_next, drain
from app.flow.ports import DueEffect, Written
from tests.edges.store.builders import NOW, TENANT, a_case, an_appointment, an_effect, at, booked

KEY = "demo/case-1/appointment/booking-case-1"


@dataclass
class Clock:
    """A clock that a test pushes."""

    time: datetime = NOW

    def __call__(self) -> datetime:
        return self.time

    def push(self, **how: float) -> None:
        """Let time pass."""
        self.time += timedelta(**how)


@dataclass
class FakeEhr:
    """Keeps what it was sent; `faults` are raised one per try, before ("…") or after (WriteUnknown) it is kept."""

    clock: Clock
    kept: list[str] = field(default_factory=list)
    kept_at: dict[str, datetime] = field(default_factory=dict)
    faults: list[Exception | None] = field(default_factory=list)
    tries: list[tuple[bool, bool]] = field(default_factory=list)
    wrote: list[dict] = field(default_factory=list)
    lag: timedelta = timedelta(0)
    searchable: bool = True

    def for_effect(self, tenant: str, session_id: str | None, *, now: datetime) -> "FakeEhr":
        """Give access; a SignInNeeded at the front of the faults is raised here, where a token is looked for."""
        if self.faults and isinstance(self.faults[0], SignInNeeded):
            raise self.faults.pop(0)
        return self

    def perform(self, effect, *, seen: bool, wrote=None, may_send: bool = True) -> Written:
        """Look first where an earlier try may have arrived, send where that is allowed."""
        self.tries.append((seen, may_send))
        self.wrote.append(dict(wrote or {}))
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None and not isinstance(fault, WriteUnknown):
            raise fault
        if seen and self._finds(effect.key):
            return Written(f"Thing/{effect.key}", how="found")
        if not may_send or (seen and not self.searchable):
            raise WriteUnknown
        self.kept.append(effect.key)
        self.kept_at.setdefault(effect.key, self.clock())
        if fault is not None:
            raise fault
        return Written(f"Thing/{effect.key}", how="created")

    def _finds(self, key: str) -> bool:
        return self.searchable and key in self.kept and self.clock() - self.kept_at[key] >= self.lag


@dataclass
class Desk:
    """Store, outbox, EHR and clock of one test."""

    store: SqlStore
    outbox: SqlOutbox
    ehr: FakeEhr
    clock: Clock

    def run(self, jitter: Callable[[], float] = lambda: 0.5) -> int:
        """Drain once."""
        return drain(self.outbox, self.ehr, self.ehr, now=self.clock, jitter=jitter)

    def run_until_quiet(self, hours: float = 3) -> None:
        """Drain at every moment something is due, for so many hours of the clock."""
        end = self.clock() + timedelta(hours=hours)
        while (due := self.outbox.earliest_due()) is not None and due <= end:
            self.clock.time = max(self.clock(), due)
            self.run()

    def state(self, key: str = KEY):
        """Return where an effect stands."""
        return next(each for each in self.store.effects_of(TENANT, "case-1") if each.key == key)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """One case whose booking waits to be written."""
    database = open_database(f"sqlite:///{tmp_path / 'outbox.db'}")
    database.upgrade()
    store, clock = SqlStore(database), Clock()
    case = booked(a_case(), at(16), at(16, 20))
    store.save(case, effects=[an_appointment(case)], seen=None, now=NOW)
    yield Desk(store, SqlOutbox(database), FakeEhr(clock), clock)
    database.close()


def test_a_write_is_performed_once_and_confirmed(desk: Desk):
    """The plain way."""
    assert (1, 0) == (desk.run(), desk.run())

    assert ("confirmed", f"Thing/{KEY}") == (desk.state().state, desk.state().reference)
    assert ([KEY], [(False, True)]) == (desk.ehr.kept, desk.ehr.tries)


def test_a_lost_answer_is_looked_up_and_not_sent_again(desk: Desk):
    """The EHR took it, the answer was lost: unknown is said, then it is found (reliability A13)."""
    desk.ehr.faults = [WriteUnknown()]
    desk.run()
    assert "unknown" == desk.state().state
    assert desk.state().say

    desk.clock.push(seconds=5)
    desk.run()
    assert ("confirmed", [KEY], (True, False)) == (desk.state().state, desk.ehr.kept, desk.ehr.tries[-1])


@pytest.mark.parametrize("lag", [4, 20, 60, 119])
def test_a_search_that_lags_does_not_cause_a_second_write(desk: Desk, lag: int):
    """Looks are repeated for two minutes before anything is sent again (reliability A20)."""
    desk.ehr.faults, desk.ehr.lag = [WriteUnknown()], timedelta(seconds=lag)
    desk.run_until_quiet()

    assert ("confirmed", [KEY]) == (desk.state().state, desk.ehr.kept)


def test_what_three_looks_do_not_find_is_sent(desk: Desk):
    """The request never arrived; after two minutes and two looks in vain the third may send."""
    desk.ehr.faults = [WriteUnknown()]
    desk.run()
    desk.ehr.kept.clear()
    desk.run_until_quiet()

    assert [(False, True), (True, False), (True, False), (True, True)] == desk.ehr.tries
    assert ("confirmed", [KEY]) == (desk.state().state, desk.ehr.kept)
    assert timedelta(minutes=2) <= desk.clock() - NOW < timedelta(minutes=3)


def test_what_cannot_be_looked_up_stays_unknown_and_is_never_sent_again(desk: Desk):
    """Rung five of the ladder: for a day it is shown, with what a person can do, and looked at rarely; then it is
    theirs, as what follows on the same target would wait for ever."""
    desk.ehr.faults, desk.ehr.searchable = [WriteUnknown()], False
    desk.run_until_quiet(hours=24)

    assert ("unknown", [KEY]) == (desk.state().state, desk.ehr.kept)
    assert "still not known" in desk.state().say
    assert 10 < len(desk.ehr.tries) < 60

    desk.run_until_quiet(hours=3)
    assert ("dead", [KEY]) == (desk.state().state, desk.ehr.kept)
    assert "Look in the EHR" in desk.state().say


def test_an_ehr_that_is_away_is_tried_ever_later(desk: Desk):
    """An hour's outage costs few requests, and no doubt: the first answer confirms."""
    desk.ehr.faults = [Temporary("Away.") for _ in range(12)]
    desk.run()
    assert ("queued", True) == (desk.state().state, "Away." in desk.state().say)
    pauses = []
    while desk.state().state == "queued":
        pauses.append(desk.state().due_at - desk.clock())
        desk.clock.time = desk.state().due_at
        desk.run()

    assert pauses == sorted(pauses)
    assert timedelta(minutes=2.5) == pauses[-1]  # half of five minutes: the jitter of this test
    assert ("confirmed", [KEY], {True}) == (
        desk.state().state,
        desk.ehr.kept,
        {may_send for _, may_send in desk.ehr.tries},
    )


@pytest.mark.parametrize(("asked", "waited"), [(90, 90), (7200, 7200), (9_999_999, 86_400), (-5, 2)])
def test_the_pause_that_the_ehr_asks_for_is_kept_up_to_a_day(desk: Desk, asked: float, waited: float):
    """Retry-After is honoured, and capped (reliability A1)."""
    desk.ehr.faults = [Temporary("Busy.", retry_after_seconds=asked)]
    desk.run()

    assert timedelta(seconds=waited) == desk.state().due_at - NOW


def test_jitter_spreads_the_retries(desk: Desk):
    """Full jitter: from almost at once to the whole pause."""
    due = DueEffect("1", TENANT, "case-1", None, an_effect(), 6, True, 1, NOW)
    pauses = [
        (decide_next(Temporary(), due, sent=True, now=NOW, jitter=lambda j=j: j).due_at - NOW).total_seconds()
        for j in (0.0, 0.25, 0.999)
    ]

    assert [0.5, 32.0, pytest.approx(127.9, abs=0.1)] == pauses


def test_too_many_tries_make_it_a_persons_task(desk: Desk):
    """After a day it is given up, with a sentence that says what to do, and never tried again."""
    desk.ehr.faults = [Temporary("Away.") for _ in range(1_000)]
    desk.run_until_quiet(hours=20)
    assert "queued" == desk.state().state
    desk.run_until_quiet(hours=28)

    assert ("dead", []) == (desk.state().state, desk.ehr.kept)
    assert "yourself" in desk.state().say
    assert MAX_TRIES < len(desk.ehr.tries) < 1_000


def test_a_refusal_is_shown_and_not_repeated(desk: Desk):
    """Permanent is an answer: the EHR's sentence and the next step stand with the write."""
    desk.ehr.faults = [Permanent("This EHR takes no appointments.", next="Copy the text by hand.")]
    desk.run_until_quiet()

    assert ("rejected", "This EHR takes no appointments. Copy the text by hand.") == (
        desk.state().state,
        desk.state().say,
    )
    assert 1 == len(desk.ehr.tries)


def test_a_refused_look_does_not_settle_a_doubtful_write(desk: Desk):
    """The search is forbidden; whether the write arrived is as unknown as before."""
    desk.ehr.faults = [WriteUnknown(), Permanent("Search is not allowed.")]
    desk.run()
    desk.clock.push(seconds=5)
    desk.run()

    assert "unknown" == desk.state().state


def test_without_a_token_it_waits_for_the_person(desk: Desk):
    """The session ended: nothing is sent, the sentence says to sign in, and no try is used up."""
    desk.ehr.faults = [SignInNeeded(), SignInNeeded()]
    desk.run()
    assert ("waiting", 0, []) == (desk.state().state, desk.state().attempts, desk.ehr.tries)
    assert "Open Parley again" in desk.state().say

    desk.run_until_quiet()
    assert ("confirmed", [KEY]) == (desk.state().state, desk.ehr.kept)


def test_our_own_fault_is_contained_and_counted_as_doubt(desk: Desk):
    """A bug in one writer is neither repeated blindly nor in the way of the next write."""
    case = desk.store.case(TENANT, "case-1")
    desk.store.save(case, effects=[an_effect("other", target="other")], seen=1, now=NOW)
    desk.ehr.faults = [ZeroDivisionError("secret")]
    desk.run()

    assert ("unknown", "confirmed") == (desk.state().state, desk.state("other").state)
    assert "secret" not in desk.state().say


def test_a_change_waits_for_the_write_it_changes_and_knows_where_it_stands(desk: Desk):
    """Effects of one booking go in order; the second is told what the first wrote."""
    case = desk.store.case(TENANT, "case-1")
    second = replace(an_appointment(case), key="second")
    desk.store.save(case, effects=[second], seen=1, now=NOW)
    desk.ehr.faults = [Temporary("Away.")]
    desk.run()
    assert 1 == len(desk.ehr.tries)

    desk.run_until_quiet()
    assert ([KEY, "second"], {KEY: f"Thing/{KEY}"}) == (desk.ehr.kept, desk.ehr.wrote[-1])


def test_the_payer_is_told_at_its_own_desk(desk: Desk):
    """TellPayer needs no token of the EHR."""
    asked = []

    class NoEhr:
        def for_effect(self, tenant, session_id, *, now):
            asked.append(tenant)
            raise SignInNeeded

    case = desk.store.case(TENANT, "case-1")
    desk.store.save(case, effects=[an_effect("tell", target="payer")], seen=1, now=NOW)
    drain(desk.outbox, NoEhr(), desk.ehr, now=desk.clock, jitter=lambda: 0.5)

    assert [TENANT] == asked
    assert ("confirmed", "waiting") == (desk.state("tell").state, desk.state().state)
    assert {TellPayer, WriteAppointment} == {type(an_effect()), type(an_appointment(case))}


@pytest.mark.parametrize("fault", [WriteUnknown(), RuntimeError()])
def test_a_message_whose_answer_was_lost_is_never_sent_again(desk: Desk, fault: Exception):
    """It cannot be looked for, and two letters to a payer are worse than a person's look: it becomes theirs."""
    ask = AskPayer("ask", "ask", "P-1", "", "message", "p2p@payer.example", "Subject", "Text")
    desk.ehr.searchable = False
    desk.store.save(desk.store.case(TENANT, "case-1"), effects=[ask], seen=1, now=NOW)
    desk.ehr.faults = [None, fault]
    desk.run_until_quiet(hours=48)

    assert "dead" == desk.state("ask").state
    assert "not known" in desk.state("ask").say
    assert 2 == len(desk.ehr.tries)


def test_a_fax_whose_answer_was_lost_is_looked_up_and_not_sent_again(desk: Desk):
    """A fax service can be asked by our reference, as mail cannot."""
    fax = AskPayer("ask", "ask", "P-1", "", "fax", "+15125550134", "Subject", "Text", traceable=True)
    desk.store.save(desk.store.case(TENANT, "case-1"), effects=[fax], seen=1, now=NOW)
    desk.ehr.faults = [None, WriteUnknown()]
    desk.run()
    assert "unknown" == desk.state("ask").state
    desk.run_until_quiet(hours=1)

    assert ("confirmed", 1) == (desk.state("ask").state, desk.ehr.kept.count("ask"))


@dataclass
class Standing:
    """The port that tells whether a notice is still so: it tells the case as it is now."""

    case: object

    def standing(self, tenant, case_id):
        return self.case


@pytest.mark.parametrize("arrived", [True, False])
def test_a_notice_in_doubt_whose_call_moved_is_looked_for_and_not_sent(desk: Desk, arrived: bool):
    """The answer was lost, then the call moved: what may have been told is found out, and never called "not sent"."""
    case = desk.store.case(TENANT, "case-1")
    notice = TellClinician(
        key="notice",
        target="notice",
        case_number="P-1",
        way="ehr",
        to="Practitioner/surgeon",
        what="booked",
        booking_id=case.booking.id,
        revision=0,
        interval=case.booking.interval,
        subject="Booked",
        text="Booked.",
        until=case.booking.interval.start,
    )
    desk.store.save(case, effects=[notice], seen=1, now=NOW)
    desk.ehr.faults = [None, WriteUnknown()]
    drain(desk.outbox, desk.ehr, desk.ehr, None, Standing(case), now=desk.clock, jitter=lambda: 0.5)
    assert "unknown" == desk.state("notice").state
    if not arrived:
        desk.ehr.kept.remove("notice")
    moved = replace(case, booking=replace(case.booking, revision=1))
    for _ in range(4):
        desk.clock.push(minutes=2)
        drain(desk.outbox, desk.ehr, desk.ehr, None, Standing(moved), now=desk.clock, jitter=lambda: 0.5)

    assert ("confirmed" if arrived else "dead") == desk.state("notice").state
    assert arrived or "earlier try" in desk.state("notice").say
    assert arrived == ("notice" in desk.ehr.kept)


def test_a_message_that_was_refused_for_now_is_sent_later(desk: Desk):
    """A mail server that says "not now" has taken nothing."""
    ask = AskPayer("ask", "ask", "P-1", "", "message", "p2p@payer.example", "Subject", "Text")
    desk.store.save(desk.store.case(TENANT, "case-1"), effects=[ask], seen=1, now=NOW)
    desk.ehr.faults = [None, Temporary(), Temporary()]
    desk.run_until_quiet(hours=1)

    assert ("confirmed", 1) == (desk.state("ask").state, desk.ehr.kept.count("ask"))


def test_a_message_is_not_sent_again_by_the_worker_that_comes_after_a_crash(desk: Desk):
    """The process died between the send and the note of it."""
    ask = AskPayer("ask", "ask", "P-1", "", "message", "p2p@payer.example", "Subject", "Text")
    desk.store.save(desk.store.case(TENANT, "case-1"), effects=[ask], seen=1, now=NOW)
    desk.run()
    desk.ehr.kept.clear()
    with_ask = AskPayer("ask-2", "ask-2", "P-1", "", "message", "p2p@payer.example", "Subject", "Text")
    desk.store.save(desk.store.case(TENANT, "case-1"), effects=[with_ask], seen=2, now=NOW)
    begun = desk.outbox.lease(now=desk.clock(), limit=1)[0]
    desk.outbox.mark_sent(begun, now=desk.clock())
    desk.clock.push(minutes=5)
    desk.run_until_quiet(hours=1)

    assert ("dead", []) == (desk.state("ask-2").state, desk.ehr.kept)


@pytest.mark.parametrize(("searchable", "ends"), [(True, "confirmed"), (False, "dead")])
@pytest.mark.parametrize("since", [True, False], ids=["written since", "not written since"])
def test_a_backup_put_back_writes_nothing_twice(desk: Desk, tmp_path: Path, searchable: bool, ends: str, since: bool):
    """What it holds as unsent may have gone out since: looked for where that can be, else a person's (G5)."""
    with sqlite3.connect(tmp_path / "outbox.db") as before, sqlite3.connect(tmp_path / "backup.db") as backup:
        before.backup(backup)
    if since:
        desk.run_until_quiet()
    desk.ehr.searchable = searchable
    database = open_database(f"sqlite:///{tmp_path / 'backup.db'}")
    put_back = Desk(SqlStore(database), SqlOutbox(database), desk.ehr, desk.clock)

    assert 1 == doubt_all(database, now=desk.clock())
    assert "unknown" == put_back.state().state
    put_back.run_until_quiet(hours=48)

    assert ends == put_back.state().state
    assert desk.ehr.kept == ([KEY] if since or searchable else [])
    database.close()


def test_a_backup_put_back_leaves_what_has_ended(desk: Desk):
    """What was written is written."""
    desk.run()
    assert 0 == doubt_all(desk.store._database, now=desk.clock())


def test_a_worker_that_slept_leaves_the_write_to_the_one_that_took_over(desk: Desk):
    """Its answer comes after its lease: it changes nothing and raises nothing."""
    slow = desk.ehr.perform

    def sleep_through(effect, **how):
        desk.clock.push(seconds=90)
        (taken,) = desk.outbox.lease(now=desk.clock(), limit=1)
        desk.outbox.confirm(taken, Written("Thing/other"), now=desk.clock())
        return slow(effect, **how)

    desk.ehr.perform = sleep_through
    desk.run()

    assert ("confirmed", "Thing/other") == (desk.state().state, desk.state().reference)


def test_a_drain_stops_when_it_is_told(desk: Desk):
    """Ctrl-C does not wait for a full outbox."""
    assert 0 == drain(desk.outbox, desk.ehr, desk.ehr, now=desk.clock, jitter=lambda: 0.5, stopped=lambda: True)

    assert "queued" == desk.state().state
