"""A call in hand: what is typed and tapped while it lasts, kept apart from the case until it is logged (D8)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

from app.core.case import Attempt, Case
from app.core.people import Reviewer, User

REVIEWER = ("reviewer_name", "reviewer_credential", "reviewer_npi", "reviewer_specialty")
FIELDS = ("number", *REVIEWER, "note")
LONGEST = {"note": 8000, "reviewer_reason": 2000, "new_information": 2000}
LONGEST_LINE = 200
PRESSES = ("hold", "talk", "end")
# Nobody holds longer: a timer that was never stopped is cut there.
LONGEST_PHASE = timedelta(hours=4)
NEAR = timedelta(hours=1)
MOST_MINUTES = 480
MOST_PRESSES = 200
MOST_ASIDES = 20


@dataclass(frozen=True, slots=True)
class Press:
    """One press of the timer: from then on (UTC) on hold, in talk, or over. what: of PRESSES."""

    what: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Aside:
    """What stood in a field when another device typed over it."""

    field: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Talk:
    """
    One person's draft of one case's call.

    call_id: what the attempt will be named, so that it is logged once; logged: it has been, and only words are left
    words: what was typed, by field (FIELDS); version: 0 before it is first kept
    """

    case_id: str
    user_key: str
    call_id: str
    words: Mapping[str, str] = field(default_factory=dict)
    presses: tuple[Press, ...] = ()
    asides: tuple[Aside, ...] = ()
    logged: bool = False
    version: int = 0
    kept_at: datetime | None = None

    @property
    def phase(self) -> str:
        """hold | talk | end, or "" before the timer is first pressed."""
        return self.presses[-1].what if self.presses else ""

    @property
    def since(self) -> datetime | None:
        """When the present phase began."""
        return self.presses[-1].at if self.presses else None

    @property
    def note(self) -> str:
        """The notes, and below them those that another device typed over: none is lost on the way to the outcome."""
        others = [each.text for each in self.asides if each.field == "note"]
        return "\n".join(each for each in (self.words.get("note", ""), *others) if each)


def press(talk: Talk, what: str, *, call_id: str, now: datetime) -> Talk:
    """
    Return the draft with the timer pressed; the same phase again changes nothing.

    call_id: of the next call, where the one before was logged already
    """
    if talk.logged and what != "end":
        talk = replace(talk, call_id=call_id, presses=(), logged=False)
    is_idle = talk.phase in ("", "end")
    if what not in PRESSES or talk.phase == what or (what == "end" and is_idle) or len(talk.presses) >= MOST_PRESSES:
        return talk
    return replace(talk, presses=(*talk.presses, Press(what, now)))


def spent_on(talk: Talk, what: str, *, now: datetime) -> timedelta:
    """Return how long the call has been on "hold", or in "talk"; a phase that was never ended is cut short."""
    ends = [each.at for each in talk.presses[1:]] + [now]
    spans = [end - each.at for each, end in zip(talk.presses, ends, strict=False) if each.what == what]
    return sum((min(max(each, timedelta()), LONGEST_PHASE) for each in spans), timedelta())


def minutes_on(talk: Talk, what: str, *, now: datetime) -> int | None:
    """Return the minutes begun on "hold" or in "talk", None where there were none; at most MOST_MINUTES."""
    if all(each.what != what for each in talk.presses):
        return None
    return min(-(-int(spent_on(talk, what, now=now).total_seconds()) // 60), MOST_MINUTES)


def stamp_of(text: str) -> str:
    """Return a short stamp of a text: whether two are the same, and nothing of what they say."""
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def stamps_of(words: Mapping[str, str]) -> dict[str, str]:
    """Return the stamp of every field as a device has it."""
    return {name: stamp_of(tidy(name, words.get(name, ""))) for name in FIELDS}


def type_words(
    talk: Talk,
    typed: Mapping[str, str],
    shown: Mapping[str, str],
    *,
    names: Iterable[str] = FIELDS,
    now: datetime,
) -> Talk:
    """
    Return the draft with what was typed on one device; what another typed meanwhile is set aside, never lost.

    shown: by field the stamp of what stood in it when this device last heard of it. A field that this device did not
    change keeps what another put there; one that both changed takes the later text, and the other stands aside.
    names: of the fields that the form has
    """
    words, asides = dict(talk.words), list(talk.asides)
    for name in (each for each in names if each in typed):
        text, kept = tidy(name, typed[name]), words.get(name, "")
        was = shown.get(name, stamp_of(""))
        if stamp_of(text) == was or (text == kept and name in words):
            continue
        if stamp_of(kept) != was and kept:
            asides.append(Aside(name, kept, now))
        words[name] = text
    # What stands in the field by now need not stand beside it.
    asides = [each for each in asides if each.text not in words.get(each.field, "")]
    return replace(talk, words=words, asides=_latest(asides))


def spend(talk: Talk, *, connected: bool) -> Talk:
    """Return what is left of the draft once its call was logged: the words; after a call that failed, for the next."""
    return replace(talk, presses=(), logged=connected)


def reviewer_in(words: Mapping[str, str]) -> Reviewer | None:
    """Return the payer's clinician as the fields tell, None when none of them does."""
    told = {name.removeprefix("reviewer_"): words.get(name) or None for name in REVIEWER}
    return Reviewer(**told) if any(told.values()) else None


def words_of(reviewer: Reviewer | None) -> dict[str, str]:
    """Return the fields of a reviewer who is known before the call."""
    return (
        {} if reviewer is None else {name: getattr(reviewer, name.removeprefix("reviewer_")) or "" for name in REVIEWER}
    )


def attempt_of(
    talk: Talk, *, meant: Mapping[str, str], direction: str, clinician: str | None, by: User, now: datetime
) -> Attempt:
    """
    Return the call as an attempt in which our clinician and the reviewer spoke, dated from when the talk began.

    meant: what stands in the fields where nothing else was typed; clinician: the name of ours who takes the call, whom
    the payer reached where it called
    """
    words = {**meant, **talk.words}
    talks = [each.at for each in talk.presses if each.what == "talk"]
    reviewer = reviewer_in(words)
    return Attempt(
        id=talk.call_id,
        at=min([*talks[:1], now]),
        by=by.name,
        direction=direction,
        number=words.get("number") or None,
        reached="clinician" if direction == "theirs" else "reviewer",
        reached_name=clinician if direction == "theirs" else reviewer.name if reviewer else None,
        result="connected",
        hold_minutes=minutes_on(talk, "hold", now=now),
        talk_minutes=minutes_on(talk, "talk", now=now),
        reviewer=reviewer,
    )


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a call before anybody fills in its form; None where it is not. begun_at: the first press."""

    reviewer: Reviewer | None
    note: str
    number: str | None
    begun_at: datetime | None
    held_at: datetime | None
    hold_minutes: int | None
    talk_minutes: int | None


def known_of(case: Case, talk: Talk, *, now: datetime) -> Known:
    """Return what the forms of the log and the outcome begin with: the draft's call, else the latest that connected."""
    latest = next((each for each in reversed(case.tries) if each.is_held), None)
    booked = case.booking.reviewer if case.booking else None
    reviewer = reviewer_in({**words_of((latest and latest.reviewer) or booked), **talk.words})
    if talk.presses or latest is None:
        starts = [each.at for each in talk.presses]
        talks = [each.at for each in talk.presses if each.what == "talk"]
        held, talked = (minutes_on(talk, what, now=now) for what in ("hold", "talk"))
        number = talk.words.get("number") or None
        return Known(reviewer, talk.note, number, min(starts, default=None), min(talks, default=None), held, talked)
    told = (latest.number, latest.at, latest.at, latest.hold_minutes, latest.talk_minutes)
    return Known(reviewer, talk.note, *told)


def is_near(case: Case, *, now: datetime) -> bool:
    """Whether the booked call begins within the hour, goes on, or should have ended less than an hour ago."""
    when = case.booking.interval if case.booking is not None and case.booking.is_live else None
    return when is not None and when.start - NEAR <= now < when.end + NEAR


def npi_doubt(text: str) -> str | None:
    """
    Return why this can be no National Provider Identifier, None where it can, or where nothing was typed.

    Ten digits, the last one a Luhn check over the rest with 80840 before it (45 CFR 162.406; CMS, NPI check digit).
    A doubt only: it may have been misheard, and is kept as told.
    """
    digits = "".join(text.split()).replace("-", "")
    if not digits:
        return None
    if not (digits.isascii() and digits.isdigit()) or len(digits) != 10:
        return "An NPI has ten digits."
    return None if _luhn(f"80840{digits}") else "The check digit does not fit: one digit may be misheard."


def _luhn(digits: str) -> bool:
    total = 0
    for place, each in enumerate(reversed(digits)):
        value = int(each) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def tidy(name: str, text: str) -> str:
    """Return a text as it is kept: line ends of one kind, single lines on one line, no longer than its field."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    field = name.rpartition(":")[2]  # an act's answer keeps its fields under its own name
    plain = plain.rstrip() if field == "note" else " ".join(plain.split())
    return plain[: LONGEST.get(field, LONGEST_LINE)]


def _latest(asides: list[Aside]) -> tuple[Aside, ...]:
    once = {(each.field, each.text): each for each in asides}
    return tuple(once.values())[-MOST_ASIDES:]
