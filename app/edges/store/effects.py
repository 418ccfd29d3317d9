"""
The outbox's table: effects are added in the transaction of the state that causes them, and each leads one life.

    queued → leased → sent → confirmed         the plain way
    waiting                                    a person must sign in at the EHR again
    unknown                                    sent, and nothing says what became of it: looked up, not re-sent
    rejected, dead                             the counterpart refused; tried too often: a person's task
    by_hand                                    and a person has done it
    void                                       nobody's task: what it would have told is no longer so
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    ForeignKeyConstraint,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    case,
    func,
    select,
    update,
)

from app.core.away import goes_to
from app.core.case import Case
from app.core.effects import (
    FAILED,
    HANDED,
    KINDS,
    ChangeAppointment,
    Effect,
    Fate,
    TellClinician,
    WriteEvent,
    left_to_people,
)
from app.core.people import User
from app.edges.store.away import away, is_away
from app.edges.store.cases import encode
from app.edges.store.columns import Sequence as SequenceNumber
from app.edges.store.columns import UtcDateTime, metadata, plain
from app.edges.store.upsert import insert_beside
from app.flow.ports import EffectState, NotLeft

effects = Table(
    "effects",
    metadata,
    Column("seq", SequenceNumber, primary_key=True, autoincrement=True),
    Column("tenant", String, nullable=False),
    Column("case_id", String, nullable=False),
    Column("key", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("target", String, nullable=False),
    Column("document", Text, nullable=False),
    Column("patient", String, nullable=False),
    Column("session_id", String),  # whose token performs it, while that lasts
    Column("user_key", String),  # who caused it: a later session of theirs may take it over
    Column("state", String, nullable=False),
    Column("is_active", Boolean, nullable=False),  # its state is none of ENDED
    Column("attempts", Integer, nullable=False, default=0),
    Column("fence", Integer, nullable=False, default=0),  # counts leases; an older holder's word is void
    Column("due_at", UtcDateTime, nullable=False),  # of a leased one: when the lease ends
    Column("first_sent_at", UtcDateTime),
    Column("doubt_since", UtcDateTime),
    Column("looks", Integer, nullable=False, default=0),
    Column("say", String),
    Column("reference", String),
    Column("resource_version", String),
    Column("how", String),
    Column("handled_by", String),
    Column("handled_at", UtcDateTime),
    Column("goes_to", String, nullable=False, server_default=""),  # as app.core.away names it
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("tenant", "key"),
    ForeignKeyConstraint(["tenant", "case_id"], ["cases.tenant", "cases.id"]),
    Index(None, "tenant", "case_id", "state"),
    Index(None, "is_active", "due_at"),
    Index(None, "tenant", "target", "seq"),
    Index(None, "user_key", "is_active"),
)

# Notices, and events in the clinician's own calendar.
_TO_CLINICIAN = (TellClinician.__name__, WriteEvent.__name__)
ENDED = ("confirmed", "rejected", "dead", "by_hand", "void")
_decoders = {kind: msgspec.json.Decoder(each) for kind, each in KINDS.items()}


class UnreadableEffect(Exception):
    """A stored effect is of a kind or shape that this code does not know; the outbox hands it to a person."""


def add_effects(
    connection: Connection,
    case: Case,
    wanted: Sequence[Effect],
    *,
    session_id: str | None,
    user_key: str | None,
    now: datetime,
) -> None:
    """Queue the effects behind what the case has queued before; one whose key is there already is left as it is."""
    for effect in wanted:
        row = insert_beside(connection, effects).values(
            tenant=case.tenant,
            case_id=case.id,
            key=effect.key,
            kind=type(effect).__name__,
            target=effect.target,
            document=encode(effect, what="write"),
            patient=plain(case.patient.reference),
            goes_to=goes_to(effect),
            session_id=session_id,
            user_key=user_key,
            state="queued",
            is_active=True,
            due_at=now,
            created_at=now,
            updated_at=now,
        )
        connection.execute(row.on_conflict_do_nothing(index_elements=["tenant", "key"]))


def decode_effect(kind: str, document: str) -> Effect:
    """Return the effect; raises UnreadableEffect."""
    try:
        return _decoders[kind].decode(document)
    except (KeyError, msgspec.MsgspecError, ValueError) as error:
        raise UnreadableEffect(kind) from error


def read_states(connection: Connection, tenant: str, case_id: str) -> tuple[EffectState, ...]:
    """Return where each effect of the case stands, in the order in which they were asked for."""
    mine = (effects.c.tenant == tenant) & (effects.c.case_id == case_id)
    query = select(effects, away.c.since, away.c.ask_at).where(mine)
    query = query.outerjoin(away, is_away(effects.c.tenant, effects.c.goes_to))
    return tuple(
        EffectState(
            key=row.key,
            kind=row.kind,
            state=row.state,
            attempts=row.attempts,
            say=row.say,
            reference=row.reference,
            due_at=row.due_at,
            updated_at=row.updated_at,
            how=row.how,
            event=decode_effect(row.kind, row.document) if row.kind == WriteEvent.__name__ else None,
            target=row.target,
            change=_change_of(row),
            unknown_since=row.doubt_since if row.state == "unknown" else None,
            handled_by=row.handled_by,
            handled_at=row.handled_at,
            away_since=row.since if row.is_active else None,
            asked_at=row.ask_at if row.is_active else None,
        )
        for row in connection.execute(query.order_by(effects.c.seq))
    )


def read_written(connection: Connection, tenant: str, case_id: str) -> Mapping[str, str]:
    """Return what stands outside already: effect key → reference there."""
    query = select(effects.c.key, effects.c.reference).where(
        effects.c.tenant == tenant, effects.c.case_id == case_id, effects.c.state == "confirmed"
    )
    return {row.key: row.reference for row in connection.execute(query)}


def _change_of(row: Row[Any]) -> str | None:
    """Return what a change of a booked call does; None of any other write, and of one that cannot be read."""
    if row.kind != ChangeAppointment.__name__:
        return None
    try:
        return decode_effect(row.kind, row.document).change
    except UnreadableEffect:
        return None


def is_unwritten() -> ColumnElement[bool]:
    """
    Whether a row is something that a chart or a payer still lacks; what tells the clinician is none.

    Nor is what failed and a later version has taken the place of, or what nobody does there in its place.
    """
    e, later = effects.c, effects.alias("later")
    same = (later.c.tenant == e.tenant, later.c.target == e.target, later.c.seq > e.seq)
    overtaken = e.state.in_(FAILED) & e.kind.in_(HANDED) & select(later.c.seq).where(*same).exists()
    # Nobody goes into the EHR to mark a call as held or missed there (core.effects.left_to_people).
    held = e.key.like("%/fulfilled") | e.key.like("%/noshow")
    nobodys = e.state.in_(FAILED) & (e.kind == ChangeAppointment.__name__) & held
    return e.state.not_in(("confirmed", "by_hand")) & e.kind.not_in(_TO_CLINICIAN) & ~overtaken & ~nobodys


def count_by_hand(connection: Connection, tenant: str, case_ids: Sequence[str]) -> Mapping[str, int]:
    """Return, for those of the cases that have any, how much a person has yet to do in the EHR."""
    if not case_ids:
        return {}
    e = effects.c
    query = select(e.case_id, e.key, e.kind, e.target, e.state, e.document)
    query = query.where(e.tenant == tenant, e.case_id.in_(case_ids))
    fates: dict[str, list[Fate]] = {}
    for row in connection.execute(query.order_by(e.seq)):
        told = Fate(row.key, row.kind, row.target, row.state, _change_of(row))
        fates.setdefault(row.case_id, []).append(told)
    return {case_id: len(left) for case_id, each in fates.items() if (left := left_to_people(each))}


def settle_by_hand(
    connection: Connection, case: Case, key: str, *, by: User, unknown_before: datetime, now: datetime
) -> None:
    """End a write that a person did; whoever tries it just now loses the lease. raises: NotLeft"""
    e = effects.c
    mine = (e.tenant == case.tenant, e.case_id == case.id, e.key == key, e.kind.in_(HANDED))
    left = e.state.in_(FAILED) | ((e.state == "unknown") & (e.doubt_since <= unknown_before))
    ended = {"state": "by_hand", "is_active": False, "fence": e.fence + 1}
    told = {"handled_by": by.name, "handled_at": now, "updated_at": now}
    if connection.execute(update(effects).where(*mine, left).values(**ended, **told)).rowcount == 0:
        raise NotLeft


def count_unwritten(connection: Connection, tenant: str, case_ids: Sequence[str]) -> Mapping[str, tuple[int, int, int]]:
    """Return, of cases that have any: writes not confirmed, notices that failed, writes that the EHR did not take."""
    e = effects.c
    failed = e.kind.in_(_TO_CLINICIAN) & e.state.in_(("rejected", "dead"))
    handed = e.kind.in_(HANDED) & e.state.in_(FAILED)
    counted = (func.sum(case((each, 1), else_=0)) for each in (is_unwritten(), failed, handed))
    mine = (e.tenant == tenant, e.case_id.in_(case_ids), e.state != "confirmed")
    found = connection.execute(select(e.case_id, *counted).where(*mine).group_by(e.case_id))
    return {case_id: (int(one), int(two), int(three)) for case_id, one, two, three in found}
