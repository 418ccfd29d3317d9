"""Links given to payers; of each secret only the digest is kept."""

from datetime import datetime

from sqlalchemy import Column, ForeignKeyConstraint, Index, String, Table, UniqueConstraint, insert, select, update

from app.core.windows.link import PayerLink
from app.edges.store.columns import UtcDateTime, metadata
from app.edges.store.database import Database

payer_links = Table(
    "payer_links",
    metadata,
    Column("id", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("case_id", String, nullable=False),
    Column("made_by", String, nullable=False),
    Column("session_id", String),
    Column("made_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("state", String, nullable=False),
    Column("used_at", UtcDateTime),
    UniqueConstraint("digest"),
    ForeignKeyConstraint(["tenant", "case_id"], ["cases.tenant", "cases.id"]),
    Index(None, "tenant", "case_id"),
)


class SqlLinks:
    """Implements flow.ports.Links."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, link: PayerLink) -> None:
        """Keep a new link; those given out for the same case before are withdrawn."""
        older = (payer_links.c.tenant == link.tenant) & (payer_links.c.case_id == link.case_id)
        with self._database.writing() as connection:
            withdrawn = update(payer_links).where(older, payer_links.c.state == "open").values(state="withdrawn")
            connection.execute(withdrawn)
            values = {name: getattr(link, name) for name in payer_links.c.keys()}
            connection.execute(insert(payer_links).values(**values))

    def by_digest(self, digest: str) -> PayerLink | None:
        """Return the link with this digest, None where there is none."""
        with self._database.reading() as connection:
            row = connection.execute(select(payer_links).where(payer_links.c.digest == digest)).first()
        return PayerLink(**row._mapping) if row else None

    def use(self, link: PayerLink) -> bool:
        """Mark an open link as used; False when somebody was first."""
        mine = (payer_links.c.id == link.id) & (payer_links.c.state == "open")
        with self._database.writing() as connection:
            changed = update(payer_links).where(mine).values(state=link.state, used_at=link.used_at)
            return connection.execute(changed).rowcount == 1

    def of_case(self, tenant: str, case_id: str, *, now: datetime) -> PayerLink | None:
        """Return the link that is open for a case, None without one."""
        c = payer_links.c
        wanted = (c.tenant == tenant) & (c.case_id == case_id) & (c.state == "open") & (c.expires_at > now)
        with self._database.reading() as connection:
            row = connection.execute(select(payer_links).where(wanted).order_by(c.made_at.desc()).limit(1)).first()
        return PayerLink(**row._mapping) if row else None
