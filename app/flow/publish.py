"""Publish: our clinicians' free times, told to a payer at an address of its own; who is told of is chosen by us."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from app.core.deadlines import open_hours
from app.core.interval import Interval
from app.core.people import Act, Clinician
from app.core.slots import Diary, diary_of
from app.core.slots.diary import HALF_DAY
from app.core.slots.offered import Offered, OutFeed, Publication, times_to_offer
from app.core.windows.link import digest_of
from app.errors import ParleyError, Permanent, Refused
from app.flow.calendars import busy_of
from app.flow.cases import demand
from app.flow.ports import Ports


class NoPlace(Refused):
    """The site has not said where its clinicians are, which every publication must tell."""

    say = "Nothing is published here yet."
    next = "Your administrator sets `publishing` in smart-config.json: the office's telephone and address."


class NoSuchPayer(Refused):
    """The rule book has no such payer."""

    say = "There is no such payer."
    next = "Choose one of the list."


class NoSuchFeed(Refused):
    """There is no such address, or not any more."""

    say = "This address is not open any more."
    next = "Look at the list as it stands now."


@dataclass(frozen=True, slots=True)
class Person:
    """A clinician who may be published: named by cases, or published already."""

    reference: str
    name: str
    is_published: bool
    count: int = 0  # times that are told of them to somebody


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One payer's address as our people see it; the address itself is shown once, when it is made."""

    feed: OutFeed
    payer_name: str
    publication: Publication


@dataclass(frozen=True, slots=True)
class PublishPage:
    """All that is published, to whom, and of whom. payers: (key, name) of those that may get an address."""

    rows: tuple[FeedRow, ...]
    people: tuple[Person, ...]
    payers: tuple[tuple[str, str], ...]
    is_possible: bool
    by_itself: bool

    @property
    def problems(self) -> tuple[str, ...]:
        """Return whose times are not told, and why, each once."""
        return tuple(dict.fromkeys(each for row in self.rows for each in row.publication.problems))


def publish_page(ports: Ports, *, now: datetime) -> PublishPage:
    """Return what is published."""
    demand(ports, Act.PUBLISH, now=now)
    names = {each.key: each.payer for each in ports.rules.payers}
    feeds = [each for each in ports.publications.feeds(ports.tenant) if each.state == "open"]
    rows = tuple(
        FeedRow(each, names.get(each.payer_key, each.payer_key), _standing(ports, each.payer_key)) for each in feeds
    )
    chosen = ports.publications.people(ports.tenant)
    known = {**(ports.reminders.clinicians(ports.tenant) if ports.reminders else {}), **chosen}
    counts = {each.id: len(each.times) for row in rows for each in row.publication.at(now).offered}
    people = (Person(ref, name, ref in chosen, counts.get(_id(ports, ref), 0)) for ref, name in known.items())
    return PublishPage(
        rows,
        tuple(sorted(people, key=lambda each: (each.name, each.reference))),
        tuple(sorted(names.items(), key=lambda each: each[1].casefold())),
        ports.site.publishing is not None,
        ports.site.reads_by_itself,
    )


def open_feed(ports: Ports, payer_key: str, *, now: datetime) -> str:
    """Give a payer an address of its own, and return its secret, this once; an older address of the payer ends."""
    demand(ports, Act.PUBLISH, now=now)
    if ports.site.publishing is None:
        raise NoPlace
    if ports.rules.payer_by_key(payer_key) is None:
        raise NoSuchPayer
    secret = ports.ids.new_id() + ports.ids.new_id()
    feed = OutFeed(ports.ids.new_id(), ports.tenant, payer_key, digest_of(secret), ports.user.name, now)
    ports.publications.open(feed, who=ports.user.key)
    return secret


def end_feed(ports: Ports, feed_id: str, *, now: datetime) -> None:
    """End an address: whoever asks for it from now on is told that there is nothing."""
    demand(ports, Act.PUBLISH, now=now)
    if not ports.publications.end(ports.tenant, feed_id, by=ports.user, at=now):
        raise NoSuchFeed


def choose_people(ports: Ports, references: Iterable[str], *, now: datetime) -> None:
    """Tell of these clinicians, and of nobody else, from the next reading of their calendars on."""
    demand(ports, Act.PUBLISH, now=now)
    before, known = ports.publications.people(ports.tenant), ports.reminders.clinicians(ports.tenant)
    chosen = {each: name for each in references if (name := before.get(each) or known.get(each))}
    ports.publications.choose(ports.tenant, chosen, by=ports.user, at=now)
    for row in ports.publications.feeds(ports.tenant):  # who is taken off is told of no more at once
        if row.state == "open" and (dropped := _without(ports, row.payer_key, set(before) - set(chosen), now=now)):
            ports.publications.keep(ports.tenant, row.payer_key, dropped)


def refresh(ports: Ports, *, now: datetime) -> int:
    """Look at the chosen clinicians' calendars and bring up to date what each payer is shown; return how many."""
    feeds = [each for each in ports.publications.feeds(ports.tenant) if each.state == "open"]
    if not feeds or ports.site.publishing is None:
        return 0
    # Whole days, so that a look a moment later sees the same.
    until = datetime.combine((now + timedelta(days=ports.site.publishing.days + 1)).date(), datetime.min.time(), UTC)
    span = Interval(now, until)
    read = [
        _diary(ports, reference, name, span, now=now)
        for reference, name in ports.publications.people(ports.tenant).items()
    ]
    for feed in feeds:
        fresh = _publication(ports, feed.payer_key, read, span, now=now)
        before = ports.publications.standing(ports.tenant, feed.payer_key)
        same = before.offered == fresh.offered and before.checked_at is not None and before.at(now) == before
        changed_at = before.changed_at if same else now
        told = Publication(fresh.offered, now, changed_at, fresh.problems)
        ports.publications.keep(ports.tenant, feed.payer_key, told)
    return len(feeds)


def is_behind(ports: Ports) -> bool:
    """Whether somebody is told of who was taken off, or not yet who was chosen, or an address was never filled."""
    chosen = {_id(ports, each) for each in ports.publications.people(ports.tenant)}
    told = [_standing(ports, each.payer_key) for each in ports.publications.feeds(ports.tenant) if each.state == "open"]
    return any(chosen != {person.id for person in each.offered} for each in told)


def refresh_now(ports: Ports, *, now: datetime) -> int:
    """Bring up to date what is published, with the rights of whoever presses the button."""
    demand(ports, Act.PUBLISH, now=now)
    return refresh(ports, now=now)


def publication_of(ports: Ports, feed: OutFeed | None, *, now: datetime) -> Publication:
    """Return what the holder of an address is shown; raises NoSuchFeed, which tells the unknown from the ended not."""
    if feed is None or feed.state != "open" or ports.site.publishing is None:
        raise NoSuchFeed
    return ports.publications.standing(ports.tenant, feed.payer_key).at(now)


@dataclass(frozen=True, slots=True)
class _Read:
    id: str
    name: str
    specialty: str | None = None
    diary: Diary | None = None
    problem: str | None = None


def _diary(ports: Ports, reference: str, name: str, span: Interval, *, now: datetime) -> _Read:
    id_ = _id(ports, reference)
    try:
        clinician = ports.ehr.clinician(reference)
        diary = _laid_out(ports, clinician, span, now=now)
    except ParleyError as error:
        return _Read(id_, name, problem=f"{name}: {error.say}")
    doubt = None if diary.verified else f"{name}: a calendar could not be read whole, so none of it is told."
    return _Read(id_, clinician.name or name, clinician.specialty, diary, doubt)


def _laid_out(ports: Ports, clinician: Clinician, span: Interval, *, now: datetime) -> Diary:
    if not clinician.hours and not ports.site.habits_of(clinician).protected:
        raise Permanent("working hours are not known, so no time is told.")
    wide = Interval(span.start - HALF_DAY, span.end + HALF_DAY)
    busy = busy_of(ports, clinician, wide, now=now)
    held = ports.store.promised(ports.tenant, clinician=clinician.reference, span=wide, but_case="", now=now)
    habits = ports.site.habits_of(clinician)
    taken = (*busy.busy, *habits.around(held.busy))
    return diary_of(clinician, taken, span, verified=busy.verified, habits=habits)


def _publication(ports: Ports, payer_key: str, read: Iterable[_Read], span: Interval, *, now: datetime) -> Publication:
    rule = ports.rules.payer_by_key(payer_key)
    hours = rule.hours if rule and rule.hours else ports.rules.calendar.usual_hours(ports.site.zone)
    open_ = open_hours(hours, span)
    length, notice = timedelta(minutes=ports.site.call_minutes), timedelta(hours=ports.site.publishing.notice_hours)
    offered = tuple(
        Offered(
            each.id,
            each.name,
            each.specialty,
            times_to_offer(each.diary, open_, length=length, opens=now + notice) if each.diary else (),
        )
        for each in read
    )
    return Publication(offered, problems=tuple(each.problem for each in read if each.problem))


def _without(ports: Ports, payer_key: str, gone: set[str], *, now: datetime) -> Publication | None:
    standing = ports.publications.standing(ports.tenant, payer_key)
    ids = {_id(ports, each) for each in gone}
    left = tuple(each for each in standing.offered if each.id not in ids)
    if left == standing.offered:
        return None
    return Publication(left, standing.checked_at, now, standing.problems)


def _standing(ports: Ports, payer_key: str) -> Publication:
    return ports.publications.standing(ports.tenant, payer_key)


def _id(ports: Ports, reference: str) -> str:
    """Return how a clinician is named in what is published: the same for ever, and not the EHR's own name."""
    return sha256(f"{ports.tenant}|{reference}".encode()).hexdigest()[:32]
