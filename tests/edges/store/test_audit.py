"""The audit's chain: any edit, deletion, insertion or move is found."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, update

from app.edges.store import SqlStore
from app.edges.store.audit import audit, audit_heads
from app.edges.store.database import Database
from app.flow.ports import Event
from tests.edges.store.builders import NOW, TENANT, a_case

ENTRIES = 12


@pytest.fixture
def store(database: Database) -> SqlStore:
    """A store with a dozen entries for one tenant and one for another."""
    store = SqlStore(database)
    for n in range(ENTRIES):
        store.audit(TENANT, at=NOW, who="demo|me", act="see_case", case_id=f"case-{n}", patient="Patient/1")
    store.audit("other", at=NOW, who="other|me", act="see_case", case_id="case-1", patient=None)
    return store


def _renumber(old: int, new: int):
    return update(audit).where(audit.c.tenant == TENANT, audit.c.n == old).values(n=new)


TAMPERED = {
    "act edited": [update(audit).where(audit.c.tenant == TENANT, audit.c.n == 5).values(act="nothing")],
    "person edited": [update(audit).where(audit.c.tenant == TENANT, audit.c.n == 1).values(who="demo|other")],
    "time edited": [update(audit).where(audit.c.tenant == TENANT, audit.c.n == 5).values(at=NOW.replace(minute=1))],
    "patient emptied": [update(audit).where(audit.c.tenant == TENANT, audit.c.n == 12).values(patient=None)],
    "hash edited": [update(audit).where(audit.c.tenant == TENANT, audit.c.n == 5).values(hash="0" * 64)],
    "one deleted": [delete(audit).where(audit.c.tenant == TENANT, audit.c.n == 5)],
    "first deleted": [delete(audit).where(audit.c.tenant == TENANT, audit.c.n == 1)],
    "newest deleted": [delete(audit).where(audit.c.tenant == TENANT, audit.c.n == 12)],
    "all deleted": [delete(audit).where(audit.c.tenant == TENANT)],
    "two swapped": [_renumber(5, 99), _renumber(6, 5), _renumber(99, 6)],
    "head forgotten": [delete(audit_heads).where(audit_heads.c.tenant == TENANT)],
}


def test_an_untouched_chain_holds(store: SqlStore):
    """Each tenant has its own."""
    assert (ENTRIES, None) == (store.check_audit(TENANT).entries, store.check_audit(TENANT).broken_at)
    assert (1, None) == (store.check_audit("other").entries, store.check_audit("other").broken_at)
    assert (0, None) == (store.check_audit("nobody").entries, store.check_audit("nobody").broken_at)


@pytest.mark.parametrize("how", TAMPERED)
def test_a_chain_that_was_touched_says_where(store: SqlStore, database: Database, how: str):
    """Edited, deleted, reordered or cut short (reliability F3); other tenants' chains are not blamed."""
    with database.writing() as connection:
        for statement in TAMPERED[how]:
            connection.execute(statement)

    assert store.check_audit(TENANT).broken_at is not None
    assert store.check_audit("other").broken_at is None


def test_entries_written_at_once_form_one_chain(store: SqlStore):
    """Sixty entries of eight threads: no gap, no fork, none lost."""

    def write(n: int) -> None:
        store.audit(TENANT, at=NOW, who=f"demo|{n}", act="see_case", case_id=None, patient=None)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(60)))

    assert (ENTRIES + 60, None) == (store.check_audit(TENANT).entries, store.check_audit(TENANT).broken_at)


def test_every_event_of_a_save_is_audited_with_it(store: SqlStore):
    """State and audit are one transaction: what happened cannot be saved without saying who did it."""
    store.save(a_case(), events=[Event("denied", NOW, "demo|me"), Event("owned", NOW, "demo|me")], seen=None, now=NOW)

    assert (ENTRIES + 2, None) == (store.check_audit(TENANT).entries, store.check_audit(TENANT).broken_at)
