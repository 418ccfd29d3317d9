"""Desk: the payer's staff answer the times we offered by a link; nobody of theirs signs in, and no PHI is shown."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.book import CalendarUnverified, SlotTaken
from app.core.book.holds import HoldGone, book_held, release_holds
from app.core.case import Case, CaseMoved, CaseState, Hold
from app.core.interval import Interval
from app.core.people import Reviewer
from app.core.windows import read_told_window
from app.core.windows.link import PayerLink, check_link, offered_in, use_link
from app.core.windows.message import Message
from app.core.windows.reply import OfferRead
from app.errors import ParleyError, Refused
from app.flow.calendars import busy_of
from app.flow.cases import event, payer_zone, save_case
from app.flow.ports import BusyRead, Ports

TRIES = 4


class NothingProposed(Refused):
    """No time was written."""

    say = "Write at least one day with its times."
    next = "Or choose one of the times above."


@dataclass(frozen=True, slots=True)
class DeskView:
    """What the payer's staff see: no PHI. booked: the time that was picked, once one was."""

    number: str
    hospital: str
    zone: str
    times: tuple[Hold, ...]
    until: datetime
    booked: Interval | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the payer's staff told about themselves and the call; all optional."""

    name: str | None = None
    reviewer: str | None = None
    specialty: str | None = None
    number: str | None = None


def desk_view(ports: Ports, link: PayerLink | None, *, hospital: str, now: datetime) -> DeskView:
    """Return what the link shows; raises LinkOver. A picked one still tells what was picked."""
    if link is not None and link.state == "picked" and now < link.expires_at:
        case = ports.store.case(link.tenant, link.case_id)
        if case.booking is not None and case.booking.is_live:
            return DeskView(case.number, hospital, payer_zone(ports, case), (), link.expires_at, case.booking.interval)
    link = check_link(link, now=now)
    case = ports.store.case(link.tenant, link.case_id)
    times = offered_in(case, now=now)
    return DeskView(case.number, hospital, payer_zone(ports, case), times, link.expires_at)


def pick_by_payer(ports: Ports, link: PayerLink | None, hold_id: str, answer: Answer, *, now: datetime) -> Case | None:
    """
    Book the time that the payer's staff picked; the rest are given back and the link is used.

    returns: None where our calendar could not be read again: then the pick waits in the inbox for a person of ours,
    the time held until it begins. raises: LinkOver, SlotTaken, HoldGone
    """
    link = check_link(link, now=now)
    for _ in range(TRIES):
        case = ports.store.case(link.tenant, link.case_id)
        try:
            return _picked(ports, link, case, hold_id, answer, now=now)
        except CaseMoved:
            continue  # the worker or a colleague changed the case meanwhile; read it again
    raise HoldGone()


def _picked(ports: Ports, link: PayerLink, case: Case, hold_id: str, answer: Answer, *, now: datetime) -> Case | None:
    hold = next((each for each in offered_in(case, now=now) if each.id == hold_id), None)
    if hold is None:
        raise HoldGone()
    busy = _busy(ports, case, hold, now=now)
    try:
        booked, effects = book_held(
            case,
            hold.id,
            booking_id=ports.ids.new_id(),
            by=ports.user,
            busy=busy.busy,
            verified=busy.verified,
            accept_unverified=False,
            reviewer=_reviewer(answer),
            rule=ports.rules.payer_by_key(case.payer_key),
            because="the payer picked it from the times we offered",
            now=now,
        )
    except CalendarUnverified:
        return _kept(ports, link, case, hold, answer, now=now)
    except SlotTaken:
        # Taken in our own calendar since: it must not be picked again.
        gone = release_holds(case, ids=[hold.id], now=now)
        save_case(ports, gone, seen=case.version, events=[event(ports, "released", at=now, by_link=True)], now=now)
        raise
    happened = event(ports, "booked", at=now, by_link=True)
    saved = save_case(ports, booked, seen=case.version, effects=effects, events=[happened], now=now)
    ports.links.use(use_link(link, state="picked", now=now))
    _tell(ports, case, link, "The payer picked a time, and it is booked.", answer, offers=(), state="done", now=now)
    return saved


def _kept(ports: Ports, link: PayerLink, case: Case, hold: Hold, answer: Answer, *, now: datetime) -> None:
    """Hold the picked time until it begins, and let a person of ours confirm it."""
    longer = replace(hold, expires_at=hold.interval.start, waits_on="clinician")
    kept = replace(case, holds=(longer,))
    happened = event(ports, "picked", at=now, by_link=True)
    save_case(ports, kept, seen=case.version, events=[happened], now=now)
    ports.links.use(use_link(link, state="answered", now=now))
    said = "The payer picked a held time. Our calendar could not be read again: look, then book the held time."
    _tell(ports, case, link, said, answer, offers=(), state="new", now=now)


def propose_by_payer(
    ports: Ports,
    link: PayerLink | None,
    told: Sequence[tuple[str, str, str]],
    zone: str,
    answer: Answer,
    *,
    now: datetime,
) -> int:
    """
    Take other times from the payer's staff into the inbox, give ours back, use the link; return how many.

    told: (day, from, to) as typed. raises: LinkOver, WindowRefused naming the field
    """
    link = check_link(link, now=now)
    case = ports.store.case(link.tenant, link.case_id)
    offers = []
    for day, start, end in told:
        interval = read_told_window(day=day, start=start, end=end, zone=zone)
        quote = f"{day}, {start} to {end} ({zone})"
        offers.append(OfferRead(interval, quote, 0, len(quote)))
    if not offers:
        raise NothingProposed()
    if not ports.links.use(use_link(link, state="answered", now=now)):
        check_link(ports.links.by_digest(link.digest), now=now)
    said = "None of our times suits; the payer proposes others:\n" + "\n".join(each.quote for each in offers)
    _tell(ports, case, link, said, answer, offers=tuple(offers), state="new", now=now)
    if case.state is CaseState.HELD:
        given_back = release_holds(case, ids=[each.id for each in offered_in(case, now=now)], now=now)
        happened = event(ports, "released", at=now, by_link=True)
        save_case(ports, given_back, seen=case.version, events=[happened], now=now)
    return len(offers)


def _tell(
    ports: Ports,
    case: Case,
    link: PayerLink,
    said: str,
    answer: Answer,
    *,
    offers: tuple[OfferRead, ...],
    state: str,
    now: datetime,
) -> None:
    """Put the payer's answer into the inbox."""
    more = {"Who answered": answer.name, "Reviewer": answer.reviewer, "Specialty": answer.specialty}
    words = [said, *(f"{name}: {value}" for name, value in (more | {"Number": answer.number}).items() if value)]
    message = Message(
        id=ports.ids.new_id(),
        name=f"link:{link.id}:{link.state}:{now.isoformat()}",
        at=now,
        direction="in",
        channel="link",
        counterpart=answer.name or case.payer_name,
        subject=f"Answer to our offered times, case {case.number}",
        text="\n".join(words),
        case_id=case.id,
        case_number=case.number,
        offers=offers,
        state=state,
        handled_by="Parley" if state == "done" else None,
        handled_at=now if state == "done" else None,
    )
    ports.messages.add(link.tenant, message)


def _busy(ports: Ports, case: Case, hold: Hold, *, now: datetime) -> BusyRead:
    try:
        return busy_of(ports, hold.clinician, hold.interval, case=case, now=now)
    except ParleyError:
        return BusyRead((), False, now)


def _reviewer(answer: Answer) -> Reviewer | None:
    known = Reviewer(name=answer.reviewer, specialty=answer.specialty)
    return known if answer.reviewer or answer.specialty else None
