"""
Who did or saw what, each entry chained to the one before by its hash, one chain per tenant.

An entry that was edited, removed, put in, or moved breaks the chain at its place; `audit_heads` remembers the newest,
so that a chain cut short at its end is noticed too.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, Integer, PrimaryKeyConstraint, String, Table, insert, or_, select, update

from app.edges.store.columns import UtcDateTime, metadata, plain
from app.edges.store.upsert import insert_beside

audit = Table(
    "audit",
    metadata,
    Column("tenant", String, nullable=False),
    Column("n", Integer, nullable=False),  # 1, 2, 3 … without a gap
    Column("at", UtcDateTime, nullable=False),
    Column("who", String, nullable=False),
    Column("act", String, nullable=False),
    Column("case_id", String),
    Column("patient", String),
    Column("previous_hash", String, nullable=False),
    Column("hash", String, nullable=False),
    PrimaryKeyConstraint("tenant", "n"),
)
audit_heads = Table(
    "audit_heads",
    metadata,
    Column("tenant", String, nullable=False),
    Column("n", Integer, nullable=False),
    Column("hash", String, nullable=False),
    PrimaryKeyConstraint("tenant"),
)

BEGINNING = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """What reading a whole chain showed: how many entries, and the first number at fault (None when all is well)."""

    entries: int
    broken_at: int | None
    because: str
    head: str = ""  # hash of the newest entry: kept elsewhere, it shows a chain that was written anew


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry as it is shown. who: the user's key, "slug|subject"; act: what was done or seen"""

    n: int
    at: datetime
    who: str
    act: str
    case_id: str | None
    patient: str | None


def append_audit(
    connection: Connection,
    tenant: str,
    *,
    at: datetime,
    who: str,
    act: str,
    case_id: str | None,
    patient: str | None,
) -> None:
    """Add one entry to the tenant's chain, in the caller's transaction; appenders queue at the head's row."""
    entry = {"at": at, "who": plain(who), "act": plain(act), "case_id": case_id, "patient": plain(patient)}
    previous, n = _lock_head(connection, tenant)
    own = hash_entry(previous, tenant, n + 1, **entry)
    connection.execute(insert(audit).values(tenant=tenant, n=n + 1, previous_hash=previous, hash=own, **entry))
    connection.execute(update(audit_heads).where(audit_heads.c.tenant == tenant).values(n=n + 1, hash=own))


def hash_entry(
    previous: str, tenant: str, n: int, *, at: datetime, who: str, act: str, case_id: str | None, patient: str | None
) -> str:
    """Return the entry's hash: SHA-256 over its fields and the hash before it, as a JSON list."""
    fields = [previous, tenant, n, at.timestamp(), who, act, case_id, patient]
    return hashlib.sha256(json.dumps(fields).encode()).hexdigest()


def check_audit(connection: Connection, tenant: str, kept: Mapping[int, str] | None = None) -> AuditCheck:
    """
    Read the tenant's whole chain and say where it is broken, if anywhere.

    kept: hashes of entries by number, as an earlier reading told them and somebody kept them elsewhere. Whoever may
    write the whole database can make a chain that holds in itself; it does not hold against these
    """
    kept = kept or {}
    previous, expected = BEGINNING, 1
    for row in connection.execute(select(audit).where(audit.c.tenant == tenant).order_by(audit.c.n)):
        if row.n != expected:
            return AuditCheck(expected - 1, expected, f"Entry {expected} is missing.")
        fields = {"at": row.at, "who": row.who, "act": row.act, "case_id": row.case_id, "patient": row.patient}
        own = hash_entry(previous, tenant, row.n, **fields)
        if row.previous_hash != previous or row.hash != own:
            return AuditCheck(expected - 1, row.n, f"Entry {row.n} is not what was written.")
        if kept.get(row.n, own) != own:
            return AuditCheck(expected - 1, row.n, f"The chain up to entry {row.n} is not the one that was kept.")
        previous, expected = own, expected + 1
    head = connection.execute(select(audit_heads).where(audit_heads.c.tenant == tenant)).first()
    newest = (head.n, head.hash) if head else (0, BEGINNING)
    if newest != (expected - 1, previous):
        return AuditCheck(expected - 1, expected, f"The chain ends at {expected - 1}; {newest[0]} were written.")
    if kept and max(kept) >= expected:
        return AuditCheck(expected - 1, expected, f"The chain ends at {expected - 1}; entry {max(kept)} was kept.")
    return AuditCheck(expected - 1, None, "Every entry is as it was written.", previous)


def audited_tenants(connection: Connection) -> tuple[str, ...]:
    """Return everyone who has a chain."""
    both = select(audit_heads.c.tenant).union(select(audit.c.tenant))
    return tuple(sorted(connection.scalars(both)))


def entries_about(
    connection: Connection, tenant: str, patient: str, *, since: datetime | None, until: datetime | None
) -> Iterator[AuditEntry]:
    """
    Yield what was done with a patient's data and who saw it, the oldest first. since, until: half-open

    An entry of a case counts, whether it names its patient or not: a case has one patient
    """
    cases = select(audit.c.case_id).where(audit.c.tenant == tenant, audit.c.patient == patient)
    query = select(audit).where(audit.c.tenant == tenant, or_(audit.c.patient == patient, audit.c.case_id.in_(cases)))
    if since is not None:
        query = query.where(audit.c.at >= since)
    if until is not None:
        query = query.where(audit.c.at < until)
    for row in connection.execute(query.order_by(audit.c.n)):
        yield AuditEntry(row.n, row.at, row.who, row.act, row.case_id, row.patient)


def lock_audit(connection: Connection, tenant: str) -> None:
    """Wait for this tenant's turn to write; it ends with the caller's transaction."""
    _lock_head(connection, tenant)


def _lock_head(connection: Connection, tenant: str) -> tuple[str, int]:
    first = insert_beside(connection, audit_heads).values(tenant=tenant, n=0, hash=BEGINNING)
    connection.execute(first.on_conflict_do_nothing())
    head = connection.execute(select(audit_heads).where(audit_heads.c.tenant == tenant).with_for_update()).one()
    return head.hash, head.n
