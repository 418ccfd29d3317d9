"""What was read of payers' feeds: one row a payer, whatever tenant looks; no case and no person is in it."""

from datetime import datetime
from threading import Lock

import msgspec
from sqlalchemy import Column, Integer, String, Table, Text, select, update

from app.core.case import OfferedWindow
from app.edges.store.columns import UtcDateTime, metadata, plain
from app.edges.store.database import Database
from app.edges.store.upsert import insert_beside
from app.flow.ports import LONG_AGO, KeptTimes, TimesRead

feed_times = Table(
    "feed_times",
    metadata,
    Column("payer_key", String, primary_key=True),
    Column("due_at", UtcDateTime, nullable=False),
    Column("read_at", UtcDateTime),
    Column("stamp", String),  # of what was read: while it is the same, so are the windows
    Column("failures", Integer, nullable=False),
    Column("say", Text),
    Column("windows", Text, nullable=False),
    Column("warnings", Text, nullable=False),
)
_encode = msgspec.json.encode
_windows_of = msgspec.json.Decoder(tuple[OfferedWindow, ...]).decode
_words_of = msgspec.json.Decoder(tuple[str, ...]).decode


class SqlFeedTimes:
    """Implements flow.ports.FeedTimes; what has not changed is decoded once a process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._decoded: dict[str, tuple[str | None, tuple[OfferedWindow, ...]]] = {}
        self._lock = Lock()

    def claim(self, payer_key: str, *, now: datetime, until: datetime) -> bool:
        """Return whether the feed is due and the caller alone reads it until then, whoever else races."""
        f = feed_times.c
        first = {"payer_key": payer_key, "due_at": LONG_AGO, "failures": 0, "windows": "[]", "warnings": "[]"}
        claimed = update(feed_times).where(f.payer_key == payer_key, f.due_at <= now).values(due_at=until)
        with self._database.writing() as connection:
            connection.execute(insert_beside(connection, feed_times).values(first).on_conflict_do_nothing())
            return connection.execute(claimed).rowcount == 1

    def keep(self, payer_key: str, read: TimesRead, *, at: datetime, due_at: datetime) -> bool:
        """Keep what was read, or only that it was read where that is as before; return whether it is other."""
        f = feed_times.c
        told = {"due_at": due_at, "read_at": at, "failures": 0, "say": None}
        told["warnings"] = plain(_encode(read.warnings).decode())
        with self._database.reading() as connection:
            before = connection.scalar(select(f.stamp).where(f.payer_key == payer_key))
        if before != read.stamp:
            told |= {"stamp": read.stamp, "windows": plain(_encode(read.windows).decode())}
        self._put(payer_key, told)
        return before != read.stamp

    def fail(self, payer_key: str, say: str, *, due_at: datetime) -> None:
        """Note that it could not be read, and when it is tried again; what was read before stays."""
        self._put(payer_key, {"due_at": due_at, "say": plain(say), "failures": feed_times.c.failures + 1})

    def of(self, payer_key: str) -> KeptTimes:
        """Return what is kept of a payer's feed."""
        f = feed_times.c
        row_query = select(f.read_at, f.stamp, f.failures, f.say, f.warnings).where(f.payer_key == payer_key)
        with self._database.reading() as connection:
            row = connection.execute(row_query).first()
            if row is None:
                return KeptTimes()
            with self._lock:
                known = self._decoded.get(payer_key)
            if known is None or known[0] != row.stamp:
                text = connection.scalar(select(f.windows).where(f.payer_key == payer_key))
                known = (row.stamp, _windows_of(text))
        with self._lock:
            self._decoded[payer_key] = known
        return KeptTimes(known[1], _words_of(row.warnings), row.read_at, row.failures, row.say)

    def _put(self, payer_key: str, told: dict) -> None:
        with self._database.writing() as connection:
            connection.execute(update(feed_times).where(feed_times.c.payer_key == payer_key).values(told))
