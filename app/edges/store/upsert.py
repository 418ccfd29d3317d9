"""Inserts that may meet a row of their own key, which each database says in its own way."""

from importlib import import_module
from typing import Any

from sqlalchemy import Connection, Engine, Table


def insert_beside(bind: Connection | Engine | str, table: Table) -> Any:
    """
    Return an insert with `on_conflict_do_nothing` and `on_conflict_do_update`.

    bind: on which, or its dialect's name. Of the database in use alone: the other's dialect takes longer to load than a
    page to make.
    """
    dialect = bind if isinstance(bind, str) else bind.dialect.name
    name = "postgresql" if dialect == "postgresql" else "sqlite"
    return import_module(f"sqlalchemy.dialects.{name}").insert(table)
