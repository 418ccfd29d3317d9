"""
Calendars outside the EHR as rows: the way to them (an account, its secret encrypted elsewhere) and which of them count.

    asked → answered → connected → ended     OAuth: sent to the provider, back from it, confirmed here, over
                       connected             by an address
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    case,
    delete,
    insert,
    or_,
    select,
    update,
)

from app.edges.store.columns import UtcDateTime, metadata, plain
from app.edges.store.database import Database

REFRESH_HOLD = timedelta(seconds=30)

calendar_accounts = Table(
    "calendar_accounts",
    metadata,
    Column("id", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("clinician", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("label", String, nullable=False),
    Column("state", String, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_by", String, nullable=False),
    Column("made_by_name", String, nullable=False),
    Column("secret_box", LargeBinary),
    Column("token_expires_at", UtcDateTime),
    Column("refreshing_until", UtcDateTime),
    Column("state_hash", String),
    Column("code_hash", String),
    Column("session_id", String),
    Column("tries", Integer, nullable=False),
    Column("lapses_at", UtcDateTime),  # of one that is not confirmed yet
    UniqueConstraint("state_hash"),
    Index(None, "tenant", "clinician"),
)
calendars = Table(
    "calendars",
    metadata,
    Column("id", String, primary_key=True),
    Column("account_id", String, nullable=False),
    Column("tenant", String, nullable=False),
    Column("clinician", String, nullable=False),
    Column("position", Integer, nullable=False),
    Column("address", Text, nullable=False),
    Column("name", String, nullable=False),
    Column("owner", String),
    Column("writable", Boolean, nullable=False),
    Column("use", String, nullable=False),
    Column("took_calls", Boolean, nullable=False),
    ForeignKeyConstraint(["account_id"], ["calendar_accounts.id"], ondelete="CASCADE"),
    Index(None, "account_id"),
    Index(None, "tenant", "clinician"),
)
# One calendar of a clinician takes our calls: two would each hold half of them. The migration makes it for PostgreSQL
# too; to say so here would load that dialect at every start.
takes_once = Index(
    "uq_calendars_takes_calls",
    calendars.c.tenant,
    calendars.c.clinician,
    unique=True,
    sqlite_where=calendars.c.use == "takes",
)


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """
    One calendar. address: its URL or its id there, "" where the account's secret holds it; owner: whom invitations name

    use: off | reads | takes; took_calls: an event of ours may stand in it
    """

    id: str
    address: str
    name: str
    writable: bool
    owner: str | None = None
    use: str = "reads"
    took_calls: bool = False


@dataclass(frozen=True, slots=True)
class AccountRow:
    """
    One way to calendars. clinician: "Practitioner/ID"; kind: ics | caldav | google | graph; label: for people

    secret_box: encrypted, None once it is forgotten. lapses_at: of one that is not confirmed yet
    """

    id: str
    tenant: str
    clinician: str
    kind: str
    label: str
    state: str
    made_at: datetime
    made_by: str
    made_by_name: str
    secret_box: bytes | None = None
    token_expires_at: datetime | None = None
    refreshing_until: datetime | None = None
    state_hash: str | None = None
    code_hash: str | None = None
    session_id: str | None = None
    tries: int = 0
    lapses_at: datetime | None = None
    calendars: tuple[CalendarRow, ...] = ()


class SqlAccounts:
    """The accounts of every clinician. What is asked for by an id of another tenant or clinician is not there."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, tenant: str, clinician: str) -> tuple[AccountRow, ...]:
        """Return a clinician's accounts that were confirmed, the oldest first, with their calendars."""
        a, c = calendar_accounts.c, calendars.c
        mine = (a.tenant == tenant) & (a.clinician == clinician) & a.state.in_(("connected", "ended"))
        with self._database.reading() as connection:
            accounts = connection.execute(select(calendar_accounts).where(mine).order_by(a.made_at, a.id)).all()
            if not accounts:
                return ()
            ids = [row.id for row in accounts]
            found = connection.execute(select(calendars).where(c.account_id.in_(ids)).order_by(c.position)).all()
        return tuple(_account(row, [each for each in found if each.account_id == row.id]) for row in accounts)

    def one(self, account_id: str) -> AccountRow | None:
        """Return an account in whatever state, None when there is none."""
        with self._database.reading() as connection:
            row = connection.execute(select(calendar_accounts).where(calendar_accounts.c.id == account_id)).first()
            if row is None:
                return None
            mine = select(calendars).where(calendars.c.account_id == account_id).order_by(calendars.c.position)
            return _account(row, connection.execute(mine).all())

    def add(self, account: AccountRow) -> None:
        """Keep a new account with its calendars."""
        with self._database.writing() as connection:
            connection.execute(insert(calendar_accounts).values(_values(account, calendar_accounts)))
            _add_calendars(connection, account, account.calendars)

    def answered(self, state_hash: str, *, now: datetime, lapses_at: datetime) -> AccountRow | None:
        """Use up the way out of this state and return its account; None when unknown, late or used, whoever races."""
        a = calendar_accounts.c
        taken = (
            update(calendar_accounts)
            .where(a.state_hash == state_hash, a.state == "asked", a.lapses_at > now)
            .values(state="answered", state_hash=None, lapses_at=lapses_at)
            .returning(*a)
        )
        with self._database.writing() as connection:
            row = connection.execute(taken).first()
        return _account(row, ()) if row else None

    def keep_answer(
        self,
        account: AccountRow,
        found: Sequence[CalendarRow],
        *,
        label: str,
        code_hash: str,
        secret_box: bytes,
        token_expires_at: datetime,
    ) -> None:
        """Keep what the provider gave, until the person who asked confirms it by its code."""
        values = {"label": plain(label), "code_hash": code_hash, "secret_box": secret_box}
        with self._database.writing() as connection:
            changed = update(calendar_accounts).where(calendar_accounts.c.id == account.id)
            connection.execute(changed.values(token_expires_at=token_expires_at, **values))
            _add_calendars(connection, account, found)

    def confirm(self, account_id: str, *, session_id: str, code_hash: str, most: int, now: datetime) -> bool:
        """Confirm an answered account of this session by its code; a wrong one counts, after `most` none is right."""
        a = calendar_accounts.c
        mine = (a.id == account_id) & (a.session_id == session_id) & (a.state == "answered") & (a.lapses_at > now)
        right = (a.code_hash == code_hash) & (a.tries < most)
        with self._database.writing() as connection:
            done = connection.execute(
                update(calendar_accounts)
                .where(mine, right)
                .values(state="connected", code_hash=None, session_id=None, lapses_at=None, tries=0)
            ).rowcount
            if not done:
                connection.execute(update(calendar_accounts).where(mine).values(tries=a.tries + 1))
        return done == 1

    def choose(self, tenant: str, clinician: str, uses: dict[str, str]) -> None:
        """Say what these calendars are for; one at most takes calls, and the one that did is remembered."""
        self._database.write(lambda connection: _choose(connection, tenant, clinician, uses))

    def remove(self, tenant: str, clinician: str, account_id: str) -> AccountRow | None:
        """Forget an account with its secret and its calendars; return it as it was, None when there is none."""
        a = calendar_accounts.c
        mine = (a.id == account_id) & (a.tenant == tenant) & (a.clinician == clinician)
        with self._database.writing() as connection:
            connection.execute(
                delete(calendars).where(calendars.c.account_id.in_(select(a.id).where(mine).scalar_subquery()))
            )
            row = connection.execute(delete(calendar_accounts).where(mine).returning(*a)).first()
        return _account(row, ()) if row else None

    def lapse(self, *, now: datetime) -> tuple[AccountRow, ...]:
        """Forget the accounts that nobody confirmed in time; return them as they were."""
        a = calendar_accounts.c
        late = a.lapses_at <= now
        with self._database.writing() as connection:
            mine = select(a.id).where(late).scalar_subquery()
            connection.execute(delete(calendars).where(calendars.c.account_id.in_(mine)))
            rows = connection.execute(delete(calendar_accounts).where(late).returning(*a)).all()
        return tuple(_account(row, ()) for row in rows)

    def claim_refresh(self, account_id: str, *, now: datetime, hold: timedelta = REFRESH_HOLD) -> bool:
        """Return whether the caller alone may refresh the token now; the claim ends by itself after `hold`."""
        a = calendar_accounts.c
        free = or_(a.refreshing_until.is_(None), a.refreshing_until <= now)
        with self._database.writing() as connection:
            claim = update(calendar_accounts).where(a.id == account_id, a.state != "ended", free)
            return connection.execute(claim.values(refreshing_until=now + hold)).rowcount == 1

    def keep_token(self, account_id: str, *, secret_box: bytes, token_expires_at: datetime) -> None:
        """Keep a fresh token and end the claim."""
        self._change(account_id, secret_box=secret_box, token_expires_at=token_expires_at, refreshing_until=None)

    def end_refresh(self, account_id: str) -> None:
        """End the claim without a new token."""
        self._change(account_id, refreshing_until=None)

    def end(self, account_id: str) -> None:
        """Say that the provider takes us no longer, and forget the tokens; a person must connect it again."""
        self._change(account_id, state="ended", secret_box=None, token_expires_at=None, refreshing_until=None)

    def drop(self, account_id: str) -> None:
        """Forget an account that nobody has confirmed."""
        a = calendar_accounts.c
        unconfirmed = (a.id == account_id) & a.state.in_(("asked", "answered"))
        with self._database.writing() as connection:
            mine = select(a.id).where(unconfirmed).scalar_subquery()
            connection.execute(delete(calendars).where(calendars.c.account_id.in_(mine)))
            connection.execute(delete(calendar_accounts).where(unconfirmed))

    def _change(self, account_id: str, **values: Any) -> None:
        a = calendar_accounts.c
        with self._database.writing() as connection:
            connection.execute(update(calendar_accounts).where(a.id == account_id).values(**values))


def _choose(connection: Connection, tenant: str, clinician: str, uses: dict[str, str]) -> None:
    c = calendars.c
    mine = (c.tenant == tenant) & (c.clinician == clinician)
    # Two who choose at once wait here for one another, row by row in the same order: one calendar takes calls.
    connection.execute(select(c.id).where(mine).order_by(c.id).with_for_update())
    if "takes" in uses.values():
        took = update(calendars).where(mine, c.use == "takes")
        connection.execute(took.values(use="reads", took_calls=True))
    for id_, use in sorted(uses.items(), key=lambda each: each[1] == "takes"):
        took = case((c.use == "takes", True), else_=c.took_calls)
        allowed = mine & (c.id == id_) & (c.writable if use == "takes" else c.id.is_not(None))
        connection.execute(update(calendars).where(allowed).values(use=use, took_calls=took))


def _add_calendars(connection: Any, account: AccountRow, found: Sequence[CalendarRow]) -> None:
    for position, each in enumerate(found):
        values = {one.name: getattr(each, one.name) for one in fields(each)} | {"name": plain(each.name)}
        about = {"account_id": account.id, "tenant": account.tenant, "clinician": account.clinician}
        connection.execute(insert(calendars).values(**values, **about, position=position))


def _values(account: AccountRow, table: Table) -> dict[str, Any]:
    values = {name: getattr(account, name) for name in table.c.keys()}
    return values | {"label": plain(account.label), "made_by_name": plain(account.made_by_name)}


def _account(row: Any, found: Sequence[Any]) -> AccountRow:
    names = [each.name for each in fields(CalendarRow)]
    kept = tuple(CalendarRow(**{name: getattr(each, name) for name in names}) for each in found)
    return AccountRow(**row._mapping, calendars=kept)
