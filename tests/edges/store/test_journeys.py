"""What is kept beside the cases for Learn is what the events come to, however they came."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update

from app.core.learn import DEFINED, Added, counted_of, happened_of, journeys_of
from app.core.learn.counted import WHOLE
from app.core.learn.measures import MEDIANS, measure_named
from app.edges.store import Database, SqlStore
from app.edges.store.catch_up import _count_page, catch_up, forget_counts, is_whole
from app.edges.store.journeys import journey_marks, journey_sums, journeys
from app.flow.ports import Event
from tests.edges.store.builders import NOW, TENANT, a_case

MINUTES = st.one_of(st.none(), st.integers(0, 60), st.floats(0, 60, width=32))
RESULTS = st.sampled_from(("approved", "partial", "modified", "upheld", "withdrawn", "not_held", None))
WAYS = st.sampled_from(("call", "file_appeal"))
MAYBE = st.sampled_from((True, False, None))
# An entry of the log may be corrected by one that comes before it or after, or even by itself.
LOGGED = {"entry": st.sampled_from("xyz"), "corrects": st.sampled_from(("x", "y", None))}
TOLD = {
    "denied": st.fixed_dictionaries({}),
    "offered": st.fixed_dictionaries({}),
    "attempt": st.fixed_dictionaries({"hold_minutes": MINUTES, **LOGGED}),
    "connected": st.fixed_dictionaries(
        {"inside": MAYBE, "specialty_match": MAYBE, "prep_minutes": MINUTES, "talk_minutes": MINUTES, **LOGGED}
    ),
    "missed": st.fixed_dictionaries({"by": st.sampled_from(("payer", "us"))}),
    "decided": st.fixed_dictionaries({"result": RESULTS, "way": WAYS, "final": MAYBE}),
    "confirmed": st.fixed_dictionaries({"result": RESULTS, "way": WAYS}),
    "appealed": st.fixed_dictionaries({}),
    "lapsed": st.fixed_dictionaries({}),
    "closed": st.fixed_dictionaries({}),
    "owned": st.fixed_dictionaries({}),
}
ONE = st.sampled_from(tuple(TOLD)).flatmap(lambda kind: st.tuples(st.just(kind), st.integers(0, 90_000), TOLD[kind]))
# A save: of which case, what happened in it at once (in any order, at any time), who its payer is by then.
SAVE = st.tuples(st.integers(0, 3), st.lists(ONE, max_size=4), st.sampled_from("ABC"))
TENANTS = count()


@pytest.fixture
def store(database: Database) -> SqlStore:
    """The store over a fresh database."""
    return SqlStore(database)


def save(store: SqlStore, tenant: str, number: int, told, payer: str) -> None:
    """Save a case, with what happened in it."""
    id = f"case-{number}"
    events = [Event(kind, NOW + timedelta(minutes=after), "demo|me", data) for kind, after, data in told]
    known = store.case_of_denial(tenant, f"ClaimResponse/{id}")
    case = replace(known or a_case(id, tenant=tenant), payer_name=f"Payer {payer}")
    store.save(case, events=events, seen=known.version if known else None, now=NOW)


def every_median(sums):
    """Return all medians that have a value, however few."""
    return [(place, each.key, told[each.key].n) for place, told in sums.items() for each in MEDIANS if each.key in told]


def by_events(store: SqlStore, tenant: str):
    """Return the sums and the medians of every place, worked out from all events at once."""
    about = ("payer", "reason", "clinician", "service", "lane")
    told = store.journey(tenant)
    events = (
        happened_of(each.case_id, each.at, each.kind, each.data, {name: getattr(each, name) for name in about})
        for each in told
    )
    added: dict = {}
    for counted in map(counted_of, journeys_of(events)):
        for place in counted.places:
            added.setdefault(place, Added()).add(counted)
    middles = {place: held.middles() for place, held in added.items()}
    return {place: held.sums for place, held in added.items()}, {place: at for place, at in middles.items() if at}


def by_rows(store: SqlStore, tenant: str):
    """Return the same as it was kept."""
    return store.learned(tenant, every_median)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(SAVE, min_size=1, max_size=12))
def test_counting_as_it_happens_is_counting_all_at_once(store: SqlStore, database: Database, saves):
    """Late, repeated, corrected, in any order, under names that change: each sum and each median is the same."""
    tenant = f"t{next(TENANTS)}"
    for each in saves[: len(saves) // 2]:
        save(store, tenant, *each)
    catch_up(database, tenant)
    for each in saves[len(saves) // 2 :]:
        save(store, tenant, *each)
    told = by_events(store, tenant)

    assert told == by_rows(store, tenant)
    database.write(lambda connection: forget_counts(connection, tenant))
    catch_up(database, tenant, page_cases=2)
    assert told == by_rows(store, tenant)


def some_cases(store: SqlStore, numbers) -> None:
    """Save cases with an offer and a call each."""
    for number in numbers:
        told = [("offered", 0, {}), ("connected", 60 * number + 60, {"talk_minutes": number})]
        save(store, TENANT, number, told, "AB"[number % 2])


def test_what_was_broken_off_is_taken_up_again(store: SqlStore, database: Database):
    """A page is counted, then a case before its end and one after it are saved, then somebody asks."""
    some_cases(store, range(6))
    database.write(lambda connection: forget_counts(connection, TENANT))
    database.write(lambda connection: _count_page(connection, TENANT, 3))
    for number in (0, 5, 9):
        save(store, TENANT, number, [("decided", 900, {"result": "upheld", "way": "call"})], "C")

    assert by_events(store, TENANT) == by_rows(store, TENANT)
    with database.reading() as connection:
        assert is_whole(connection, TENANT)


def test_what_an_older_definition_counted_is_counted_anew(store: SqlStore, database: Database):
    """Whatever its rows and sums say; nothing of it is left."""
    some_cases(store, range(4))
    by_rows(store, TENANT)

    def age(connection) -> None:
        connection.execute(update(journeys).values(defined=-1, bits=7, talk_minutes=99.0))
        connection.execute(update(journey_sums).values(defined=-1, n=journey_sums.c.n + 1))
        connection.execute(update(journey_marks).values(defined=-1))

    database.write(age)
    some_cases(store, range(3, 5))  # a save that comes before anybody has asked

    assert by_events(store, TENANT) == by_rows(store, TENANT)
    with database.reading() as connection:
        assert not connection.execute(journey_sums.select().where(journey_sums.c.defined == -1)).all()


def test_a_process_of_before_an_update_spoils_no_count_of_the_updated(store: SqlStore, database: Database, monkeypatch):
    """One still saves, a case known and a new one, while another counts by the new definition already: none is lost."""
    some_cases(store, range(4))
    by_rows(store, TENANT)
    with monkeypatch.context() as older:
        older.setattr("app.edges.store.journeys.DEFINED", DEFINED - 1)
        save(store, TENANT, 1, [("decided", 900, {"result": "upheld", "way": "call"})], "C")
        save(store, TENANT, 1, [], "B")
        some_cases(store, [7])
    save(store, TENANT, 7, [("missed", 30, {"by": "payer"})], "A")

    assert by_events(store, TENANT) == by_rows(store, TENANT)
    with database.reading() as connection:
        assert is_whole(connection, TENANT)


def test_a_payers_cases_are_read_one_by_one(store: SqlStore):
    """Each with all its events in the order in which they were kept; of no other payer, and of no other hospital."""
    some_cases(store, range(5))
    save(store, TENANT, 1, [("decided", 900, {"result": "upheld", "way": "call"})], "B")
    store.catch_up(TENANT)
    told = list(store.journeys_of_payer(TENANT, "Payer B"))

    kinds = [["offered", "connected", "decided"], ["offered", "connected"]]
    assert [("case-1", kinds[0]), ("case-3", kinds[1])] == [(of[0].case_id, [each.kind for each in of]) for of in told]
    assert [] == list(store.journeys_of_payer("elsewhere", "Payer B"))


def test_a_database_from_before_is_counted_when_somebody_asks(store: SqlStore, database: Database):
    """The migration makes empty tables."""
    some_cases(store, range(4))
    for table in (journeys, journey_sums, journey_marks):
        database.write(lambda connection, of=table: connection.execute(delete(of)) and None)

    assert by_events(store, TENANT) == by_rows(store, TENANT)


def test_saves_and_counting_at_once_lose_nothing(store: SqlStore, database: Database):
    """Four people save cases while two processes go through them: every case counts once, as it is at the end."""
    some_cases(store, range(12))
    database.write(lambda connection: forget_counts(connection, TENANT))

    def work(number: int) -> None:
        told = [("decided", number, {"result": "approved", "way": "call"})]
        save(store, TENANT, number, told, "C")

    with ThreadPoolExecutor(6) as pool:
        going = [pool.submit(catch_up, database, TENANT, page_cases=2) for _ in range(2)]
        going += [pool.submit(work, number) for number in range(12)]
        assert [None] * 12 == [each.result() for each in going][2:]

    assert by_events(store, TENANT) == by_rows(store, TENANT)


def test_a_save_in_which_nothing_happened_may_change_a_name(store: SqlStore):
    """The clinician is chosen anew, quietly: the call counts under the new name, and the old one is gone."""
    some_cases(store, [1])
    by_rows(store, TENANT)
    save(store, TENANT, 1, [], "C")

    assert ("Payer C",) == store.names_in(TENANT, "payer")
    assert by_events(store, TENANT) == by_rows(store, TENANT)


def test_the_cases_behind_a_number_are_the_latest_first(store: SqlStore):
    """As many as are asked for, with how many there are; a group's are its own, and a name nobody has, none."""
    for number in range(5):
        save(store, TENANT, number, [("denied", 60 * number, {}), ("connected", 9_000, {})], "AB"[number % 2])
    held, _ = measure_named("appeal_after_held")

    def behind(place, limit):
        found, total = store.behind(TENANT, held, place, now=NOW, limit=limit)
        return [each.case_id for each in found], total

    assert (["case-4", "case-3"], 5) == behind(WHOLE, 2)
    assert (["case-3", "case-1"], 2) == behind(("payer", "Payer B"), 9)
    assert ([], 0) == behind(("payer", ""), 9)


def test_every_case_can_be_read_as_it_counts(store: SqlStore):
    """For what is exported by several groups at once: another hospital's are not among them."""
    some_cases(store, range(5))
    save(store, "elsewhere", 1, [("offered", 0, {})], "Z")

    assert [1] * 5 == [each.names.count("post_denial") for each in store.counted(TENANT)]
    assert {"Payer A", "Payer B"} == {each.names[0] for each in store.counted(TENANT)}
