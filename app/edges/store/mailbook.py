"""How far mailboxes were read, and which cases of any tenant a message names."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import BigInteger, Column, Row, Select, String, Table, or_, select, update

from app.core.effects import TellClinician
from app.core.windows.message import Message
from app.edges.store.cases import cases
from app.edges.store.columns import UtcDateTime, metadata
from app.edges.store.database import Database
from app.edges.store.effects import effects
from app.edges.store.messages import decode_message, messages
from app.edges.store.upsert import insert_beside
from app.flow.ports import LONG_AGO, Mark, Named

# One row a mailbox, whatever tenants it serves.
mailboxes = Table(
    "mailboxes",
    metadata,
    Column("name", String, primary_key=True),
    Column("free_at", UtcDateTime, nullable=False),
    Column("validity", BigInteger),
    Column("uid", BigInteger),
    Column("read_at", UtcDateTime),
)


class SqlMailBook:
    """Implements flow.ports.MailBook."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, mailbox: str, *, now: datetime, until: datetime) -> bool:
        """Return whether the caller alone reads this mailbox until then, whoever else races."""
        m = mailboxes.c
        claim = update(mailboxes).where(m.name == mailbox, m.free_at <= now).values(free_at=until)
        with self._database.writing() as connection:
            first = insert_beside(connection, mailboxes).values(name=mailbox, free_at=LONG_AGO)
            connection.execute(first.on_conflict_do_nothing())
            return connection.execute(claim).rowcount == 1

    def mark(self, mailbox: str) -> Mark | None:
        """Return how far a mailbox was read, None where it never was."""
        m = mailboxes.c
        with self._database.reading() as connection:
            row = connection.execute(select(m.validity, m.uid, m.read_at).where(m.name == mailbox)).first()
        return None if row is None or row.validity is None else Mark(row.validity, row.uid, row.read_at)

    def move(self, mailbox: str, mark: Mark) -> None:
        """Keep how far it was read."""
        told = {"validity": mark.validity, "uid": mark.uid, "read_at": mark.at}
        change = update(mailboxes).where(mailboxes.c.name == mailbox).values(**told)
        self._database.write(lambda connection: connection.execute(change))

    def numbered(self, numbers: Collection[str]) -> tuple[Named, ...]:
        """Return the cases of any tenant that are called so aloud."""
        c = cases.c
        return self._named(select(c.tenant, c.id, c.number).where(c.number.in_(list(numbers))))

    def sent_as(self, reference: str) -> tuple[str, Message] | None:
        """Return the tenant and the message of ours that is known by this reference outside."""
        m = messages.c
        with self._database.reading() as connection:
            row = connection.execute(select(m.tenant, m.document).where(m.reference == reference)).first()
        return None if row is None else (row.tenant, decode_message(row.document))

    def undelivered(self, *, limit: int) -> tuple[tuple[str, str, Message], ...]:
        """Return (tenant, reference, message) of ours that somebody took and nobody told more of, the oldest first."""
        m = messages.c
        query = select(m.tenant, m.reference, m.document).where(m.delivery == "waiting").order_by(m.at, m.id)
        with self._database.reading() as connection:
            rows = list(connection.execute(query.limit(limit)))
        return tuple((row.tenant, row.reference, decode_message(row.document)) for row in rows)

    def asked_in(self, references: Collection[str]) -> tuple[Named, ...]:
        """Return the cases of our messages that are known by these references outside (of their effects' keys)."""
        c, m = cases.c, messages.c
        joined = messages.join(cases, (c.tenant == m.tenant) & (c.id == m.case_id))
        return self._named(
            select(c.tenant, c.id, c.number).select_from(joined).where(m.reference.in_(list(references)))
        )

    def came_back(self, references: Collection[str], *, say: str, now: datetime) -> bool:
        """Say of notices, by what they are known by outside, that they reached nobody; False where there is none."""
        e = effects.c
        ours = or_(*(e.reference.startswith(f"<{each}@", autoescape=True) for each in references))
        told = update(effects).where(e.kind == TellClinician.__name__, ours)
        gone = told.values(state="rejected", say=say, updated_at=now)
        return self._database.write(lambda connection: connection.execute(gone).rowcount) > 0

    def _named(self, query: Select) -> tuple[Named, ...]:
        with self._database.reading() as connection:
            rows: list[Row] = list(connection.execute(query.order_by(cases.c.tenant, cases.c.id).limit(100)))
        return tuple(dict.fromkeys(Named(*row) for row in rows))
