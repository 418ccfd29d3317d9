"""
A payer's reply in words → the times it offers, each with the words it rests on, for a person to confirm.

Nothing read here is ever booked by itself. What speaks of a time and cannot be read is said, never guessed away.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.core.detect.words import fold_text
from app.core.interval import Interval
from app.core.windows.times import NO_HALF, NamedDay, ToldTime, days_in, times_in

MOST_CHARACTERS = 20_000
MOST_TIMES = 60
_ZONE = re.compile(r"\b(?:(?P<short>[ecmp])[sd]?t|(?P<long>eastern|central|mountain|pacific))\b")
_ZONES = {"e": "America/New_York", "c": "America/Chicago", "m": "America/Denver", "p": "America/Los_Angeles"}
_REFUSED = re.compile(
    r"\b(?:un(?:able|available)|not|no longer|cannot|can't|won't|isn't|aren't|closed|except"
    r"|out of (?:the )?office|other than)\b"
)
_LIMIT = re.compile(
    r"\b(?:by|before|no later than|not later than|deadline|reply|respond|expires?|after|later than"
    r"|prior to|until|till)[ ]*"
    r"(?:[a-z]+[ ,]+){0,2}$"
)
_QUOTED = re.compile(
    r"^[ \t]*(?:-{2,}[ ]*(?:original|forwarded) message|from:[ ].*\n(?:.*\n){0,3}?[ \t]*(?:sent|date|to|subject):"
    r"|on .{4,120}wrote:[ \t]*$)",
    re.IGNORECASE | re.MULTILINE,
)
# A sentence ends before a capital or a digit, not after "a.m." or a month's short name.
_STOP = re.compile(
    r"\n|;|(?<![ap]\.m)"
    r"(?<!\b(?:mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec|ext|mrs))"
    r"(?<!\b(?:dr|mr|ms|st|no))[.!?][ ]+"
)
_TURN = re.compile(r"\b(?:but|however|instead|though)\b")
_JOINED = re.compile(r"[\s,&/()]*(?:\b(?:and|or)\b)?[\s,&/()]*")


@dataclass(frozen=True, slots=True)
class OfferRead:
    """
    One time that the words offer. quote: the clause it stood in, verbatim, at [start, end) of the text.

    doubts: what had to be assumed, in sentences; a person sees them beside the quote before confirming
    """

    interval: Interval
    quote: str
    start: int
    end: int
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplyRead:
    """What a reply offers, by time; `unread` are clauses that speak of a time and offer none that can be told."""

    offers: tuple[OfferRead, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()  # (clause, why)


def read_reply(text: str, *, zone: str, received_at: datetime, length: timedelta) -> ReplyRead:
    """
    Return the times that a payer's words offer.

    text: a message or fax as text; what it quotes of an earlier message is not read
    zone: IANA, for times that name none (the doubt says so); length: of a call whose end is not told
    received_at: from which days without a year, and "tomorrow", count
    errs: towards doubt. A refusal ("not available"), a limit ("reply by 5 pm") and a time without a day offer nothing;
    where an hour repeats or is skipped that night, the clause is unread
    """
    shown = _own_words(text[:MOST_CHARACTERS])
    folded = fold_text(shown).replace("\t", " ")
    whole = _zone_in(folded) if len({each[0][0] for each in _ZONE.finditer(folded)}) == 1 else None
    today = received_at.astimezone(ZoneInfo(zone)).date()
    offers: list[OfferRead] = []
    unread: list[tuple[str, str]] = []
    heading: tuple[NamedDay, ...] = ()
    for start, end in _clauses(folded):
        clause = folded[start:end]
        days, times = tuple(days_in(clause, today)), tuple(times_in(clause))
        if not times:
            heading = _heading(days, clause) or heading
            continue
        quote = shown[start:end].strip()
        found, why = _offers_of(
            clause, days or heading, times, place=_zone_in(clause) or whole, zone=zone, length=length
        )
        lead = len(clause) - len(clause.lstrip())
        place = {"quote": quote, "start": start + lead, "end": start + lead + len(quote)}
        offers += [replace(each, **place) for each in found if each.interval.end > received_at]
        if any(each.interval.end <= received_at for each in found):
            why = "It names a time that is over."
        if why:
            unread.append((quote, why))
        if days:
            heading = _heading(days[-1:], "")
    return ReplyRead(_once(offers[:MOST_TIMES]), tuple(dict.fromkeys(unread)))


def _own_words(text: str) -> str:
    """Return the text with what it quotes blanked, character for character, so that places stay."""
    cut = _QUOTED.search(text)
    kept = text[: cut.start()] if cut else text
    return re.sub(r"^[ \t]*>.*$", lambda found: " " * len(found[0]), kept, flags=re.MULTILINE)


def _clauses(folded: str) -> Iterator[tuple[int, int]]:
    start = 0
    for stop in _STOP.finditer(folded):
        if stop.start() > start:
            yield start, stop.start()
        start = stop.end()
    if start < len(folded):
        yield start, len(folded)


def _heading(days: tuple[NamedDay, ...], clause: str) -> tuple[NamedDay, ...]:
    """Return the days of a line that names nothing else, for the times on the lines below it."""
    return tuple(replace(each, start=-1, end=-1) for each in days) if not _REFUSED.search(clause) else ()


def _zone_in(clause: str) -> str | None:
    found = _ZONE.search(clause)
    return _ZONES[(found["short"] or found["long"])[0]] if found else None


def _offers_of(
    clause: str,
    days: tuple[NamedDay, ...],
    times: tuple[ToldTime, ...],
    *,
    place: str | None,
    zone: str,
    length: timedelta,
) -> tuple[list[OfferRead], str | None]:
    """Return the offers of one clause (their places still to be filled in), and why a time of it offers nothing."""
    found: list[OfferRead] = []
    why: str | None = None
    for told in times:
        if _REFUSED.search(_since_turn(clause, told.start)):
            why = "It says that this time is not possible."
        elif told.ends is None and _LIMIT.search(clause[: told.start]):
            why = "It names a limit, not a time to talk."
        elif not (meant := _meant(clause, days, told)):
            why = why if NO_HALF in told.doubts else "It names a time without a day."
        else:
            for each in meant:
                offer = _offer(each, told, place=place, zone=zone, length=length)
                why = "That hour is skipped or comes twice that night; ask which is meant." if offer is None else why
                found += [offer] if offer else []
    return found, why


def _since_turn(clause: str, place: int) -> str:
    """Return the words before a time, from the latest "but" on: what is refused before it is not refused after."""
    return _TURN.split(clause[:place])[-1]


def _meant(clause: str, days: tuple[NamedDay, ...], told: ToldTime) -> tuple[NamedDay, ...]:
    """Return the days a time is told for: the nearest before it with all that are joined to it, else the next."""
    here = [each for each in days if each.start >= 0]
    before = [each for each in here if each.end <= told.start]
    if not before:
        after = [each for each in here if each.start >= told.stop]
        return tuple(after[:1]) or (() if here else days)
    chain = [before[-1]]
    for each in reversed(before[:-1]):
        if not _JOINED.fullmatch(clause[each.end : chain[0].start]):
            break
        chain.insert(0, each)
    return tuple(chain)


def _offer(named: NamedDay, told: ToldTime, *, place: str | None, zone: str, length: timedelta) -> OfferRead | None:
    there = ZoneInfo(place or zone)
    begins = _instant(named.day, told.begins, there)
    ends = begins + length if begins and told.ends is None else _instant(named.day, told.ends or told.begins, there)
    if begins is None or ends is None or ends <= begins:
        return None
    doubts = [each for each in (named.doubt, *told.doubts) if each]
    if place is None:
        doubts.append(f"No zone was told; read in {zone}.")
    if told.ends is None:
        doubts.append("No end was told; read as one call.")
    return OfferRead(Interval(begins, ends), "", 0, 0, tuple(doubts))


def _instant(day: date, wall: time, zone: ZoneInfo) -> datetime | None:
    """Return the one instant of a wall time, None where there is none or two."""
    readings = set()
    for fold in (0, 1):
        instant = datetime.combine(day, wall.replace(fold=fold), zone).astimezone(UTC)
        if instant.astimezone(zone).replace(tzinfo=None) == datetime.combine(day, wall):
            readings.add(instant)
    return readings.pop() if len(readings) == 1 else None


def _once(offers: list[OfferRead]) -> tuple[OfferRead, ...]:
    first: dict[Interval, OfferRead] = {}
    for each in offers:
        kept = first.get(each.interval)
        if kept is None or len(each.doubts) < len(kept.doubts):
            first[each.interval] = each
    return tuple(sorted(first.values(), key=lambda each: each.interval))
