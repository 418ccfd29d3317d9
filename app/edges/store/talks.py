"""Drafts of calls: what a person typed and tapped, until the call's outcome is recorded."""

from dataclasses import replace
from datetime import datetime

import msgspec
from sqlalchemy import (
    Column,
    Connection,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from app.core.call.talk import Talk
from app.edges.store.cases import encode
from app.edges.store.columns import UtcDateTime, metadata
from app.edges.store.database import Database
from app.flow.ports import TalkMoved

call_drafts = Table(
    "call_drafts",
    metadata,
    Column("tenant", String, nullable=False),
    Column("case_id", String, nullable=False),
    Column("user_key", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Column("kept_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("tenant", "case_id", "user_key"),
    ForeignKeyConstraint(["tenant", "case_id"], ["cases.tenant", "cases.id"]),
    Index(None, "tenant", "kept_at"),
)
_decoder = msgspec.json.Decoder(Talk)


class SqlTalks:
    """Implements flow.ports.Talks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, tenant: str, case_id: str, user_key: str) -> Talk | None:
        """Return somebody's draft of a case's call, None where there is none."""
        query = select(call_drafts.c.document).where(*_mine(tenant, case_id, user_key))
        with self._database.reading() as connection:
            document = connection.scalar(query)
        return _decoder.decode(document) if document else None

    def keep(self, tenant: str, talk: Talk, *, now: datetime) -> Talk:
        """Keep a draft, return it with its new version; raises TalkMoved."""
        kept = replace(talk, version=talk.version + 1, kept_at=now)
        self._database.write(lambda connection: _put(connection, tenant, kept, now=now))
        return kept

    def drop(self, tenant: str, case_id: str, user_key: str) -> None:
        """Forget a draft."""
        gone = delete(call_drafts).where(*_mine(tenant, case_id, user_key))
        self._database.write(lambda connection: connection.execute(gone))

    def drop_before(self, tenant: str, before: datetime) -> int:
        """Forget the drafts that nobody touched since then; return how many."""
        gone = delete(call_drafts).where(call_drafts.c.tenant == tenant, call_drafts.c.kept_at < before)
        return self._database.write(lambda connection: connection.execute(gone).rowcount)


def _mine(tenant: str, case_id: str, user_key: str) -> tuple:
    c = call_drafts.c
    return (c.tenant == tenant, c.case_id == case_id, c.user_key == user_key)


def _put(connection: Connection, tenant: str, kept: Talk, *, now: datetime) -> None:
    told = {"version": kept.version, "document": encode(kept, what="note"), "kept_at": now}
    mine = _mine(tenant, kept.case_id, kept.user_key)
    if kept.version > 1:
        changed = update(call_drafts).where(*mine, call_drafts.c.version == kept.version - 1).values(**told)
        if connection.execute(changed).rowcount == 0:
            raise TalkMoved
        return
    who = {"tenant": tenant, "case_id": kept.case_id, "user_key": kept.user_key}
    try:
        with connection.begin_nested():
            connection.execute(insert(call_drafts).values(**who, **told))
    except IntegrityError as error:
        raise TalkMoved from error
