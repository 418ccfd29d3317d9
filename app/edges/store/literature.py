"""What PubMed answered, by question; no tenant, no case and no person is in it."""

from datetime import datetime
from hashlib import sha256

import msgspec
from sqlalchemy import Column, String, Table, Text, select

from app.core.brief.literature import Article, Looked
from app.edges.store.columns import UtcDateTime, metadata, plain
from app.edges.store.database import Database
from app.edges.store.upsert import insert_beside

literature = Table(
    "literature",
    metadata,
    Column("digest", String, primary_key=True),
    Column("query", Text, nullable=False),
    Column("articles", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
_encode = msgspec.json.encode
_decode = msgspec.json.Decoder(tuple[Article, ...]).decode


class SqlLiterature:
    """Implements flow.ports.LiteratureShelf."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def looked(self, query: str) -> Looked | None:
        """Return what was answered to this question the last time, None where it was never asked."""
        row_query = select(literature.c.articles, literature.c.at).where(literature.c.digest == _digest(query))
        with self._database.reading() as connection:
            row = connection.execute(row_query).first()
        return Looked(_decode(row.articles), row.at) if row else None

    def keep(self, query: str, articles: tuple[Article, ...], *, at: datetime) -> None:
        """Keep an answer in the place of an earlier one."""
        told = {"query": query, "articles": plain(_encode(articles).decode()), "at": at}
        with self._database.writing() as connection:
            row = insert_beside(connection, literature).values(told | {"digest": _digest(query)})
            connection.execute(row.on_conflict_do_update(index_elements=["digest"], set_=told))


def _digest(query: str) -> str:
    return sha256(query.encode()).hexdigest()
