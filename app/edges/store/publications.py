"""Addresses given to payers, who is told of there, and what stands there. Of each secret only the digest is kept."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy import (
    Column,
    Connection,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    delete,
    insert,
    select,
    update,
)

from app.core.people import User
from app.core.slots.offered import OutFeed, Publication
from app.edges.store.audit import append_audit
from app.edges.store.columns import UtcDateTime, metadata, plain
from app.edges.store.database import Database
from app.edges.store.upsert import insert_beside

out_feeds = Table(
    "out_feeds",
    metadata,
    Column("id", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("payer_key", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("made_by", String, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("state", String, nullable=False),
    Column("ended_by", String),
    Column("ended_at", UtcDateTime),
    UniqueConstraint("digest"),
)
published_people = Table(
    "published_people",
    metadata,
    Column("tenant", String, nullable=False),
    Column("person", String, nullable=False),
    Column("name", String, nullable=False),
    PrimaryKeyConstraint("tenant", "person"),
)
publications = Table(
    "publications",
    metadata,
    Column("tenant", String, nullable=False),
    Column("payer_key", String, nullable=False),
    Column("document", Text, nullable=False),
    PrimaryKeyConstraint("tenant", "payer_key"),
)
_decode = msgspec.json.Decoder(Publication).decode


class SqlPublications:
    """Implements flow.ports.Publications."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def feeds(self, tenant: str) -> tuple[OutFeed, ...]:
        """Return the addresses of a tenant, the newest last."""
        f = out_feeds.c
        with self._database.reading() as connection:
            rows = connection.execute(select(out_feeds).where(f.tenant == tenant).order_by(f.made_at, f.id))
            return tuple(OutFeed(**row._mapping) for row in rows)

    def by_digest(self, digest: str) -> OutFeed | None:
        """Return the address with this digest, None where there is none."""
        with self._database.reading() as connection:
            row = connection.execute(select(out_feeds).where(out_feeds.c.digest == digest)).first()
        return OutFeed(**row._mapping) if row else None

    def open(self, feed: OutFeed, *, who: str) -> None:
        """Keep a new address; the one that this payer had ends."""
        f = out_feeds.c
        older = (f.tenant == feed.tenant) & (f.payer_key == feed.payer_key) & (f.state == "open")

        def work(connection: Connection) -> None:
            ended = {"state": "ended", "ended_by": feed.made_by, "ended_at": feed.made_at}
            connection.execute(update(out_feeds).where(older).values(ended))
            connection.execute(insert(out_feeds).values({name: getattr(feed, name) for name in f.keys()}))
            _audit(connection, feed.tenant, f"address opened {feed.payer_key} {feed.id}", who=who, at=feed.made_at)

        self._database.write(work)

    def end(self, tenant: str, feed_id: str, *, by: User, at: datetime) -> bool:
        """End an address; False where there is none that is open."""
        f = out_feeds.c
        mine = (f.tenant == tenant) & (f.id == feed_id) & (f.state == "open")

        def work(connection: Connection) -> bool:
            ended = update(out_feeds).where(mine).values(state="ended", ended_by=by.name, ended_at=at)
            if connection.execute(ended).rowcount != 1:
                return False
            _audit(connection, tenant, f"address ended {feed_id}", who=by.key, at=at)
            return True

        return self._database.write(work)

    def people(self, tenant: str) -> Mapping[str, str]:
        """Return who is told of: names by reference, in the order of names."""
        p = published_people.c
        with self._database.reading() as connection:
            rows = connection.execute(select(p.person, p.name).where(p.tenant == tenant).order_by(p.name, p.person))
            return {row.person: row.name for row in rows}

    def choose(self, tenant: str, people: Mapping[str, str], *, by: User, at: datetime) -> None:
        """Let these, and only these, be told of."""
        p = published_people.c

        def work(connection: Connection) -> None:
            before = set(connection.scalars(select(p.person).where(p.tenant == tenant)))
            connection.execute(delete(published_people).where(p.tenant == tenant))
            rows = [{"tenant": tenant, "person": each, "name": plain(name)} for each, name in people.items()]
            if rows:
                connection.execute(insert(published_people), rows)
            for each in sorted(before ^ set(people)):
                act = f"published {each}" if each in people else f"no longer published {each}"
                _audit(connection, tenant, act, who=by.key, at=at)

        self._database.write(work)

    def standing(self, tenant: str, payer_key: str) -> Publication:
        """Return what stands at a payer's address."""
        p = publications.c
        query = select(p.document).where(p.tenant == tenant, p.payer_key == payer_key)
        with self._database.reading() as connection:
            document = connection.scalar(query)
        return _decode(document) if document else Publication()

    def keep(self, tenant: str, payer_key: str, publication: Publication) -> None:
        """Let this stand at a payer's address."""
        document = plain(msgspec.json.encode(publication).decode())
        with self._database.writing() as connection:
            row = insert_beside(connection, publications)
            values = row.values(tenant=tenant, payer_key=payer_key, document=document)
            connection.execute(
                values.on_conflict_do_update(index_elements=["tenant", "payer_key"], set_={"document": document})
            )


def _audit(connection: Connection, tenant: str, act: str, *, who: str, at: datetime) -> None:
    append_audit(connection, tenant, at=at, who=who, act=act, case_id=None, patient=None)
