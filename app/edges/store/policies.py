"""A tenant's policies, version by version; none is ever changed or taken away. The number of a version is its key."""

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
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError

from app.core.rulebook.policies import NoSuchPolicy, PolicyMoved, PolicyVersion
from app.edges.store.audit import append_audit
from app.edges.store.cases import encode
from app.edges.store.columns import UtcDateTime, metadata
from app.edges.store.database import Database

policies = Table(
    "policies",
    metadata,
    Column("tenant", String, nullable=False),
    Column("id", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("title", String, nullable=False),
    Column("payer", String),
    Column("services", Text, nullable=False),
    Column("codes", Text, nullable=False),
    Column("number", String),
    Column("source", String, nullable=False),
    Column("effective", Date, nullable=False),
    Column("form", String, nullable=False),
    Column("why", String, nullable=False),
    Column("by", String, nullable=False),
    Column("by_name", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("has_criteria", Boolean, nullable=False),
    Column("is_retired", Boolean, nullable=False),
    Column("text", Text, nullable=False),  # as it was put in: excerpts are pieces of it
    PrimaryKeyConstraint("tenant", "id", "version"),
)
_TOLD = [each for each in policies.c if each.name not in ("tenant", "text")]
_LISTS = ("services", "codes")


class SqlPolicies:
    """Implements flow.ports.PolicyShelf."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def versions(self, tenant: str) -> tuple[PolicyVersion, ...]:
        """Return every version of every document, without its text."""
        p = policies.c
        query = select(*_TOLD).where(p.tenant == tenant).order_by(p.id, p.version)
        with self._database.reading() as connection:
            return tuple(_version(row) for row in connection.execute(query))

    def text(self, tenant: str, policy_id: str, version: int) -> str:
        """Return what was put in, character for character; raises NoSuchPolicy."""
        p = policies.c
        query = select(p.text).where(p.tenant == tenant, p.id == policy_id, p.version == version)
        with self._database.reading() as connection:
            found = connection.scalar(query)
        if found is None:
            raise NoSuchPolicy()
        return found

    def keep(self, tenant: str, version: PolicyVersion, text: str) -> None:
        """Keep a version with its entry in the audit; raises PolicyMoved when its number is taken."""
        told = _row(version) | {"tenant": tenant, "text": text}
        what = "retired" if version.is_retired else "kept"

        def work(connection: Connection) -> None:
            try:
                with connection.begin_nested():
                    connection.execute(insert(policies).values(told))
            except IntegrityError as error:
                raise PolicyMoved from error
            act = f"policy {what} {version.id} #{version.version}"
            append_audit(connection, tenant, at=version.at, who=version.by, act=act, case_id=None, patient=None)

        self._database.write(work)


def _row(version: PolicyVersion) -> dict:
    told = {each.name: getattr(version, each.name) for each in _TOLD}
    return told | {name: encode(getattr(version, name), what="policy") for name in _LISTS}


def _version(row: Row) -> PolicyVersion:
    told = dict(row._mapping)
    return PolicyVersion(**told | {name: tuple(msgspec.json.decode(told[name])) for name in _LISTS})
