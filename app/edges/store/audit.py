"""
Who did or saw what, each entry chained to the one before by its hash, one chain per tenant.

An entry that was edited, removed, put in, or moved breaks the chain at its place; `audit_heads` remembers the newest,
so that a chain cut short at its end is noticed too.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, Integer, PrimaryKeyConstraint, String, Table, insert, select, update

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


def check_audit(connection: Connection, tenant: str) -> AuditCheck:
    """Read the tenant's whole chain and say where it is broken, if anywhere."""
    previous, expected = BEGINNING, 1
    for row in connection.execute(select(audit).where(audit.c.tenant == tenant).order_by(audit.c.n)):
        if row.n != expected:
            return AuditCheck(expected - 1, expected, f"Entry {expected} is missing.")
        fields = {"at": row.at, "who": row.who, "act": row.act, "case_id": row.case_id, "patient": row.patient}
        own = hash_entry(previous, tenant, row.n, **fields)
        if row.previous_hash != previous or row.hash != own:
            return AuditCheck(expected - 1, row.n, f"Entry {row.n} is not what was written.")
        previous, expected = own, expected + 1
    head = connection.execute(select(audit_heads).where(audit_heads.c.tenant == tenant)).first()
    newest = (head.n, head.hash) if head else (0, BEGINNING)
    if newest != (expected - 1, previous):
        return AuditCheck(expected - 1, expected, f"The chain ends at {expected - 1}; {newest[0]} were written.")
    return AuditCheck(expected - 1, None, "Every entry is as it was written.")


def lock_audit(connection: Connection, tenant: str) -> None:
    """Wait for this tenant's turn to write; it ends with the caller's transaction."""
    _lock_head(connection, tenant)


def _lock_head(connection: Connection, tenant: str) -> tuple[str, int]:
    first = insert_beside(connection, audit_heads).values(tenant=tenant, n=0, hash=BEGINNING)
    connection.execute(first.on_conflict_do_nothing())
    head = connection.execute(select(audit_heads).where(audit_heads.c.tenant == tenant).with_for_update()).one()
    return head.hash, head.n
