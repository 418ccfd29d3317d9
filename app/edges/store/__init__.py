"""
The store: cases, claims on time, effects, events, audit and launches, in SQLite or PostgreSQL.

One file per table; every save is one transaction. May import app.core, app.errors, app.flow.ports and SQLAlchemy.
"""

from app.edges.store.asks import SqlAsks
from app.edges.store.database import Database, StoreDown, open_database
from app.edges.store.outbox import SqlOutbox
from app.edges.store.store import SqlStore

__all__ = ["Database", "SqlAsks", "SqlOutbox", "SqlStore", "StoreDown", "open_database"]
