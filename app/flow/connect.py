"""Connect: a clinician's calendars outside the EHR, connected by themselves or by the office, each act on record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.book.events import calendar_effects
from app.core.case import CaseMoved
from app.core.interval import Interval
from app.core.people import Act, Clinician, Role
from app.core.slots.calendars import CalendarRead
from app.errors import Permanent, Refused, Temporary
from app.flow.cases import NotYours, demand, save_case
from app.flow.ports import Account, Accounts, Ports, Whose

LONGEST_NAME = 80
AHEAD = timedelta(days=7)
HOUR = timedelta(hours=1)
FAR_AHEAD = timedelta(days=120)


class NotOffered(Refused):
    """Calendars cannot be connected here."""

    say = "Calendars outside the EHR cannot be connected here."
    next = "Ask your administrator."


@dataclass(frozen=True, slots=True)
class Told:
    """What one calendar said just now: whether it could be read whole, and how many hours of the week are busy."""

    verified: bool
    busy_hours: float
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taker:
    """A clinician who takes calls here: how many calendars of theirs count, and whether one must be connected again."""

    reference: str
    name: str
    calendars: int
    ended: bool


@dataclass(frozen=True, slots=True)
class ConnectPage:
    """
    A clinician's accounts; None while the office has not said whose. told: by calendar, where they were read just now

    takers: who takes calls here; found: whom a search by name brought; problems: why something could not be read
    """

    clinician: Clinician | None
    accounts: tuple[Account, ...] = ()
    ways: tuple[str, ...] = ()
    told: Mapping[str, Told] | None = None
    takers: tuple[Taker, ...] = ()
    found: tuple[Clinician, ...] | None = None
    problems: tuple[str, ...] = ()

    @property
    def in_doubt(self) -> bool:
        """Whether a calendar that counts must be connected again, or could not be read."""
        ended = any(each.state == "ended" and _counts(each) for each in self.accounts)
        return ended or any(not each.verified for each in (self.told or {}).values())


def connect_page(ports: Ports, reference: str | None, *, name: str, read: bool, now: datetime) -> ConnectPage:
    """Return a clinician's accounts, their own or those of whom the office chose; read: look into each calendar."""
    demand(ports, Act.CONNECT_CALENDAR, now=now)
    if _own(ports) is None and not reference:
        return _search(ports, name)
    try:
        whose = _whose(ports, reference, now=now)
    except (Permanent, Temporary) as error:
        return ConnectPage(None, problems=(f"{error.say} {error.next}",))
    accounts = _accounts(ports)
    told = accounts.read(whose.tenant, whose.clinician, Interval(now, now + AHEAD), now=now) if read else None
    return ConnectPage(
        whose.clinician,
        accounts.of(whose.tenant, whose.clinician.reference),
        accounts.ways,
        None if told is None else {id_: _told(each) for id_, each in told.items()},
    )


def connect_feed(ports: Ports, reference: str | None, *, url: str, name: str, now: datetime) -> Account:
    """Connect a calendar that is published as a file."""
    whose = _acting(ports, reference, "connect ics calendar", now=now)
    return _accounts(ports).connect_feed(whose, url, name=name, now=now)


def connect_server(
    ports: Ports, reference: str | None, *, url: str, user: str, password: str, now: datetime
) -> Account:
    """Connect the calendars of a CalDAV server."""
    whose = _acting(ports, reference, "connect caldav calendar", now=now)
    return _accounts(ports).connect_server(whose, url, user=user, password=password, now=now)


def begin_sign_in(ports: Ports, reference: str | None, kind: str, *, now: datetime) -> tuple[str, str]:
    """Return (account, where to sign in) for calendars of Google or Microsoft."""
    accounts = _accounts(ports)
    if kind not in accounts.ways:
        raise NotOffered()
    return accounts.begin(_acting(ports, reference, f"begin to connect {kind} calendar", now=now), kind, now=now)


def confirm_sign_in(ports: Ports, reference: str | None, account_id: str, code: str, *, now: datetime) -> Account:
    """Connect the calendars of whoever signed in, by the code that the other window showed."""
    whose = _acting(ports, reference, "confirm calendar", now=now)
    return _accounts(ports).confirm(whose, account_id, code, now=now)


def choose_uses(ports: Ports, reference: str | None, uses: Mapping[str, str], *, now: datetime) -> None:
    """Say which calendars count, and which one takes the calls."""
    whose = _acting(ports, reference, "choose calendars", now=now)
    _accounts(ports).choose(whose.tenant, whose.clinician.reference, uses)
    if "takes" in uses.values():
        _put_calls_ahead(ports, whose.clinician, now=now)


def _put_calls_ahead(ports: Ports, clinician: Clinician, *, now: datetime) -> None:
    """Let the calls that are booked already stand in the calendar that takes them from now on."""
    for case in ports.reminders.ahead(ports.tenant, Interval(now, now + FAR_AHEAD)) if ports.reminders else ():
        mine = [
            each for each in calendar_effects(None, case, now=now) if each.clinician.reference == clinician.reference
        ]
        try:
            save_case(ports, case, seen=case.version, effects=mine, quiet=True, now=now)
        except CaseMoved:
            continue  # whoever changed it has told the calendar, or will at the next change


def disconnect(ports: Ports, reference: str | None, account_id: str, *, now: datetime) -> None:
    """Forget an account and its secrets."""
    whose = _acting(ports, reference, "disconnect calendar", now=now)
    _accounts(ports).disconnect(whose.tenant, whose.clinician.reference, account_id)


def _acting(ports: Ports, reference: str | None, act: str, *, now: datetime) -> Whose:
    """Return whose calendars are acted upon, once that this is tried stands in the audit."""
    demand(ports, Act.CONNECT_CALENDAR, now=now)
    whose = _whose(ports, reference, now=now)
    _audit(ports, f"{act} of {whose.clinician.reference}", now=now)
    return whose


def _whose(ports: Ports, reference: str | None, *, now: datetime) -> Whose:
    """Return the clinician: a clinician's own self and nobody else, for the office whom it names."""
    own = _own(ports)
    if ports.user.role is Role.CLINICIAN and (own is None or reference not in (None, "", own)):
        _audit(ports, "refused connect_calendar of another clinician", now=now)
        raise NotYours("A clinician connects their own calendars only.", next="Ask the office, or that clinician.")
    name = ports.user.name if own else _names(ports).get(reference or "")
    return Whose(ports.tenant, _clinician(ports, own or reference or "", name), ports.user, ports.session_id)


def _clinician(ports: Ports, reference: str, name: str | None) -> Clinician:
    """Return the clinician as the EHR knows them; whose name is known is known without it. Raises as the EHR does."""
    try:
        return ports.ehr.clinician(reference)
    except (Permanent, Temporary):
        if name is None:
            raise
        return Clinician(reference, name, ports.site.zone)


def _names(ports: Ports) -> Mapping[str, str]:
    """Return who takes calls here, by name."""
    return ports.reminders.clinicians(ports.tenant) if ports.reminders else {}


def _own(ports: Ports) -> str | None:
    """Return the signed-in clinician, None for the office."""
    reference = ports.user.reference or ""
    return reference if ports.user.role is Role.CLINICIAN and reference.startswith("Practitioner/") else None


def _search(ports: Ports, name: str) -> ConnectPage:
    takers = tuple(_taker(ports, *each) for each in sorted(_names(ports).items(), key=lambda each: each[1]))
    if not name.strip():
        return ConnectPage(None, takers=takers)
    try:
        return ConnectPage(None, takers=takers, found=ports.ehr.clinicians(name=name.strip()[:LONGEST_NAME]))
    except (Permanent, Temporary) as error:
        return ConnectPage(None, takers=takers, problems=(error.say,))


def _taker(ports: Ports, reference: str, name: str) -> Taker:
    accounts = [each for each in _accounts(ports).of(ports.tenant, reference) if _counts(each)]
    count = sum(calendar.use != "off" for each in accounts for calendar in each.calendars)
    return Taker(reference, name, count, any(each.state == "ended" for each in accounts))


def _accounts(ports: Ports) -> Accounts:
    if ports.accounts is None:
        raise NotOffered()
    return ports.accounts


def _audit(ports: Ports, act: str, *, now: datetime) -> None:
    ports.store.audit(ports.tenant, at=now, who=ports.user.key, act=act, case_id=None, patient=None)


def _counts(account: Account) -> bool:
    return any(each.use != "off" for each in account.calendars)


def _told(read: CalendarRead) -> Told:
    busy = sum(((each.interval.length) for each in read.busy), timedelta())
    return Told(read.verified, busy / HOUR, read.warnings)
