"""
The worker's side of the outbox: lease what is due, say what became of it.

A lease is exclusive, ends by itself, and carries a fence: whoever holds an older one is told LeaseLost and must leave
the effect alone. Effects of one target are leased in order, the next only when the one before has ended; of one case
no two at a time, so that many workers write a case in the order in which it happened. One hospital's slow EHR does not
take all workers: the next free one goes to the counterpart that holds the fewest, and never more than `at_once` to one.
What is for a counterpart that is away waits, save for one that asks whether it is back (app.core.away).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, func, literal, select, text, update

from app.core.away import AWAY_AFTER, goes_to
from app.edges.store.audit import append_audit
from app.edges.store.away import away, is_away, note_answer, note_asking, note_end, note_miss
from app.edges.store.columns import UtcDateTime
from app.edges.store.database import Database
from app.edges.store.effects import ENDED, UnreadableEffect, decode_effect, effects, read_written
from app.flow.ports import DueEffect, LeaseLost, Missed, Written

LEASE = timedelta(seconds=60)
WHO = "outbox"
_IN_HAND = ("leased", "sent")
_ONE_CHOOSES = text("SELECT pg_advisory_xact_lock(hashtext('parley outbox lease'))")
# Made once: to make an alias of a wide table takes longer than to ask with it.
_EARLIER, _OTHER = effects.alias("earlier"), effects.alias("other")


_AWAY = select(away.c.tenant).where(is_away(effects.c.tenant, effects.c.goes_to)).exists()


class SqlOutbox:
    """Implements flow.ports.Outbox."""

    def __init__(self, database: Database, *, lease: timedelta = LEASE, at_once: int | None = None) -> None:
        """at_once: how many effects for one counterpart may be in hand at a time, of all workers; None: any number."""
        self._database = database
        self._lease = lease
        self._at_once = at_once

    def earliest_due(self) -> datetime | None:
        """Return when the next effect is due (or its lease ends), None when nothing is left to do."""
        query = select(effects.c.due_at).where(effects.c.is_active, ~_AWAY, ~_blocked(), ~_case_in_hand())
        asks = case((effects.c.due_at > away.c.ask_at, effects.c.due_at), else_=away.c.ask_at)
        asking = select(asks).join(away, is_away(effects.c.tenant, effects.c.goes_to))
        asking = asking.where(effects.c.is_active, ~_blocked())
        with self._database.reading() as connection:
            plain = connection.scalar(query.order_by(effects.c.due_at).limit(1))
            asked = None
            if connection.scalar(select(away.c.tenant).where(away.c.misses >= AWAY_AFTER).limit(1)) is not None:
                asked = connection.scalar(asking.order_by(asks).limit(1))
        return min((each for each in (plain, asked) if each is not None), default=None)

    def lease(self, *, now: datetime, limit: int) -> tuple[DueEffect, ...]:
        """Return up to `limit` due effects, longest due first; no other caller gets them before the lease ends."""
        earliest = self.earliest_due()
        if earliest is None or earliest > now:
            return ()
        return self._database.write(lambda connection: self._lease_due(connection, now=now, limit=limit))

    def mark_sent(self, due: DueEffect, *, now: datetime, sends: bool = True) -> None:
        """
        Commit, before any byte leaves, that a try begins; raises LeaseLost.

        sends: False for a try that only looks. From a send on, the effect is in doubt until an answer says otherwise.
        """
        doubt = {"state": "sent", "first_sent_at": due.first_sent_at or now, "doubt_since": now, "looks": 0}
        self._change(due, now=now, due_at=now + self._lease, **(doubt if sends else {"state": "unknown"}))

    def confirm(self, due: DueEffect, written: Written, *, now: datetime) -> None:
        """Record where the effect stands outside, and that it was written, in the audit; raises LeaseLost."""

        def work(connection: Connection) -> None:
            self._update(
                connection,
                due,
                state="confirmed",
                is_active=False,
                say=None,
                reference=written.reference,
                resource_version=written.version,
                how=written.how,
                doubt_since=None,
                due_at=now,
                updated_at=now,
            )
            note_answer(connection, due.tenant, goes_to(due.effect))
            patient = connection.scalar(select(effects.c.patient).where(effects.c.seq == int(due.id)))
            act = f"wrote {type(due.effect).__name__} {written.reference}"
            append_audit(connection, due.tenant, at=now, who=WHO, act=act, case_id=due.case_id, patient=patient)

        self._database.write(work)

    def put_back(
        self, due: DueEffect, *, state: str, say: str, due_at: datetime, now: datetime, missed: Missed | None = None
    ) -> None:
        """
        End the lease without success; `state` queued, waiting or unknown is tried again at `due_at`, rejected and dead
        are not. Raises LeaseLost.

        unknown keeps the doubt, and counts a look when no new send was begun. Every other state says that this try
        did not write, so that the doubt is again what it was before the try.

        missed: whether the counterpart was away; then what else is for it waits too
        """
        if state == "unknown":
            looked = case((effects.c.doubt_since == literal(due.doubt_since, UtcDateTime), 1), else_=0)
            changes: dict[str, Any] = {"looks": effects.c.looks + looked}
        else:
            changes = {"doubt_since": due.doubt_since, "looks": due.looks}
        if state == "waiting":  # nobody's fault, and no reason to give up sooner
            changes["attempts"] = max(due.attempts - 1, 0)
        changes |= {"state": state, "say": say, "due_at": due_at, "is_active": state not in ENDED}

        def work(connection: Connection) -> None:
            self._update(connection, due, updated_at=now, **changes)
            about = (connection, due.tenant, goes_to(due.effect), int(due.id))
            if missed is not None:
                note_miss(*about, asked_seconds=missed.asked_seconds, now=now)
            else:
                note_end(*about, now=now)

        self._database.write(work)

    def wrote(self, tenant: str, case_id: str) -> Mapping[str, str]:
        """Return what of this case stands outside already: effect key → reference there."""
        with self._database.reading() as connection:
            return read_written(connection, tenant, case_id)

    def _lease_due(self, connection: Connection, *, now: datetime, limit: int) -> tuple[DueEffect, ...]:
        leased, cases = [], set()
        if not self._database.is_sqlite:  # two that choose at once could take two effects of one case
            connection.execute(_ONE_CHOOSES)
        for row in _due_rows(connection, now=now, limit=limit, at_once=self._at_once):
            if (row.tenant, row.case_id) in cases:
                continue
            asking = row.ask_at is not None
            if asking and not note_asking(
                connection, row.tenant, row.goes_to, row.seq, until=now + self._lease, now=now
            ):
                continue
            changes = {"fence": row.fence + 1, "attempts": row.attempts + 1, "due_at": now + self._lease}
            # A write in doubt is shown as unknown while it is being looked for, not as something about to be sent.
            changes["state"] = "leased" if row.doubt_since is None else "unknown"
            try:
                leased.append(_due_effect(row))
                cases.add((row.tenant, row.case_id))
            except UnreadableEffect:
                changes |= {
                    "state": "dead",
                    "is_active": False,
                    "say": "Parley cannot read this write.",
                }
            connection.execute(update(effects).where(effects.c.seq == row.seq).values(updated_at=now, **changes))
        return tuple(leased)

    def _change(self, due: DueEffect, *, now: datetime, **values: Any) -> None:
        self._database.write(lambda connection: self._update(connection, due, updated_at=now, **values))

    def _update(self, connection: Connection, due: DueEffect, **values: Any) -> None:
        mine = (effects.c.seq == int(due.id)) & (effects.c.fence == due.fence) & effects.c.is_active
        if connection.execute(update(effects).where(mine).values(**values)).rowcount == 0:
            raise LeaseLost


def open_writes(database: Database) -> tuple[tuple[str, str, int, datetime], ...]:
    """Return, for each tenant and state, how many writes have not ended, and when the oldest of them was caused."""
    e = effects.c
    query = select(e.tenant, e.state, func.count(), func.min(e.created_at)).where(e.is_active)
    with database.reading() as connection:
        return tuple(tuple(row) for row in connection.execute(query.group_by(e.tenant, e.state)))


def doubt_all(database: Database, *, now: datetime) -> int:
    """
    Put every write that has not ended in doubt, and return how many: the database is a backup put back.

    Since it was made each of them may have been done. From now on it is looked for first; what cannot be looked for
    goes to a person and is never sent blindly a second time
    """
    open_ones = effects.c.is_active & effects.c.doubt_since.is_(None)
    doubt = {"state": "unknown", "doubt_since": now, "looks": 0, "fence": effects.c.fence + 1, "due_at": now}
    sent_at = func.coalesce(effects.c.first_sent_at, literal(now, UtcDateTime))
    change = update(effects).where(open_ones).values(first_sent_at=sent_at, updated_at=now, **doubt)
    return database.write(lambda connection: connection.execute(change).rowcount)


def _blocked() -> ColumnElement[bool]:
    """Whether an earlier effect of the same target has not ended yet."""
    return (
        select(_EARLIER.c.seq)
        .where(
            _EARLIER.c.tenant == effects.c.tenant,
            _EARLIER.c.target == effects.c.target,
            _EARLIER.c.seq < effects.c.seq,
            _EARLIER.c.is_active,
        )
        .exists()
    )


def _case_in_hand(now: datetime | None = None) -> ColumnElement[bool]:
    """Whether a worker holds another effect of the same case at `now`, by default when this one is due."""
    held = select(_OTHER.c.seq).where(
        _OTHER.c.tenant == effects.c.tenant,
        _OTHER.c.case_id == effects.c.case_id,
        _OTHER.c.state.in_(_IN_HAND),
        _OTHER.c.seq != effects.c.seq,
        _OTHER.c.due_at > (effects.c.due_at if now is None else now),
    )
    return held.exists()


def _due_rows(connection: Connection, *, now: datetime, limit: int, at_once: int | None) -> list[Row[Any]]:
    held = (
        select(effects.c.tenant, effects.c.goes_to, func.count().label("count"))
        .where(effects.c.is_active, effects.c.state.in_(_IN_HAND), effects.c.due_at > now)
        .group_by(effects.c.tenant, effects.c.goes_to)
        .subquery("held")
    )
    free = () if at_once is None else (func.coalesce(held.c.count, 0) < at_once,)
    query = (
        select(effects, away.c.ask_at)
        .outerjoin(held, (held.c.tenant == effects.c.tenant) & (held.c.goes_to == effects.c.goes_to))
        .outerjoin(away, is_away(effects.c.tenant, effects.c.goes_to))
        .where(effects.c.is_active, effects.c.due_at <= now, ~_blocked(), ~_case_in_hand(now), *free)
        .where(func.coalesce(away.c.ask_at, effects.c.due_at) <= now)
        .order_by(func.coalesce(held.c.count, 0), effects.c.due_at, effects.c.seq)
        .limit(limit)
        .with_for_update(skip_locked=True, of=effects)
    )
    return list(connection.execute(query))


def _due_effect(row: Row[Any]) -> DueEffect:
    return DueEffect(
        id=str(row.seq),
        tenant=row.tenant,
        case_id=row.case_id,
        session_id=row.session_id,
        effect=decode_effect(row.kind, row.document),
        attempts=row.attempts + 1,
        seen=row.doubt_since is not None,  # a refused try is none that may have arrived
        fence=row.fence + 1,
        created_at=row.created_at,
        doubt_since=row.doubt_since,
        looks=row.looks,
        first_sent_at=row.first_sent_at,
    )
