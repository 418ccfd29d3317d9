"""Messages of payers, in and out, and who has read them."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

import msgspec
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from app.core.people import User
from app.core.windows.message import Message, ReadBy
from app.edges.fhir.identifiers import value_of_key
from app.edges.store.cases import cases, encode
from app.edges.store.columns import UtcDateTime, metadata, plain
from app.edges.store.database import Database
from app.flow.ports import NoSuchMessage

messages = Table(
    "messages",
    metadata,
    Column("tenant", String, nullable=False),
    Column("id", String, nullable=False),
    Column("name", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("state", String, nullable=False),  # new | done
    Column("case_id", String),
    Column("reference", String),  # by which one of ours is known outside
    Column("delivery", String),  # what became of one of ours: waiting | delivered | failed | unknown
    Column("document", Text, nullable=False),  # a Message
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("tenant", "name"),
    Index(None, "tenant", "state", "at"),
    Index(None, "tenant", "case_id", "at"),
    Index(None, "reference"),
    Index(None, "delivery"),
)
message_reads = Table(
    "message_reads",
    metadata,
    Column("tenant", String, nullable=False),
    Column("message_id", String, nullable=False),
    Column("who", String, nullable=False),  # a user's key
    Column("name", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("tenant", "message_id", "who"),
    ForeignKeyConstraint(["tenant", "message_id"], ["messages.tenant", "messages.id"]),
)
MOST_SHOWN = 200
_decoder = msgspec.json.Decoder(Message)
decode_message = _decoder.decode


class SqlMessages:
    """Implements flow.ports.Messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, tenant: str, message: Message) -> Message:
        """Keep a message; return it, or the one of this name that is there already, as it is."""

        return self._database.write(lambda connection: add_message(connection, tenant, message))

    def one(self, tenant: str, message_id: str) -> Message:
        """Return a message; raises NoSuchMessage."""
        with self._database.reading() as connection:
            document = connection.scalar(select(messages.c.document).where(_this(tenant, message_id)))
        if document is None:
            raise NoSuchMessage
        return _decoder.decode(document)

    def change(self, tenant: str, message: Message) -> None:
        """Write a message's case, offers and state anew."""
        change = update(messages).where(_this(tenant, message.id)).values(**_values(message))
        self._database.write(lambda connection: connection.execute(change))

    def all(self, tenant: str, *, state: str | None, case_ids: Sequence[str] | None) -> tuple[Message, ...]:
        """Return messages in this state (None: any) of these cases (None: any, and of no case yet), newest first."""
        wanted = [messages.c.tenant == tenant]
        wanted += [messages.c.state == state] if state else []
        wanted += [messages.c.case_id.in_(list(case_ids))] if case_ids is not None else []
        query = select(messages.c.document).where(*wanted).order_by(messages.c.at.desc(), messages.c.id)
        with self._database.reading() as connection:
            return tuple(_decoder.decode(each) for each in connection.scalars(query.limit(MOST_SHOWN)))

    def count_new(self, tenant: str) -> int:
        """Return how many messages nobody has dealt with."""
        new = (messages.c.tenant == tenant) & (messages.c.state == "new")
        with self._database.reading() as connection:
            return connection.scalar(select(func.count()).select_from(messages).where(new)) or 0

    def mark_read(self, tenant: str, message_id: str, *, by: User, at: datetime) -> None:
        """Keep who read it and when first."""
        reads = message_reads.c
        mine = (reads.tenant == tenant) & (reads.message_id == message_id) & (reads.who == by.key)
        row = {"tenant": tenant, "message_id": message_id, "who": by.key, "name": plain(by.name), "at": at}

        def work(connection: Connection) -> None:
            if connection.scalar(select(func.count()).select_from(message_reads).where(mine)):
                return
            with suppress(IntegrityError), connection.begin_nested():  # another window of theirs was first
                connection.execute(insert(message_reads).values(**row))

        self._database.write(work)

    def readers(self, tenant: str, message_id: str) -> tuple[ReadBy, ...]:
        """Return who has read it, the first reader first."""
        of_it = (message_reads.c.tenant == tenant) & (message_reads.c.message_id == message_id)
        query = select(message_reads).where(of_it).order_by(message_reads.c.at, message_reads.c.who)
        with self._database.reading() as connection:
            return tuple(ReadBy(row.name, row.at) for row in connection.execute(query))

    def case_numbered(self, tenant: str, number: str) -> str | None:
        """Return the id of the case that may be called so aloud, None where there is none."""
        query = select(cases.c.id).where(cases.c.tenant == tenant, cases.c.number == number)
        with self._database.reading() as connection:
            return connection.scalar(query)


def add_message(connection: Connection, tenant: str, message: Message) -> Message:
    """Keep a message; return it, or the one of this name that is there already, as it is."""
    row = {"tenant": tenant, "id": message.id, "name": message.name, "at": message.at}
    try:
        with connection.begin_nested():
            connection.execute(insert(messages).values(**row, **_values(message)))
        return message
    except IntegrityError:
        same = (messages.c.tenant == tenant) & (messages.c.name == message.name)
        return _decoder.decode(connection.execute(select(messages.c.document).where(same)).scalar_one())


def _values(message: Message) -> dict[str, str | None]:
    return {
        "state": message.state,
        "case_id": message.case_id,
        "delivery": message.delivery.state if message.delivery else None,
        "reference": value_of_key(message.effect) if message.effect else None,
        "document": encode(message, what="message"),
    }


def _this(tenant: str, message_id: str) -> ColumnElement[bool]:
    return (messages.c.tenant == tenant) & (messages.c.id == message_id)
