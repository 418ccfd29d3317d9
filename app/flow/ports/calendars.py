"""A clinician's own calendars outside the EHR, and the accounts by which they are connected."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.core.interval import Interval
from app.core.people import Clinician, User
from app.core.slots.calendars import CalendarRead, FreeBusy
from app.flow.ports.ehr import Written


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """
    The call as it stands in somebody's own calendar, where others may see it: nothing of the patient is in it.

    id: a UUID, the same for ever (of the effect's key). revision: of the booking; a higher one takes the place of a
    lower. tentative: a hold
    """

    id: str
    title: str
    interval: Interval
    revision: int = 0
    text: str = ""
    tentative: bool = False


class Calendars(Protocol):
    """A clinician's own calendars outside the EHR: as one when they are read, and the one that takes our calls."""

    def busy(
        self,
        tenant: str,
        clinician: Clinician,
        span: Interval,
        *,
        now: datetime,
        but: Collection[CalendarEvent] = (),
    ) -> FreeBusy:
        """
        Return all of them as one. Never raises: what cannot be read is not verified.

        but: events of ours that do not count, told by what they are and not by when: a meeting at the same time does
        """
        ...

    def takes_calls(self, tenant: str, clinician: Clinician, *, before: bool = False) -> bool:
        """Whether there is one among them that takes our calls; before: or did, so that an event may stand in it."""
        ...

    def put(
        self,
        tenant: str,
        clinician: Clinician,
        event: CalendarEvent,
        *,
        now: datetime,
        seen: bool,
        may_send: bool = True,
    ) -> Written:
        """
        Make the event stand as told, once; with none that takes calls there is nothing to do, and `how` says so.

        seen, may_send: as Ehr.perform. raises: WriteUnknown, SignInNeeded when a person must connect it again
        """
        ...

    def remove(
        self, tenant: str, clinician: Clinician, event: CalendarEvent, *, now: datetime, may_send: bool = True
    ) -> Written:
        """Make the event stand no more; one that is gone already is removed."""
        ...


@dataclass(frozen=True, slots=True)
class OwnCalendar:
    """One calendar of an account. use: off | reads | takes (reads, and takes our calls)."""

    id: str
    name: str
    use: str
    writable: bool


@dataclass(frozen=True, slots=True)
class Account:
    """
    One way to a clinician's calendars. kind: ics | caldav | google | graph; label: host or address, for people

    state: connected, or ended where it must be connected again
    """

    id: str
    kind: str
    label: str
    state: str
    made_by: str
    made_at: datetime
    calendars: tuple[OwnCalendar, ...]


@dataclass(frozen=True, slots=True)
class Whose:
    """A clinician whose calendars are connected, and who does it, from which session."""

    tenant: str
    clinician: Clinician
    by: User
    session_id: str | None


class Accounts(Protocol):
    """
    How calendars are connected. Each raises Refused or Temporary, in words; `field` names what was typed wrongly.

    ways: the kinds that this site offers
    """

    ways: tuple[str, ...]

    def of(self, tenant: str, clinician: str) -> tuple[Account, ...]: ...
    def connect_feed(self, whose: Whose, url: str, *, name: str, now: datetime) -> Account: ...
    def connect_server(self, whose: Whose, url: str, *, user: str, password: str, now: datetime) -> Account: ...
    def begin(self, whose: Whose, kind: str, *, now: datetime) -> tuple[str, str]:
        """Return the new account's id and the address at which the person signs in, in a window of its own."""
        ...

    def confirm(self, whose: Whose, account_id: str, code: str, *, now: datetime) -> Account:
        """Connect an account whose person has signed in, by the code that the other window showed."""
        ...

    def choose(self, tenant: str, clinician: str, uses: Mapping[str, str]) -> None: ...
    def disconnect(self, tenant: str, clinician: str, account_id: str) -> None:
        """Forget an account and its secrets; its provider is asked to forget them too."""
        ...

    def forget_unconfirmed(self, *, now: datetime) -> int:
        """Forget sign-ins that nobody confirmed in time; return how many."""
        ...

    def read(self, tenant: str, clinician: Clinician, span: Interval, *, now: datetime) -> Mapping[str, CalendarRead]:
        """Return what each calendar that counts says, by its id. Never raises."""
        ...
