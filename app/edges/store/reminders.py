"""What each clinician chose to be told by, and the reminders that were asked for."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

import msgspec
from sqlalchemy import (
    Column,
    Connection,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from app.core.case import Case
from app.core.effects import ChangeAppointment, TellClinician, WriteAppointment
from app.core.interval import Interval
from app.core.people import User
from app.core.reminders import Choice
from app.edges.store.audit import append_audit
from app.edges.store.cases import cases, encode, read_cases_among
from app.edges.store.columns import UtcDateTime, metadata, plain
from app.edges.store.database import Database
from app.edges.store.effects import add_effects, effects
from app.flow.ports import ChoiceMoved

reminder_choices = Table(
    "reminder_choices",
    metadata,
    Column("tenant", String, nullable=False),
    Column("person", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Column("chosen_by", String, nullable=False),
    Column("chosen_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("tenant", "person"),
)
_BOOKS = (WriteAppointment.__name__, ChangeAppointment.__name__)
_decoder = msgspec.json.Decoder(Choice)


class SqlReminders:
    """Implements flow.ports.Reminders."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def choice(self, tenant: str, person: str) -> Choice | None:
        """Return what somebody chose, None for nothing yet."""
        c = reminder_choices.c
        with self._database.reading() as connection:
            document = connection.scalar(select(c.document).where(c.tenant == tenant, c.person == person))
        return _decoder.decode(document) if document else None

    def choices(self, tenant: str) -> tuple[Choice, ...]:
        """Return all that was chosen, by person."""
        c = reminder_choices.c
        with self._database.reading() as connection:
            found = connection.scalars(select(c.document).where(c.tenant == tenant).order_by(c.person))
            return tuple(_decoder.decode(each) for each in found)

    def choose(self, tenant: str, choice: Choice, *, by: User, at: datetime) -> Choice:
        """Keep a choice with its entry in the audit; raises ChoiceMoved."""
        kept = replace(choice, version=choice.version + 1)
        # Which ways, and no address: it is a person's own.
        act = f"reminders of {choice.person}: {', '.join(choice.ways) or 'none'}"

        def work(connection: Connection) -> None:
            _put(connection, tenant, kept, by=by, at=at)
            append_audit(connection, tenant, at=at, who=by.key, act=act, case_id=None, patient=None)

        self._database.write(work)
        return kept

    def clinicians(self, tenant: str) -> Mapping[str, str]:
        """Return who takes the calls of open cases: name by reference."""
        c = cases.c
        mine = (c.tenant == tenant, c.is_open, c.clinician.is_not(None))
        query = select(c.clinician, func.max(c.clinician_name)).where(*mine)
        with self._database.reading() as connection:
            return {person: name or person for person, name in connection.execute(query.group_by(c.clinician))}

    def ahead(self, tenant: str, span: Interval) -> tuple[Case, ...]:
        """Return the cases whose live call begins in `span`, after its start."""
        c = cases.c
        soon = select(c.id).where(c.tenant == tenant, c.call_at > span.start, c.call_at <= span.end)
        with self._database.reading() as connection:
            return read_cases_among(connection, tenant, soon)

    def bookers(self, tenant: str, case_ids: Collection[str]) -> Mapping[str, str]:
        """Return who booked or moved each call last, where it is known."""
        e = effects.c
        mine = (e.tenant == tenant, e.case_id.in_(list(case_ids)), e.kind.in_(_BOOKS), e.user_key.is_not(None))
        with self._database.reading() as connection:
            rows = connection.execute(select(e.case_id, e.user_key).where(*mine).order_by(e.seq))
            return {case_id: user_key for case_id, user_key in rows}

    def told(self, tenant: str, case_ids: Collection[str]) -> frozenset[str]:
        """Return the keys of all notices of these cases."""
        e = effects.c
        mine = (e.tenant == tenant, e.case_id.in_(list(case_ids)), e.kind == TellClinician.__name__)
        with self._database.reading() as connection:
            return frozenset(connection.scalars(select(e.key).where(*mine)))

    def queue(self, case: Case, wanted: Collection[TellClinician], *, now: datetime) -> int:
        """Add what is not there yet, in the name of who booked; return how many. 0 when the case moved meanwhile."""
        c, e = cases.c, effects.c

        def work(connection: Connection) -> int:
            if connection.scalar(select(c.version).where(c.tenant == case.tenant, c.id == case.id)) != case.version:
                return 0
            mine = (e.tenant == case.tenant, e.case_id == case.id)
            count = select(func.count()).where(*mine)
            before = connection.scalar(count)
            booked = select(e.session_id, e.user_key).where(*mine, e.target == case.booking.id).order_by(e.seq.desc())
            whose = connection.execute(booked.limit(1)).first() or (None, None)
            add_effects(connection, case, tuple(wanted), session_id=whose[0], user_key=whose[1], now=now)
            return connection.scalar(count) - before

        return self._database.write(work)


def _put(connection: Connection, tenant: str, kept: Choice, *, by: User, at: datetime) -> None:
    c = reminder_choices.c
    told = {
        "version": kept.version,
        "document": encode(kept, what="choice"),
        "chosen_by": plain(by.key),
        "chosen_at": at,
    }
    if kept.version == 1:
        try:
            with connection.begin_nested():
                connection.execute(insert(reminder_choices).values(tenant=tenant, person=kept.person, **told))
        except IntegrityError as error:
            raise ChoiceMoved from error
        return
    mine = (c.tenant == tenant) & (c.person == kept.person) & (c.version == kept.version - 1)
    if connection.execute(update(reminder_choices).where(mine).values(**told)).rowcount == 0:
        raise ChoiceMoved
