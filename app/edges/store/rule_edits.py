"""
A tenant's edits of the rule book, numbered 1, 2, 3 …; none is ever changed or taken away.

The number is the key: of two who edit the same state of the book, both try the same number, and one of them has it.
"""

import msgspec
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    Integer,
    PrimaryKeyConstraint,
    Row,
    String,
    Table,
    Text,
    func,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError

from app.core.rulebook.edits import EditKind, NumberPassed, RuleEdit
from app.core.rulebook.payers import Evidence
from app.edges.store.cases import encode
from app.edges.store.columns import UtcDateTime, metadata

rule_edits = Table(
    "rule_edits",
    metadata,
    Column("tenant", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String, nullable=False),
    Column("by_name", String, nullable=False),
    Column("rule", String, nullable=False),
    Column("name", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("told", Text, nullable=False),  # its values as JSON by field, as the rule files write them
    Column("before", Text, nullable=False),
    Column("source", String),
    Column("verified_on", Date),
    Column("grade", String),
    Column("why", String, nullable=False),
    Column("later", Boolean, nullable=False),
    PrimaryKeyConstraint("tenant", "number"),
)


def read_version(connection: Connection, tenant: str) -> int:
    """Return the number of the tenant's latest edit, 0 for none."""
    return connection.scalar(select(func.max(rule_edits.c.number)).where(rule_edits.c.tenant == tenant)) or 0


def read_edits(connection: Connection, tenant: str) -> tuple[RuleEdit, ...]:
    """Return the tenant's edits, the oldest first."""
    query = select(rule_edits).where(rule_edits.c.tenant == tenant).order_by(rule_edits.c.number)
    return tuple(_edit(row) for row in connection.execute(query))


def insert_edit(connection: Connection, tenant: str, edit: RuleEdit) -> None:
    """Add the next edit; raises NumberPassed when its number is taken."""
    found = edit.evidence
    row = {
        "tenant": tenant,
        "told": encode(dict(edit.values), what="rule"),
        "before": encode(dict(edit.before), what="rule"),
        "source": found.source if found else None,
        "verified_on": found.verified_on if found else None,
        "grade": found.grade if found else None,
        "kind": edit.kind.value,
    }
    plain = {name: getattr(edit, name) for name in ("number", "at", "by", "by_name", "rule", "name", "why", "later")}
    try:
        with connection.begin_nested():
            connection.execute(insert(rule_edits).values(row | plain))
    except IntegrityError as error:
        raise NumberPassed from error


def _edit(row: Row) -> RuleEdit:
    found = Evidence(row.source, row.verified_on, row.grade, row.why) if row.source is not None else None
    return RuleEdit(
        number=row.number,
        rule=row.rule,
        name=row.name,
        kind=EditKind(row.kind),
        values=msgspec.json.decode(row.told),
        before=msgspec.json.decode(row.before),
        why=row.why,
        by=row.by,
        by_name=row.by_name,
        at=row.at,
        evidence=found,
        later=row.later,
    )
