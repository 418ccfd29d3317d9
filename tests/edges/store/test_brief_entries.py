"""What people add to briefs, on both databases: kept whole and for good, in order, one winner a number, audited."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from app.core.brief.entries import Entry, EntryKind, EntryPassed
from app.core.case import Outcome
from app.core.denial import Lane
from app.edges.store import SqlStore
from app.edges.store.database import Database
from tests.edges.store.builders import NOW, TENANT, a_case, minutes

PEOPLE = 8


def an_entry(number: int = 1, **changes) -> Entry:
    """Return a step."""
    base = {"number": number, "kind": EntryKind.DRAFTED, "thing": "s1", "at": NOW, "by": "demo|ann", "by_name": "Ann"}
    return Entry(**(base | {"told": {"text": "ünï \u202e 📞 \x00", "place": "Story"}} | changes))


def a_store(database: Database) -> tuple[SqlStore, object]:
    """Return a store with one case in it."""
    store = SqlStore(database)
    return store, store.save(a_case(), seen=None, now=NOW)


def test_steps_come_back_whole_and_in_order(database: Database):
    """Every kind, every letter, instants as UTC."""
    store, case = a_store(database)
    steps = tuple(an_entry(n, kind=kind, at=NOW + minutes(n)) for n, kind in enumerate(EntryKind, start=1))
    for each in steps:
        store.add_brief_entry(case, each)

    assert steps == store.brief_entries(TENANT, case.id)


def test_each_case_has_its_own(database: Database):
    """Another case's, and another tenant's, are not seen; a case counts from one."""
    store, case = a_store(database)
    other = store.save(a_case("case-2"), seen=None, now=NOW)
    store.add_brief_entry(case, an_entry())
    store.add_brief_entry(other, an_entry(thing="s2"))

    assert ["s1"] == [each.thing for each in store.brief_entries(TENANT, case.id)]
    assert () == store.brief_entries("elsewhere", case.id)


def test_a_step_is_audited_with_it_or_not_kept(database: Database):
    """One transaction: a number that is taken leaves no entry; the words typed stand in no audit."""
    store, case = a_store(database)
    store.add_brief_entry(case, an_entry())
    before = store.check_audit(TENANT)
    with pytest.raises(EntryPassed):
        store.add_brief_entry(case, an_entry(thing="s2"))

    assert (before.entries, None) == (store.check_audit(TENANT).entries, store.check_audit(TENANT).broken_at)
    assert ["s1"] == [each.thing for each in store.brief_entries(TENANT, case.id)]


def test_of_people_who_add_at_once_one_has_the_number(database: Database):
    """Everybody else is told so; nothing is lost or doubled."""
    store, case = a_store(database)
    gun = Barrier(PEOPLE, timeout=30)

    def run(n: int) -> str:
        gun.wait()
        try:
            store.add_brief_entry(case, an_entry(thing=f"s{n}"))
        except EntryPassed:
            return "passed"
        return "won"

    with ThreadPoolExecutor(PEOPLE) as pool:
        told = Counter(pool.map(run, range(PEOPLE)))
    assert Counter(won=1, passed=PEOPLE - 1) == told
    assert 1 == len(store.brief_entries(TENANT, case.id))


def test_the_worklist_counts_what_was_to_get_at_the_latest_reading(database: Database):
    """A reading replaces an older one, never a newer; another case and a case without a reading say nothing."""
    store, case = a_store(database)
    store.save(a_case("case-2"), seen=None, now=NOW)
    for to_get, at in ((3, NOW), (2, NOW + minutes(2)), (9, NOW + minutes(1))):
        store.note_gaps(TENANT, case.id, to_get, at=at)
    page = store.worklist(TENANT, user_key="k", show="open", search="", now=NOW, limit=9, offset=0)

    assert {"case-1": 2, "case-2": 0} == {row.case_id: row.to_get for row in page.rows}


def test_what_a_request_lacked_is_kept_of_the_reading_before_the_call(database: Database):
    """A later reading that knows nothing leaves it; a call that is not decided, or can change nothing, counts not."""
    store, _ = a_store(database)
    decided = Outcome("o1", "approved", True, NOW, "Coordinator")
    for number, (lane, outcome) in enumerate(
        ((Lane.POST_DENIAL, decided), (Lane.POST_DENIAL, None), (Lane.INFORMATIONAL, decided)), start=2
    ):
        case = a_case(f"case-{number}", outcome=outcome)
        store.save(replace(case, routing=replace(case.routing, lane=lane)), seen=None, now=NOW)
        store.note_gaps(TENANT, case.id, 1, rule="lumbar_fusion", lacked=frozenset(("therapy", "films")), at=NOW)
        store.note_gaps(TENANT, case.id, 0, rule="lumbar_fusion", lacked=None, at=NOW + minutes(5))
        store.note_gaps(TENANT, case.id, 9, rule="knee_mri", lacked=frozenset(), at=NOW - minutes(5))
    (told,) = store.requests_decided(TENANT)

    assert ("lumbar_fusion", {"therapy", "films"}, "approved", 1) == (told.rule, told.lacked, told.result, told.count)
    assert () == store.requests_decided("elsewhere")
