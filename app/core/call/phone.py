"""Asking for a call by telephone: when somebody answers, what to say, what each result leads to (F17, F22)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.call import TAKES_NUMBER, leaves_theirs
from app.core.case import Attempt, Case
from app.core.deadlines import open_hours
from app.core.interval import Interval
from app.core.people import User
from app.core.rulebook.payers import PayerHours, PayerRule
from app.core.windows.ask import NumberRefused
from app.errors import Refused

AHEAD = timedelta(days=14)  # within it every payer opens again
LONGEST_LINE = 60
MOST_MINUTES = 480  # as the log takes them
LONGEST_HOLD = timedelta(hours=4)  # nobody holds longer: the clock was never stopped


@dataclass(frozen=True, slots=True)
class Tap:
    """
    One result, as it stands on its button. then: what happens next, in words.

    result, reached: as the attempt keeps them; pause: how long until it is tried again, None where it is not
    """

    words: str
    then: str
    result: str
    reached: str
    pause: timedelta | None = None


TAPS = {
    "offered": Tap("Reached: times offered", "They are kept as windows; then a time is booked.", "asked", "staff"),
    "waiting": Tap("Reached: they will tell times", "The call counts as asked for; we watch.", "asked", "staff"),
    "voicemail": Tap(
        "Voicemail: message left", "Called again in two hours.", "message_left", "voicemail", timedelta(hours=2)
    ),
    "on_hold": Tap(
        "On hold too long", "Called again in an hour.", "gave_up_holding", "nobody", timedelta(hours=1)
    ),
    "closed": Tap("Closed", "Called again when they open.", "closed", "nobody", timedelta()),
    "call_back": Tap("Call back later", "Called again when they said.", "call_back", "staff"),
    "wrong_number": Tap("Wrong number", "The right one must be found first.", "wrong_number", "nobody"),
    "refused": Tap("Refused", "Somebody decides what follows.", "refused", "staff"),
}  # fmt: skip


class NotTapped(Refused):
    """No result was chosen. `field` names the form's field."""

    say = "Say what came of the call."
    next = "Choose one of the results; what you typed is kept."
    field = "tap"


class CallBackRefused(Refused):
    """The time to call back cannot be. `field` names the form's field."""

    next = "Correct it; what you typed is kept."
    field = "call_back_at"


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A number that may be called. where: who says so; extension: told apart, since it is dialled later."""

    number: str
    where: str
    extension: str | None = None


@dataclass(frozen=True, slots=True)
class OpenHours:
    """
    Whether somebody answers now. open_until: None while closed; opens_at: None while open, or in a fortnight of none.

    known: the payer tells its hours; else those are meant that are usual
    """

    known: bool
    open_until: datetime | None
    opens_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it is open now."""
        return self.open_until is not None


@dataclass(frozen=True, slots=True)
class Retry:
    """When it is tried again, and why then."""

    at: datetime
    because: str


def hours_now(rule: PayerRule | None, *, usual: PayerHours, now: datetime) -> OpenHours:
    """Return whether this payer answers now, until when, or from when. usual: assumed where it tells no hours."""
    known = rule is not None and rule.hours is not None
    spans = open_hours(rule.hours if known else usual, Interval(now, now + AHEAD))
    here = next((each for each in spans if each.contains(now)), None)
    later = next((each.start for each in spans if each.start > now), None)
    return OpenHours(known, here.end if here else None, None if here else later)


def retry_of(
    tap: Tap,
    *,
    told_at: datetime | None = None,
    rule: PayerRule | None,
    usual: PayerHours,
    last_safe_at: datetime | None,
    now: datetime,
) -> Retry | None:
    """
    Return when it is tried again: within the payer's hours, and before the last safe moment to book; None for never.

    told_at: when the payer said that it can be called. Said to be closed while its hours say open, it is called at its
    next opening. Where the pause would last beyond the last safe moment, half of what is left is waited; where the
    payer does not open before then, it is called at once
    errs: early
    """
    if told_at is not None:
        return Retry(told_at, "The payer said so.")
    if tap.pause is None:
        return None
    hours = rule.hours if rule is not None and rule.hours is not None else usual
    if tap.result == "closed":
        opens = _next_opening(hours, now)
        wanted = Retry(opens, "It opens then.") if opens else None
    else:
        at = _open_from(hours, now + tap.pause)
        because = "After a pause." if at == now + tap.pause else "After a pause, when it opens."
        wanted = Retry(at, because) if at else None
    if wanted is not None and (last_safe_at is None or wanted.at < last_safe_at):
        return wanted
    return _in_time(hours, last_safe_at, now) if last_safe_at is not None else Retry(now + tap.pause, "After a pause.")


def _in_time(hours: PayerHours, last_safe_at: datetime, now: datetime) -> Retry:
    """Return the try that still comes before the last safe moment."""
    if last_safe_at > now:
        at = _open_from(hours, now + (last_safe_at - now) / 2)
        if at is not None and at < last_safe_at:
            return Retry(at, "Sooner than usual: the time to book runs out.")
    return Retry(now, "At once: the time to book runs out, and it does not open again before.")


def _open_from(hours: PayerHours, at: datetime) -> datetime | None:
    return next((max(each.start, at) for each in open_hours(hours, Interval(at, at + AHEAD))), None)


def _next_opening(hours: PayerHours, now: datetime) -> datetime | None:
    """Return when it opens next; an opening that began already is not the next."""
    return next((each.start for each in open_hours(hours, Interval(now, now + AHEAD)) if each.start > now), None)


def check_call_back(at: datetime | None, *, now: datetime) -> datetime:
    """Return the time to call back; raises CallBackRefused for none, or one that is over."""
    if at is None:
        raise CallBackRefused("Say when they can be called back.")
    if at <= now:
        raise CallBackRefused("This time is over already.")
    if at > now + timedelta(days=60):
        raise CallBackRefused("This lies months ahead; check the date.")
    return at


def tapped(
    tap: Tap,
    *,
    attempt_id: str,
    by: User,
    number: str | None,
    reached_name: str | None,
    hold_minutes: int | None,
    note: str | None,
    retry: Retry | None,
    callback_number: str | None = None,
    now: datetime,
) -> Attempt:
    """Return the attempt that a tap stands for. callback_number: kept where a message was left."""
    return Attempt(
        id=attempt_id,
        at=now,
        by=by.name,
        direction="ours",
        number=number,
        reached=tap.reached,
        reached_name=reached_name,
        result=tap.result,
        hold_minutes=hold_minutes,
        note=note,
        next_at=retry.at if retry else None,
        callback_number=callback_number if tap.result in TAKES_NUMBER else None,
    )


def held_minutes(since: datetime | None, before: int, *, now: datetime) -> int | None:
    """
    Return the minutes on hold: those before, and those since it was taken up again; None where it never was.

    errs: towards nothing, since they stand on the payer's record; a page that was left open overnight held nobody
    """
    if since is None or now - since > LONGEST_HOLD:
        return before or None
    return min(before + max(0, -(-int((now - since).total_seconds()) // 60)), MOST_MINUTES)


def read_dialled(typed: str) -> str | None:
    """Return a number as it was dialled, None for nothing; raises NumberRefused. One may be told in letters."""
    number = " ".join(typed.split())[:LONGEST_LINE]
    if number and (sum(each.isalnum() for each in number) < 7 or sum(each.isdigit() for each in number) < 3):
        raise NumberRefused()
    return number or None


def numbers_of(case: Case, rule: PayerRule | None) -> tuple[PhoneNumber, ...]:
    """Return the numbers to call: what the payer left with us, the notice's own, the rule book's; the same one once."""
    offer = case.routing.offer
    told = [(each.callback_number, "left with us") for each in reversed(case.tries) if _is_left_with_us(each)][:1]
    told += [(offer.phone, "on the notice")] if offer is not None and offer.phone else []
    if rule is not None and rule.phone:
        told.append((rule.phone, "rule book"))
    found: dict[str, PhoneNumber] = {}
    for text, where in told:
        number, extension = _split(text)
        found.setdefault("".join(c for c in text if c.isalnum()), PhoneNumber(number, where, extension))
    return tuple(found.values())


def _is_left_with_us(attempt: Attempt) -> bool:
    return bool(attempt.callback_number) and leaves_theirs(attempt.direction, attempt.result)


def _split(text: str) -> tuple[str, str | None]:
    """Return a number without its extension, and the extension: "732-744-6304 ext. 2" and its like."""
    lowered = text.lower()
    for mark in ("extension", "ext.", "ext", " x", "#"):
        at = lowered.find(mark)
        digits = text[at + len(mark) :].strip(" .:,#") if at > 0 else ""
        if digits.isdigit() and len(digits) <= 6:
            return text[:at].strip(" ,;"), digits
    return text, None


def script_of(case: Case, rule: PayerRule | None, *, by: User) -> tuple[str, ...]:
    """Return what to say when a call is asked for, in order; what the payer's rule leaves open is a question."""
    return tuple(_script(case, rule, by))


def _script(case: Case, rule: PayerRule | None, by: User) -> Iterator[str]:
    reference = case.denial.reference_number
    about = f"your reference {reference}" if reference else "a prior authorization that was denied"
    who = f" for {case.clinician.name}" if case.clinician is not None else ""
    yield f"This is {by.name}. I am calling about {about}, and ask for a peer-to-peer review{who}."
    if case.clinician is not None and case.clinician.specialty:
        yield f"Our clinician's field is {case.clinician.specialty}; a reviewer of the same field, please."
    wants = (rule.windows_to_offer_min or 0) if rule is not None else 0
    if wants:
        yield f"We can offer you {max(wants, 2)} times. Which of them suits your reviewer?"
    else:
        yield "Which two or more times can your reviewer offer, and in which time zone?"
    yield _who_calls(rule)
    yield from _whether_it_may_overturn(rule)
    yield "What is your name, and is there a reference for this call?"


def _whether_it_may_overturn(rule: PayerRule | None) -> Iterator[str]:
    if rule is not None and rule.when_asking:
        yield rule.when_asking
    elif rule is not None and rule.effect == "educational":
        yield "Can a reconsideration be opened with this call?"
    elif rule is None or rule.effect is None:
        yield "Can this call still overturn the denial, or does it only explain it?"


def _who_calls(rule: PayerRule | None) -> str:
    if rule is not None and rule.who_calls == "payer":
        return "Your reviewer calls us: please take down our clinician's direct number."
    if rule is not None and rule.who_calls == "us":
        return "Which number do we call at that time?"
    return "Who calls whom at that time, and at which number?"
