"""Reminders: how each clinician is told of their calls is theirs to choose; the worker reminds them in time."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.core.case import Case
from app.core.interval import Interval
from app.core.people import Act, Role
from app.core.reminders import Choice, Typed, choice_said, read_choice, reminders_of
from app.errors import Permanent, Refused, Temporary
from app.flow.cases import NotYours, demand, payer_zone
from app.flow.ports import Ports

_PERSON = re.compile(r"Practitioner/[A-Za-z0-9.-]{1,64}")  # what a FHIR id may be; both databases can look for it


class NobodyThere(Refused):
    """No clinician of this name takes calls here."""

    say = "There is no such clinician."
    next = "Go back to the list of reminders."


@dataclass(frozen=True, slots=True)
class ReminderPage:
    """One clinician's choice, or the list of all where `choice` is None. offered: the ways that this site has."""

    choice: Choice | None
    listed: tuple[Choice, ...]
    offered: tuple[str, ...]
    own: bool = False


@dataclass(frozen=True, slots=True)
class ToldOf:
    """How a clinician is told of a call, in words, "" where they are not; whether this user may change it."""

    how: str
    can_change: bool


def reminder_page(ports: Ports, person: str | None, *, now: datetime) -> ReminderPage:
    """Return what somebody chose; without a person the clinician's own, and to the office everybody's."""
    demand(ports, Act.SET_REMINDERS, now=now)
    is_clinician = ports.user.role is Role.CLINICIAN
    wanted = person or (ports.user.reference if is_clinician else None)
    choice = _choice_of(ports, wanted, now=now) if wanted else None
    return ReminderPage(choice, () if is_clinician else _listed(ports), ("ehr", *_offered(ports)), own=is_clinician)


def told_of(ports: Ports, case: Case) -> ToldOf | None:
    """Return how whoever takes the live call of a case is told of it; None without one."""
    booking = case.booking
    if booking is None or not booking.is_live or ports.reminders is None:
        return None
    who = booking.clinician.reference
    can_change = ports.user.role is not Role.CLINICIAN or ports.user.reference == who
    return ToldOf(choice_said(ports.reminders.choice(ports.tenant, who)), can_change)


def choose(ports: Ports, person: str, typed: Typed, *, seen: int, now: datetime) -> Choice:
    """Keep how a clinician is told from now on; what is on its way goes as it was asked for."""
    demand(ports, Act.SET_REMINDERS, now=now)
    before = _choice_of(ports, person, now=now)
    chosen = read_choice(before.person, before.name, typed, seen=seen)
    return ports.reminders.choose(ports.tenant, chosen, by=ports.user, at=now)


def copies_page(ports: Ports, *, now: datetime) -> ReminderPage:
    """Return what this user chose to be told of the calls that they book themselves."""
    demand(ports, Act.SET_REMINDERS, now=now)
    return ReminderPage(_own_copies(ports), (), _offered(ports))


def choose_copies(ports: Ports, typed: Typed, *, seen: int, now: datetime) -> Choice:
    """Keep what this user is told of the calls that they book; nobody chooses that for another."""
    demand(ports, Act.SET_REMINDERS, now=now)
    before = _own_copies(ports)
    mine = replace(typed, ways=tuple(each for each in typed.ways if each != "ehr"), copies="")
    chosen = read_choice(before.person, before.name, mine, seen=seen)
    return ports.reminders.choose(ports.tenant, chosen, by=ports.user, at=now)


def remind(ports: Ports, *, now: datetime) -> int:
    """Ask for every reminder whose time has come, each once; return how many. Repeated without harm."""
    chosen = {each.person: each for each in ports.reminders.choices(ports.tenant) if each.leads}
    if not chosen:
        return 0
    longest = timedelta(minutes=max(lead for each in chosen.values() for lead in each.leads))
    cases = ports.reminders.ahead(ports.tenant, Interval(now, now + longest))
    ids = [each.id for each in cases]
    told = ports.reminders.told(ports.tenant, ids) if ids else frozenset()
    bookers = ports.reminders.bookers(ports.tenant, ids) if ids else {}
    count = 0
    for case in cases:
        takes, booker = chosen.get(case.booking.clinician.reference), chosen.get(bookers.get(case.id, ""))
        due = reminders_of(case, takes, booker=booker, payer_zone=payer_zone(ports, case), now=now)
        if new := [each for each in due if each.key not in told]:
            count += ports.reminders.queue(case, new, now=now)
    return count


def _offered(ports: Ports) -> tuple[str, ...]:
    return tuple(each for each in ("mail", "sms") if ports.notices and ports.notices.offers(each))


def _own_copies(ports: Ports) -> Choice:
    return ports.reminders.choice(ports.tenant, ports.user.key) or Choice(ports.user.key, ports.user.name)


def _choice_of(ports: Ports, person: str, *, now: datetime) -> Choice:
    """Return what was chosen for a clinician, an empty choice for one who takes calls; audited refusals."""
    if not _PERSON.fullmatch(person):
        raise NobodyThere()
    mine = ports.user.role is Role.CLINICIAN
    if mine and person != ports.user.reference:
        act = f"refused {Act.SET_REMINDERS.value} {person}"
        ports.store.audit(ports.tenant, at=now, who=ports.user.key, act=act, case_id=None, patient=None)
        raise NotYours()
    found = ports.reminders.choice(ports.tenant, person)
    if found is not None:
        return found
    name = ports.user.name if mine else ports.reminders.clinicians(ports.tenant).get(person)
    return Choice(person, name or _name_in_ehr(ports, person))


def _name_in_ehr(ports: Ports, person: str) -> str:
    try:
        return ports.ehr.clinician(person).name
    except (Permanent, Temporary) as error:
        raise NobodyThere() from error


def _listed(ports: Ports) -> tuple[Choice, ...]:
    """Return everybody who takes calls or has chosen, by name."""
    known = {person: Choice(person, name) for person, name in ports.reminders.clinicians(ports.tenant).items()}
    takers = (each for each in ports.reminders.choices(ports.tenant) if each.person.startswith("Practitioner/"))
    known |= {each.person: each for each in takers}
    return tuple(sorted(known.values(), key=lambda each: (each.name, each.person)))


def typed_of(choice: Choice | None) -> Typed:
    """Return a choice as its form shows it."""
    if choice is None:
        return Typed()
    return Typed(choice.ways, choice.mail, choice.sms, tuple(map(str, choice.leads)), ", ".join(choice.copies))
