"""
An EHR that is down for an hour: not hammered, nobody else made to wait, and through in order when it is back.

The outbox is the real one on both databases; the EHR keeps what it is sent and when it was asked. `make nightly` queues
the two thousand of the promise, `make test` a tenth.
"""

import os
import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from app.core import away
from app.core.away import AT_ONCE, AWAY_AFTER, EHR, goes_to, pause_after
from app.core.effects import AskPayer, WriteUnknown
from app.edges.http import Busy, Conflict, Down
from app.edges.store import SqlOutbox, SqlStore, outbox
from app.edges.store.database import Database
from app.errors import Temporary
from app.flow.outbox import drain
from app.flow.ports import Written
from launch.worker import HANDS, run_worker, utc_now
from tests.databases import database, database_url
from tests.edges.effects import write_communication, write_document
from tests.edges.store.builders import NOW, TENANT, a_case, an_effect

__all__ = ["database", "database_url"]  # fixtures of another room
CASES = 1_000 if os.environ.get("PARLEY_NIGHTLY") == "1" else 20
HOUR = timedelta(hours=1)


@dataclass
class House:
    """Several hospitals' EHRs and payers; those that are `down` raise, until `back` where that is given."""

    now: datetime = NOW
    down: dict[str, Exception] = field(default_factory=dict)
    back: datetime | None = None
    asked: list[tuple[str, datetime]] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    hangs: threading.Event | None = None
    poison: str = ""

    def clock(self) -> datetime:
        return self.now

    def for_effect(self, tenant: str, session_id: str | None, *, now: datetime) -> "House":
        return self

    def perform(self, effect, *, seen: bool, wrote=None, may_send: bool = True) -> Written:
        tenant = effect.key.partition("/")[0]
        self.asked.append((effect.key, self.now))
        if self.hangs is not None and tenant == "hanging":
            self.hangs.wait(20)
        gone = self.down.get(tenant) or (self.down.get("poison") if effect.key == self.poison else None)
        if gone is not None and (self.back is None or self.now < self.back):
            raise gone
        if effect.key not in self.kept:
            self.kept.append(effect.key)
        return Written(f"Thing/{len(self.kept)}")


@dataclass
class Office:
    """Store, outbox and counterparts of one test."""

    database: Database
    house: House = field(default_factory=House)

    def __post_init__(self) -> None:
        self.store, self.outbox = SqlStore(self.database), SqlOutbox(self.database, at_once=AT_ONCE)

    def queue(self, count: int, tenant: str = TENANT) -> list[str]:
        """Queue a note, its next version and a message of so many cases; returns the cases' ids."""
        ids = [f"{tenant}-{n}" for n in range(count)]
        for n, case in enumerate(ids):
            root, at = f"{tenant}/{case}", NOW - timedelta(milliseconds=count - n)
            notes = [write_document(key=f"{root}/note/{v}", target=f"{case}/note") for v in (0, 1)]
            message = write_communication(key=f"{root}/message", target=f"{case}/message")
            self.store.save(a_case(case, tenant=tenant), effects=[*notes, message], seen=None, session_id="s", now=at)
        return ids

    def drain(self) -> int:
        """Drain once."""
        return drain(self.outbox, self.house, self.house, now=self.house.clock, jitter=lambda: 0.5)

    def run(self, until: datetime) -> None:
        """Drain whenever something is due, until it is so late."""
        while True:
            while self.drain():
                pass
            due = self.outbox.earliest_due()
            if due is None or due > until:
                break
            assert due > self.house.now, "due, and nobody may take it: a worker would run hot"
            self.house.now = due
        self.house.now = max(until, self.house.now)

    def states(self, case: str, tenant: str = TENANT) -> list[str]:
        """Return the states of a case's writes."""
        return [each.state for each in self.store.effects_of(tenant, case)]


@pytest.fixture
def office(database: Database) -> Office:
    """An office on each database."""
    return Office(database)


def silent() -> WriteUnknown:
    """Return the error of a send that nobody answered, as the edge raises it."""
    error = WriteUnknown()
    error.__cause__ = Down(sent=True)
    return error


@pytest.mark.parametrize("gone", [Down(), silent(), Busy(retry_after_seconds=7_200)], ids=["down", "silent", "busy"])
def test_an_ehr_that_is_down_for_an_hour_is_not_hammered_and_the_queue_drains_in_order(office: Office, gone):
    """A score of tries in the hour, for whatever waits; ten minutes after it all stands, once, each case in order."""
    cases = office.queue(CASES)
    office.house.down, office.house.back = {TENANT: gone}, NOW + HOUR
    office.run(NOW + HOUR - timedelta(seconds=1))
    assert len(office.house.asked) <= 20 and not office.house.kept
    office.run(NOW + HOUR + timedelta(minutes=10 if not isinstance(gone, Busy) else 130))

    assert {"confirmed"} == {state for case in cases for state in office.states(case)}
    assert {1} == set(Counter(office.house.kept).values()) and 3 * CASES == len(office.house.kept)
    place = {key: n for n, key in enumerate(office.house.kept)}
    assert all(place[f"{TENANT}/{each}/note/0"] < place[f"{TENANT}/{each}/note/1"] for each in cases)
    untried = [key for key in office.house.kept if [each for each, _ in office.house.asked].count(key) == 1]
    first_notes = [key for key in untried if key.endswith("/note/0")]
    assert first_notes == sorted(first_notes, key=lambda key: int(key.split("/")[1].rpartition("-")[2]))


def test_without_it_the_ehr_is_hammered(office: Office, monkeypatch):
    """Control: each write tries by itself."""
    monkeypatch.setattr(outbox, "note_miss", lambda *_, **__: None)
    office.queue(20)
    office.house.down = {TENANT: Down()}
    office.run(NOW + timedelta(minutes=10))

    assert len(office.house.asked) > 100


def test_who_waits_is_told_since_when_and_until_when(office: Office):
    """Writes that were never tried say why they wait; once it is back they say nothing of it."""
    cases = office.queue(10)
    office.house.down, office.house.back = {TENANT: Down()}, NOW + timedelta(minutes=5)
    office.drain()
    waiting = office.store.effects_of(TENANT, cases[-1])
    assert [(0, NOW, NOW + timedelta(seconds=30))] * 3 == [
        (each.attempts, each.away_since, each.asked_at) for each in waiting
    ]
    office.run(NOW + HOUR)

    assert {None} == {each.away_since for each in office.store.effects_of(TENANT, cases[-1])}


def test_what_is_for_others_goes_on(office: Office):
    """Another hospital, and this one's payer, are written at once while the EHR is away."""
    office.queue(10)
    office.house.down = {TENANT: Down()}
    office.drain()
    others = office.queue(2, "other")
    payers = an_effect("payer/slot/1", target="slot")
    office.store.save(a_case("booked"), effects=[payers], seen=None, now=office.house.now)
    office.drain()

    assert {"confirmed"} == {state for case in others for state in office.states(case, "other")}
    assert ["confirmed"] == office.states("booked")


def test_one_write_that_always_fails_holds_up_nobody(office: Office):
    """A server that breaks at this one note is not away."""
    poisoned, *cases = office.queue(3)
    office.house.down, office.house.poison = {"poison": Down()}, f"{TENANT}/{poisoned}/note/0"
    office.run(NOW + HOUR)
    assert {"confirmed"} == {state for case in cases for state in office.states(case)}
    later = write_communication(key=f"{TENANT}/{poisoned}/later", target="later")
    case = office.store.case(TENANT, poisoned)
    office.store.save(case, effects=[later], seen=case.version, session_id="s", now=office.house.now)
    office.drain()

    assert "confirmed" == office.states(poisoned)[-1]


@pytest.mark.parametrize("answer", [Conflict(), Temporary()])
def test_an_answer_that_is_a_refusal_is_an_answer(office: Office, answer):
    """Ten conflicts in a row: the EHR is there."""
    office.queue(10)
    office.house.down = {TENANT: answer}
    office.drain()

    assert {None} == {each.away_since for each in office.store.effects_of(TENANT, f"{TENANT}-9")}


def test_a_worker_that_dies_asking_leaves_the_asking_to_the_next(office: Office):
    """Its lease ends, and with it its turn."""
    office.queue(10)
    office.house.down = {TENANT: Down()}
    office.drain()
    asks_at = office.store.effects_of(TENANT, f"{TENANT}-9")[0].asked_at
    assert 1 == len(office.outbox.lease(now=asks_at, limit=9))
    assert () == office.outbox.lease(now=asks_at + timedelta(seconds=59), limit=9)
    assert asks_at + timedelta(seconds=60) == office.outbox.earliest_due()

    assert 1 == len(office.outbox.lease(now=asks_at + timedelta(seconds=60), limit=9))


@pytest.mark.parametrize("at_once, starved", [(AT_ONCE, False), (None, True)], ids=["capped", "control"])
def test_an_ehr_that_hangs_does_not_keep_every_hand(office: Office, at_once, starved):
    """Twelve writes to an EHR that hangs, then one of another hospital: a hand is left for it."""
    office.queue(12, "hanging")
    office.house.hangs, stop = threading.Event(), threading.Event()
    office.house.now = utc_now()
    worker = threading.Thread(
        target=run_worker,
        args=(SqlOutbox(office.database, at_once=at_once), office.house, office.house),
        kwargs={"stop": stop, "beat": lambda now: None},
    )
    worker.start()
    full = AT_ONCE if at_once else HANDS
    assert _until(lambda: len(office.house.asked) >= full)
    [case] = office.queue(1, "other")
    served = _until(lambda: set(office.states(case, "other")) == {"confirmed"}, rounds=10 if starved else 200)
    stop.set()
    office.house.hangs.set()
    worker.join(20)

    assert served is not starved


def _until(condition, rounds: int = 200) -> bool:
    return any(condition() or threading.Event().wait(0.05) for _ in range(rounds))


def test_pauses_double_and_end():
    """Half a minute, doubled up to five minutes, at most what was asked; nobody's word holds up a hospital longer."""
    pauses = [pause_after(misses).total_seconds() for misses in range(AWAY_AFTER, AWAY_AFTER + 6)]

    assert [30, 60, 120, 240, 300, 300] == pauses
    assert (77, 300, 30) == tuple(pause_after(AWAY_AFTER, each).total_seconds() for each in (77, 10**9, -5))


def test_whom_a_write_is_for():
    """By hospital and way; each payer and each clinician's calendar by itself."""
    ask = AskPayer("k", "t", "1", "payer", "fax", "1", "s", "t")

    assert (EHR, "payer payer.example", "fax") == tuple(map(goes_to, (write_document(), an_effect(), ask)))
    assert "message" == goes_to(replace(ask, channel="message")) and away.AWAY_AFTER == AWAY_AFTER
