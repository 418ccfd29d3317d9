"""SMART launches: transactions that are used once, sessions that keep one launch's token and context."""

from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, case, delete, insert, or_, select, update

from app.edges.store.columns import plain
from app.edges.store.database import Database
from app.edges.store.effects import effects
from app.edges.store.launch_tables import LaunchSession, LaunchTransaction, launch_sessions, launch_transactions

REFRESH_HOLD = timedelta(seconds=30)


class Launches:
    """Launch transactions and sessions of every issuer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, transaction: LaunchTransaction) -> None:
        """Remember a transaction until its callback."""
        values = {each.name: getattr(transaction, each.name) for each in fields(transaction)}
        with self._database.writing() as connection:
            connection.execute(insert(launch_transactions).values(values))

    def consume(self, state_hash: str, *, now: datetime) -> LaunchTransaction | None:
        """Return the transaction of this state and use it up; None when unknown, expired or used, whoever races."""
        t = launch_transactions.c
        taken = (
            update(launch_transactions)
            .where(t.state_hash == state_hash, t.used_at.is_(None), t.expires_at > now)
            .values(used_at=now)
            .returning(*launch_transactions.c)
        )
        with self._database.writing() as connection:
            row = connection.execute(taken).first()
        return LaunchTransaction(**row._mapping) if row else None

    def peek(self, state_hash: str, *, now: datetime) -> LaunchTransaction | None:
        """Return the live, unused transaction of this state without using it up, to compare the browser's cookie."""
        t = launch_transactions.c
        with self._database.reading() as connection:
            row = connection.execute(
                select(launch_transactions).where(t.state_hash == state_hash, t.used_at.is_(None), t.expires_at > now)
            ).first()
        return LaunchTransaction(**row._mapping) if row else None

    def open(self, session: LaunchSession) -> None:
        """Keep a new session, and hand it the writes that wait for this person to sign in (see rebind_waiting)."""
        values = {each.name: getattr(session, each.name) for each in fields(session)}
        values["fhir_context"] = msgspec.json.encode(session.fhir_context).decode()
        values["user_name"] = plain(session.user_name)
        with self._database.writing() as connection:
            connection.execute(insert(launch_sessions).values(values))
            rebind_waiting(connection, session, now=session.created_at)

    def session(self, session_id: str) -> LaunchSession | None:
        """Return the session as it stands, live or not (ask is_live); None when there is none."""
        with self._database.reading() as connection:
            row = connection.execute(select(launch_sessions).where(launch_sessions.c.id == session_id)).first()
        if row is None:
            return None
        found = LaunchSession(**row._mapping)
        return replace(found, fhir_context=tuple(msgspec.json.decode(row.fhir_context)))

    def touch(self, session_id: str, *, now: datetime, idle: timedelta) -> None:
        """Push the idle end of a live session ahead."""
        self._change(session_id, last_seen_at=now, idle_expires_at=now + idle)

    def claim_refresh(self, session_id: str, now: datetime, *, hold: timedelta = REFRESH_HOLD) -> bool:
        """Return whether the caller alone may refresh the token now; the claim ends by itself after `hold`."""
        s = launch_sessions.c
        free = or_(s.refreshing_until.is_(None), s.refreshing_until <= now)
        claim = update(launch_sessions).where(s.id == session_id, s.ended_at.is_(None), free)
        with self._database.writing() as connection:
            return connection.execute(claim.values(refreshing_until=now + hold)).rowcount == 1

    def keep_token(self, session_id: str, *, token_box: bytes, token_expires_at: datetime | None, scopes: str) -> None:
        """Store the refreshed token and end the claim."""
        self._change(
            session_id,
            token_box=token_box,
            token_expires_at=token_expires_at,
            scopes=scopes,
            refreshing_until=None,
        )

    def end_refresh(self, session_id: str) -> None:
        """End the claim without a new token."""
        self._change(session_id, refreshing_until=None)

    def drop_token(self, session_id: str) -> None:
        """Forget a token that the EHR no longer takes, and end the claim; the pages stay open."""
        self._change(session_id, token_box=None, token_expires_at=None, refreshing_until=None)

    def end(self, session_id: str, *, now: datetime) -> None:
        """End the session and forget its tokens."""
        self._change(session_id, ended_at=now, token_box=None, token_expires_at=None, refreshing_until=None)

    def all_open(self, *, now: datetime) -> tuple[LaunchSession, ...]:
        """Return the sessions that anybody could still use, by person, without what opens them."""
        s = launch_sessions.c
        live = select(launch_sessions).where(s.ended_at.is_(None), s.idle_expires_at > now, s.expires_at > now)
        with self._database.reading() as connection:
            rows = connection.execute(live.order_by(s.user_key, s.created_at)).all()
        hidden = {"secret_hash": "", "csrf_secret": "", "token_box": None, "fhir_context": ()}
        return tuple(LaunchSession(**{**row._mapping, **hidden}) for row in rows)

    def end_all_of(self, user_key: str, *, now: datetime) -> int:
        """End every session of this person; return how many were open (45 CFR 164.308(a)(3)(ii)(C))."""
        s = launch_sessions.c
        mine = update(launch_sessions).where(s.user_key == user_key, s.ended_at.is_(None))
        with self._database.writing() as connection:
            return connection.execute(mine.values(ended_at=now, token_box=None, token_expires_at=None)).rowcount

    def purge(self, *, now: datetime, keep: timedelta = timedelta(days=1)) -> int:
        """Delete transactions and sessions that ended more than `keep` ago; return how many."""
        before = now - keep
        t, s = launch_transactions.c, launch_sessions.c
        with self._database.writing() as connection:
            old = connection.execute(delete(launch_transactions).where(t.expires_at < before)).rowcount
            return old + connection.execute(delete(launch_sessions).where(s.expires_at < before)).rowcount

    def _change(self, session_id: str, **values: Any) -> None:
        s = launch_sessions.c
        with self._database.writing() as connection:
            connection.execute(update(launch_sessions).where(s.id == session_id, s.ended_at.is_(None)).values(**values))


def user_key_of(connection: Connection, session_id: str | None) -> str | None:
    """Return whose session this is, None without one."""
    if session_id is None:
        return None
    return connection.scalar(select(launch_sessions.c.user_key).where(launch_sessions.c.id == session_id))


def rebind_waiting(connection: Connection, session: LaunchSession, *, now: datetime) -> int:
    """
    Hand the session the writes that wait for its person; return how many.

    A session opened from one patient's chart takes that patient's only: its token may be good for no other.
    """
    e = effects.c
    waiting = (e.state == "waiting") & (e.user_key == session.user_key) & (e.tenant == session.issuer)
    if session.patient is not None:
        waiting &= e.patient == session.patient
    state = case((e.doubt_since.is_(None), "queued"), else_="unknown")
    taken = update(effects).where(waiting).values(session_id=session.id, state=state, due_at=now, updated_at=now)
    return connection.execute(taken).rowcount
