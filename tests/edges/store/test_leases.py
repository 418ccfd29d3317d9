"""The outbox's leases: exclusive, in order, ending by themselves, and void once another holds them."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from app.edges.store import SqlOutbox, SqlStore
from app.edges.store.database import Database
from app.edges.store.effects import effects
from app.flow.ports import DueEffect, LeaseLost, Written
from tests.edges.store.builders import NOW, TENANT, a_case, an_effect

LATER = NOW + timedelta(seconds=61)


@pytest.fixture
def store(database: Database) -> SqlStore:
    """A store with one case."""
    store = SqlStore(database)
    store.save(a_case(), seen=None, now=NOW)
    return store


@pytest.fixture
def outbox(database: Database) -> SqlOutbox:
    """The outbox of the same database."""
    return SqlOutbox(database)


def queue(store: SqlStore, *keys: str, target: str | None = None) -> None:
    """Queue effects; each has a target of its own unless told otherwise."""
    case = store.case(TENANT, "case-1")
    wanted = [an_effect(key, target=target or key) for key in keys]
    store.save(case, effects=wanted, seen=case.version, now=NOW)


def lease_one(outbox: SqlOutbox, now: datetime = NOW) -> DueEffect:
    """Lease the one effect that is due."""
    (due,) = outbox.lease(now=now, limit=1)
    return due


def state(store: SqlStore, key: str = "k1") -> tuple[str, str | None, str | None]:
    """Return state, sentence and reference of one effect."""
    found = next(each for each in store.effects_of(TENANT, "case-1") if each.key == key)
    return found.state, found.say, found.reference


def test_an_effect_is_leased_to_one_worker(store: SqlStore, outbox: SqlOutbox):
    """Nobody else gets it while the lease lasts; after that anybody may."""
    queue(store, "k1")
    due = lease_one(outbox)

    assert ("leased", None, None) == state(store)
    assert () == outbox.lease(now=NOW + timedelta(seconds=59), limit=9)
    again = lease_one(outbox, LATER)
    assert (1, 1, 2, 2) == (due.attempts, due.fence, again.attempts, again.fence)
    assert (False, None) == (again.seen, again.doubt_since)


def test_many_workers_share_the_work_without_overlap(store: SqlStore, outbox: SqlOutbox):
    """Eight workers, forty effects of as many cases: each is leased exactly once."""
    for n in range(40):
        store.save(a_case(f"case-{n}-of-40"), effects=[an_effect(f"k{n}", target=f"k{n}")], seen=None, now=NOW)

    with ThreadPoolExecutor(8) as pool:
        batches = pool.map(lambda _: outbox.lease(now=NOW, limit=3), range(24))
        leased = Counter(due.id for batch in batches for due in batch)

    for due in outbox.lease(now=NOW, limit=40):
        leased[due.id] += 1
    assert (40, {1}) == (len(leased), set(leased.values()))


def test_effects_of_one_target_keep_their_order(store: SqlStore, outbox: SqlOutbox):
    """A change of an Appointment never overtakes its writing; other targets go on."""
    queue(store, "k1", "k2", "k3", target="booking")
    store.save(a_case("case-2"), effects=[an_effect("k4", target="k4")], seen=None, now=NOW)
    first, other = outbox.lease(now=NOW, limit=9)
    assert ["k1", "k4"] == [first.effect.key, other.effect.key]

    outbox.put_back(first, state="unknown", say="…", due_at=NOW + timedelta(hours=1), now=NOW)
    assert () == outbox.lease(now=LATER - timedelta(seconds=2), limit=9)
    again = lease_one(outbox, NOW + timedelta(hours=1))  # k4's lease ended too, and is the one longest due
    assert "k4" == again.effect.key
    again = lease_one(outbox, NOW + timedelta(hours=1))
    outbox.confirm(again, Written("Appointment/1"), now=NOW)
    assert "k2" == lease_one(outbox, NOW + timedelta(hours=1)).effect.key


def test_a_case_is_written_in_order_whatever_the_targets(store: SqlStore, outbox: SqlOutbox):
    """Many workers, one case: the next goes when the one before is through; one that waits for later holds up none."""
    queue(store, "k1")
    queue(store, "k2")
    first = lease_one(outbox)
    assert () == outbox.lease(now=NOW, limit=9)
    assert first.effect.key == "k1" and outbox.earliest_due() == NOW + timedelta(seconds=60)

    outbox.put_back(first, state="queued", say="Away.", due_at=NOW + timedelta(hours=1), now=NOW)
    assert "k2" == lease_one(outbox).effect.key


def test_workers_that_died_with_two_effects_of_a_case_block_neither(store: SqlStore, outbox: SqlOutbox, database):
    """Leases that are over are nobody's, however many there are in one case."""
    queue(store, "k1")
    queue(store, "k2")
    database.write(lambda connection: connection.execute(update(effects).values(state="sent", doubt_since=NOW)))

    assert NOW == outbox.earliest_due()
    assert "k1" == lease_one(outbox).effect.key


def test_one_hospitals_backlog_does_not_take_every_worker(database: Database, outbox: SqlOutbox):
    """A hundred writes of one, then one of another: the next free worker takes that."""
    store = SqlStore(database)
    for n in range(5):
        store.save(a_case(f"case-{n}", tenant="one"), effects=[an_effect(f"k{n}", target=f"{n}")], seen=None, now=NOW)
    store.save(a_case("late", tenant="two"), effects=[an_effect("late", target="late")], seen=None, now=NOW)
    taken = [lease_one(outbox).tenant for _ in range(3)]

    assert ["one", "two", "one"] == taken


@pytest.mark.parametrize("ended", ["rejected", "dead"])
def test_an_effect_that_ended_lets_the_next_one_go(store: SqlStore, outbox: SqlOutbox, ended: str):
    """What a person has to do does not hold up what a machine can."""
    queue(store, "k1", "k2", target="booking")
    outbox.put_back(lease_one(outbox), state=ended, say="No.", due_at=NOW, now=NOW)

    assert (ended, "No.", None) == state(store)
    assert "k2" == lease_one(outbox).effect.key


def test_two_targets_of_the_same_name_at_two_hospitals_do_not_wait(database: Database, outbox: SqlOutbox):
    """Order is kept within one tenant."""
    store = SqlStore(database)
    for tenant in ("one", "two"):
        store.save(a_case(tenant=tenant), effects=[an_effect("k", target="t")], seen=None, now=NOW)

    assert 2 == len(outbox.lease(now=NOW, limit=9))


def test_the_word_of_an_ended_lease_is_void(store: SqlStore, outbox: SqlOutbox):
    """A worker that slept through its lease cannot confirm, send or put back what another holds."""
    queue(store, "k1")
    slow = lease_one(outbox)
    quick = lease_one(outbox, LATER)

    with pytest.raises(LeaseLost):
        outbox.mark_sent(slow, now=LATER)
    with pytest.raises(LeaseLost):
        outbox.confirm(slow, Written("Appointment/slow"), now=LATER)
    with pytest.raises(LeaseLost):
        outbox.put_back(slow, state="queued", say="…", due_at=LATER, now=LATER)
    outbox.confirm(quick, Written("Appointment/quick"), now=LATER)
    assert ("confirmed", None, "Appointment/quick") == state(store)
    with pytest.raises(LeaseLost):
        outbox.confirm(quick, Written("Appointment/twice"), now=LATER)


def test_a_try_that_was_begun_is_seen_by_the_next(store: SqlStore, outbox: SqlOutbox):
    """A worker that died after it said that it sends leaves the effect in doubt, and shown as such."""
    queue(store, "k1")
    outbox.mark_sent(lease_one(outbox), now=NOW)
    assert "sent" == state(store)[0]

    again = lease_one(outbox, LATER)
    assert (True, NOW, 0, NOW) == (again.seen, again.doubt_since, again.looks, again.first_sent_at)
    assert "unknown" == state(store)[0]


def test_looks_in_vain_are_counted_until_a_new_send(store: SqlStore, outbox: SqlOutbox):
    """Three looks stand between a lost answer and a second send (reliability A20)."""
    queue(store, "k1")
    due = lease_one(outbox)
    outbox.mark_sent(due, now=NOW)
    outbox.put_back(due, state="unknown", say="…", due_at=NOW, now=NOW)
    seen = []
    for _ in range(2):
        due = lease_one(outbox)
        seen.append(due.looks)
        outbox.mark_sent(due, now=NOW, sends=False)
        outbox.put_back(due, state="unknown", say="…", due_at=NOW, now=NOW)
    due = lease_one(outbox)
    seen.append(due.looks)
    outbox.mark_sent(due, now=LATER)
    outbox.put_back(due, state="unknown", say="…", due_at=NOW, now=LATER)
    again = lease_one(outbox)

    assert [0, 1, 2] == seen
    assert (0, LATER, NOW) == (again.looks, again.doubt_since, again.first_sent_at)


def test_a_failure_that_wrote_nothing_leaves_no_doubt(store: SqlStore, outbox: SqlOutbox):
    """The EHR was away: the next try is as the first. Were it told that one may have arrived, a server whose messages
    cannot be looked for would never be sent it."""
    queue(store, "k1")
    due = lease_one(outbox)
    outbox.mark_sent(due, now=NOW)
    outbox.put_back(due, state="queued", say="Away.", due_at=NOW, now=NOW)
    again = lease_one(outbox)

    assert (False, None) == (again.seen, again.doubt_since)


def test_a_failure_during_a_look_keeps_the_doubt(store: SqlStore, outbox: SqlOutbox):
    """That the EHR is away now says nothing of what it took before."""
    queue(store, "k1")
    outbox.mark_sent(lease_one(outbox), now=NOW)
    due = lease_one(outbox, LATER)
    outbox.mark_sent(due, now=LATER, sends=False)
    outbox.put_back(due, state="waiting", say="Sign in.", due_at=LATER, now=LATER)
    again = lease_one(outbox, LATER)

    assert (NOW, 0) == (again.doubt_since, again.looks)


def test_waiting_for_a_person_is_not_a_try(store: SqlStore, outbox: SqlOutbox):
    """A weekend without anybody signing in must not use up the tries."""
    queue(store, "k1")
    for _ in range(3):
        outbox.put_back(lease_one(outbox), state="waiting", say="Sign in.", due_at=NOW, now=NOW)

    assert 1 == lease_one(outbox).attempts


def test_what_was_written_is_told_by_key(store: SqlStore, outbox: SqlOutbox):
    """A change finds the Appointment that an earlier effect wrote; another tenant's is not told."""
    queue(store, "k1", "k2")
    outbox.confirm(lease_one(outbox), Written("Appointment/1", "3", "created"), now=NOW)

    assert {"k1": "Appointment/1"} == outbox.wrote(TENANT, "case-1")
    assert {} == outbox.wrote("other", "case-1")


def test_what_was_written_is_audited(store: SqlStore, outbox: SqlOutbox):
    """A write in the EHR is in the chain, with its reference."""
    queue(store, "k1")
    before = store.check_audit(TENANT).entries
    outbox.confirm(lease_one(outbox), Written("Appointment/1"), now=NOW)

    assert (before + 1, None) == (store.check_audit(TENANT).entries, store.check_audit(TENANT).broken_at)


def test_an_effect_that_cannot_be_read_does_not_block_the_others(
    store: SqlStore, outbox: SqlOutbox, database: Database
):
    """A row of another version becomes a person's task; the rest goes on."""
    queue(store, "k1", "k2", "k3")
    with database.writing() as connection:
        connection.execute(update(effects).where(effects.c.key == "k1").values(document='{"key": 7}'))
        connection.execute(update(effects).where(effects.c.key == "k2").values(kind="WriteNovel"))

    assert ["k3"] == [due.effect.key for due in outbox.lease(now=NOW, limit=9)]
    assert ["dead", "dead", "leased"] == [each.state for each in store.effects_of(TENANT, "case-1")]


def test_the_earliest_due_says_how_long_to_sleep(store: SqlStore, outbox: SqlOutbox):
    """Nothing to do is None; what stands behind another effect of its target is not due yet."""
    assert outbox.earliest_due() is None
    queue(store, "k1", "k2", target="booking")
    assert NOW == outbox.earliest_due()

    later = NOW + timedelta(hours=3)
    outbox.put_back(lease_one(outbox), state="waiting", say="Sign in.", due_at=later, now=NOW)
    assert later == outbox.earliest_due()
