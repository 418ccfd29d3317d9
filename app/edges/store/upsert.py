"""Inserts that may meet a row of their own key, which each database says in its own way."""

from importlib import import_module
from typing import Any

from sqlalchemy import Connection, Engine, Table


def insert_beside(bind: Connection | Engine, table: Table) -> Any:
    """
    Return an insert with `on_conflict_do_nothing` and `on_conflict_do_update`.

    Of the database in use alone: the other's dialect takes longer to load than a page to make.
    """
    name = "postgresql" if bind.dialect.name == "postgresql" else "sqlite"
    return import_module(f"sqlalchemy.dialects.{name}").insert(table)
