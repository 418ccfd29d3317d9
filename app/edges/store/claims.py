"""
Claims on time: the uniqueness that makes a double booking impossible, whoever races whom.

A live booking owns every minute it touches of its clinician, and its payer slot; so does a hold, until it expires:
from then on whoever comes may take what it held, whether or not anybody has tidied it away.

The unit is the minute and not the five of the design: a payer's fifteen-minute slots may begin at :07, and two that
only touch must both be bookable.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    delete,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy.exc import IntegrityError

from app.core.book import SlotTaken
from app.core.case import Booking, Case, Hold
from app.core.interval import Interval
from app.edges.store.cases import cases
from app.edges.store.columns import UtcDateTime, metadata
from app.flow.ports import Promised

QUANTUM_SECONDS = 60

busy_quanta = Table(
    "busy_quanta",
    metadata,
    Column("tenant", String, nullable=False),
    Column("clinician", String, nullable=False),
    Column("quantum", Integer, nullable=False),  # minutes since 1970 UTC
    Column("case_id", String, nullable=False),
    Column("booking_id", String, nullable=False),  # or the hold's
    Column("expires_at", UtcDateTime),  # None: a booking's
    PrimaryKeyConstraint("tenant", "clinician", "quantum"),
    ForeignKeyConstraint(["tenant", "case_id"], ["cases.tenant", "cases.id"]),
    Index(None, "tenant", "case_id"),
)
payer_slots = Table(
    "payer_slots",
    metadata,
    Column("tenant", String, nullable=False),
    Column("slot", String, nullable=False),
    Column("case_id", String, nullable=False),
    Column("booking_id", String, nullable=False),  # or the hold's
    Column("expires_at", UtcDateTime),  # None: a booking's
    PrimaryKeyConstraint("tenant", "slot"),
    ForeignKeyConstraint(["tenant", "case_id"], ["cases.tenant", "cases.id"]),
    Index(None, "tenant", "case_id"),
)


def quanta_of(interval: Interval) -> range:
    """Return the minutes since 1970 that the interval touches."""
    first = int(interval.start.timestamp() // QUANTUM_SECONDS)
    return range(first, int(-(-interval.end.timestamp() // QUANTUM_SECONDS)))


def claim_time(connection: Connection, case: Case, *, now: datetime) -> None:
    """Make the case own exactly the time and payer slots of its live booking and holds; raises SlotTaken."""
    for table in (busy_quanta, payer_slots):
        connection.execute(delete(table).where(table.c.tenant == case.tenant, table.c.case_id == case.id))
    minutes, slots = _claims_of(case, now=now)
    if not minutes:
        return
    _forget_expired(connection, case, minutes, slots, now=now)
    owner = {"tenant": case.tenant, "case_id": case.id}
    try:
        connection.execute(insert(busy_quanta), [owner | each for each in minutes.values()])
        if slots:
            connection.execute(insert(payer_slots), [owner | each for each in slots.values()])
    except IntegrityError as error:
        raise SlotTaken from error


Claims = dict[Any, dict[str, Any]]


def _claims_of(case: Case, *, now: datetime) -> tuple[Claims, Claims]:
    """Return what the case owns: rows by (clinician, minute), and rows by slot; overlapping holds of it own once."""
    kept: list[tuple[Booking | Hold, datetime | None]] = [
        (each, each.expires_at) for each in case.holds if each.expires_at > now
    ]
    if case.booking is not None and case.booking.is_live:
        kept.append((case.booking, None))
    minutes: Claims = {}
    slots: Claims = {}
    for each, expires_at in kept:
        row = {"booking_id": each.id, "expires_at": expires_at}
        clinician = each.clinician.reference
        for quantum in quanta_of(each.interval):
            minutes[clinician, quantum] = {"clinician": clinician, "quantum": quantum, **row}
        if each.payer_slot is not None:
            slots[each.payer_slot] = {"slot": each.payer_slot, **row}
    return minutes, slots


def _forget_expired(connection: Connection, case: Case, minutes: Claims, slots: Claims, *, now: datetime) -> None:
    """Take away what other cases' expired holds still own of this."""
    for clinician in {who for who, _ in minutes}:
        wanted = [quantum for who, quantum in minutes if who == clinician]
        held = busy_quanta.c
        mine = (held.tenant == case.tenant) & (held.clinician == clinician) & held.quantum.in_(wanted)
        connection.execute(delete(busy_quanta).where(mine, held.expires_at <= now))
    if slots:
        taken = (payer_slots.c.tenant == case.tenant) & payer_slots.c.slot.in_(list(slots))
        connection.execute(delete(payer_slots).where(taken, payer_slots.c.expires_at <= now))


def read_promised(
    connection: Connection, tenant: str, *, clinician: str, span: Interval, but_case: str, now: datetime
) -> Promised:
    """Return what other cases own by bookings and unexpired holds: a clinician's time in `span`, payers' slots."""
    held, minutes = busy_quanta.c, quanta_of(span)
    rows = connection.execute(
        select(func.min(held.quantum), func.max(held.quantum), func.min(cases.c.payer_name))
        .join(cases, (cases.c.tenant == held.tenant) & (cases.c.id == held.case_id))
        .where(held.tenant == tenant, held.clinician == clinician, held.case_id != but_case)
        .where(held.quantum >= minutes.start, held.quantum < minutes.stop)
        .where(or_(held.expires_at.is_(None), held.expires_at > now))
        .group_by(held.booking_id)
    )
    taken = (
        select(payer_slots.c.slot)
        .where(payer_slots.c.tenant == tenant, payer_slots.c.case_id != but_case)
        .where(or_(payer_slots.c.expires_at.is_(None), payer_slots.c.expires_at > now))
    )
    kept = sorted((Interval(_instant(first), _instant(last + 1)), payer) for first, last, payer in rows)
    return Promised(
        busy=tuple(when for when, _ in kept),
        slots=frozenset(connection.scalars(taken)),
        payers=tuple(payer for _, payer in kept),
    )


def _instant(quantum: int) -> datetime:
    return datetime.fromtimestamp(quantum * QUANTUM_SECONDS, UTC)
