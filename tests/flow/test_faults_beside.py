"""
Every write elsewhere than in an EHR × every fault: nothing lost, nothing twice, everything shown.

Payer's post and book, clinician's mail and calendar, each at a real counterpart. `make nightly` runs all, `make test`
every other. The controls take one guard away and must be caught by name.
"""

import os
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from app.core.case import CaseState
from app.edges.payers import desk
from app.edges.store import SqlOutbox, SqlStore
from app.flow import calendars, outbox
from app.flow.outbox import drain
from tests.edges.calendars.conftest import radicale
from tests.edges.store.builders import SURGEON, a_case
from tests.fakes.office import TENANT, a_database
from tests.flow.fault_others import EVENT, HTTP, MAIL, SLOT, Befalls, Way, calendar, mail, payers_book
from tests.flow.fault_pages import Pages
from tests.flow.fault_world import ENDED, LONGEST, NOW, ROUND, Clock
from tests.flow.fault_writes import effects_of
from tests.flow.test_reminders import NoEhr

__all__ = ["radicale"]  # a fixture of another room
NIGHTLY = os.environ.get("PARLEY_NIGHTLY") == "1"
FAULTS = {
    "payer's mail": MAIL,
    "clinician's mail": MAIL,
    "event put": EVENT,
    "event taken out": HTTP,
    "slot taken": SLOT,
    "slot given back": SLOT,
}
EVERY = [(way, name) for way, faults in FAULTS.items() for name in faults]
RUNS = EVERY if NIGHTLY else EVERY[::2]
NOWHERE = type("NoPayers", (), {"perform": None})()


class Street:
    """A store, a clock, the pages, and the ways to the world."""

    def __init__(self, database, ways: dict[str, Way]) -> None:
        self.store, self.outbox, self.pages = SqlStore(database), SqlOutbox(database), Pages(database)
        self.ways, self.clock, self.count = ways, Clock(), 0
        self.cases: set[str] = set()

    def drain(self, way: Way) -> None:
        ports = {"payers": NOWHERE, "calendars": None, "notices": None} | dict(way.ports)
        drain(self.outbox, NoEhr(), **ports, now=self.clock, jitter=lambda: 0.9)

    def run(self, name: str, fault: Befalls) -> list[str]:
        """Do one write under one fault until it has settled; return what is wrong, each beginning with its name."""
        way, self.clock.time = self.ways[name], NOW
        self.count += 1
        case = f"c{self.count}x"
        if way.before is not None:
            self._settle_before(way, case)
        effect = way.effect(case)
        self._keep(case, effect)
        way.spoil(fault)
        wrong, told = [], None
        while True:
            self.drain(way)
            states = self.store.effects_of(TENANT, case)
            if told != states[-1].state:
                told = states[-1].state
                wrong += self.pages.wrong(case, self._shown(states), now=self.clock())
            if (stand := way.standing(effect)) > 1:
                wrong.append(f"twice: {stand}")
            due = self.outbox.earliest_due()
            if stand > 1 or due is None or due - NOW > LONGEST:
                break
            self.clock.time = max(due, self.clock() + (ROUND if fault.ends == "away" else timedelta(0)))
        return wrong + self._judge(way, effect, fault, states[-1])

    def _settle_before(self, way: Way, case: str) -> None:
        way.spoil(Befalls("passes", {"code": 500, "do": "status", "nth": 10**6}))
        self._keep(case, way.before(case))
        while self.outbox.earliest_due() is not None:
            self.clock.time = max(self.clock(), self.outbox.earliest_due())
            self.drain(way)
        assert 1 == way.standing(way.before(case))
        self.clock.time = NOW

    def _keep(self, case: str, effect) -> None:
        if case in self.cases:
            kept = self.store.case(TENANT, case)
            self.store.save(kept, effects=[effect], seen=kept.version, session_id="s1", now=NOW)
            return
        self.cases.add(case)
        clinician = replace(SURGEON, reference=f"Practitioner/{case}")
        booking = replace(effects_of(case, "full")["booked"]().booking, clinician=clinician)
        kept = replace(a_case(case), tenant=TENANT, state=CaseState.BOOKED, booking=booking)
        self.store.save(kept, effects=[effect], seen=None, session_id="s1", now=NOW)

    @staticmethod
    def _shown(states):
        """Return the writes of which the page tells: of one event the latest word."""
        return states[-1:] if states[-1].event else states

    def _judge(self, way: Way, effect, fault: Befalls, state) -> list[str]:
        stands = way.standing(effect) != way.gone
        ends = {"passes": ("confirmed",), "refused": ("rejected",), "unsure": ("dead",), "away": ("dead",)}[fault.ends]
        wrong = [] if state.state in ends else [f"lost: {state.state} after {state.attempts} ({state.say})"]
        if state.state == "confirmed" and not stands:
            wrong.append("lie: it does not stand")
        if state.state == "rejected" and stands:
            wrong.append("lie: it stands")
        if state.state in ENDED and "Ann" in (state.say or ""):
            wrong.append("leak: their words")
        return wrong


@pytest.fixture(scope="module")
def street(tmp_path_factory, radicale):
    """All ways, for as long as the module's tests run."""
    database = a_database(tmp_path_factory.mktemp("street"))
    store = SqlStore(database)
    with ExitStack() as stack:
        ways = dict(stack.enter_context(mail(tmp_path_factory.mktemp("mail"), store.case)))
        ways |= stack.enter_context(calendar(radicale))
        ways |= stack.enter_context(payers_book())
        yield Street(database, ways)
    database.close()


@pytest.mark.parametrize("way, name", RUNS, ids=[f"{way}: {name}" for way, name in RUNS])
def test_whatever_befalls_it_it_stands_once_or_a_person_is_told(street, way, name):
    """Driven until it settles, its page read at every change."""
    assert [] == street.run(way, FAULTS[way][name])


def caught(street, way: str, name: str) -> set[str]:
    """Return the names of what is wrong with one run."""
    return {each.partition(":")[0] for each in street.run(way, FAULTS[way][name])}


@pytest.mark.parametrize("way", ["payer's mail", "clinician's mail"])
def test_mail_that_may_have_gone_and_is_sent_again_is_found(street, monkeypatch, way):
    """Control: a lost answer of a mail server taken for one that can be looked for."""
    monkeypatch.setattr(outbox, "_is_posted", lambda _: False)

    assert "twice" in caught(street, way, "hangs up after the text")


def test_an_event_without_a_name_of_its_own_is_found(street, monkeypatch):
    """Control: each try puts another event."""
    monkeypatch.setattr(calendars, "uuid5", lambda *_: uuid4())

    assert "twice" in caught(street, "event put", "dropped after commit")


def test_a_slot_that_is_not_looked_for_is_found(street, monkeypatch):
    """Control: what we took ourselves is taken for gone."""
    monkeypatch.setattr(desk, "_our_booking", lambda *_: ([], True))

    assert {"lost", "lie"} & caught(street, "slot taken", "dropped after commit")
