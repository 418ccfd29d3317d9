"""What a language model said, by what it was asked: sentences without facts; no tenant, case or person is in them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Column, PrimaryKeyConstraint, String, Table, Text, delete, select

from app.edges.store.columns import UtcDateTime, metadata
from app.edges.store.database import Database
from app.edges.store.upsert import insert_beside

wordings = Table(
    "wordings",
    metadata,
    Column("model", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("asked", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("model", "digest"),
)


class SqlWordings:
    """Implements flow.ports.WordingShelf."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def said(self, model: str, asked: Sequence[str]) -> Mapping[str, str]:
        """Return what was answered to these sentences, by sentence."""
        if not asked:
            return {}
        query = select(wordings.c.asked, wordings.c.answer).where(_of(model, asked))
        with self._database.reading() as connection:
            return {row.asked: row.answer for row in connection.execute(query)}

    def keep(self, model: str, answers: Mapping[str, str], *, at: datetime) -> None:
        """Keep answers in the place of earlier ones."""
        with self._database.writing() as connection:
            for asked, answer in answers.items():
                told = {"asked": asked, "answer": answer, "at": at}
                row = insert_beside(connection, wordings).values(told | {"model": model, "digest": _digest(asked)})
                connection.execute(row.on_conflict_do_update(index_elements=["model", "digest"], set_=told))

    def forget(self, model: str, asked: Sequence[str]) -> None:
        """Forget the answers to these sentences."""
        with self._database.writing() as connection:
            connection.execute(delete(wordings).where(_of(model, asked)))


def _of(model: str, asked: Sequence[str]):
    return (wordings.c.model == model) & wordings.c.digest.in_([_digest(each) for each in asked])


def _digest(asked: str) -> str:
    return sha256(asked.encode()).hexdigest()
