"""A payer asked for call times in our words: what it must know to find the request, and nothing else of the patient."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.core.case import Case, Clock
from app.core.effects import AskPayer
from app.core.interval import Interval
from app.core.rulebook.payers import PayerRule
from app.core.windows.link import offered_lines
from app.core.windows.message import Delivery, Message
from app.errors import Refused

USUAL_TIMES = 2  # how many times a payer is asked for where its rule says nothing of ours
_NUMBER = re.compile(r"[0-9+(][0-9 ().+/-]{5,24}[0-9](?: ?(?:x|ext\.?) ?[0-9]{1,6})?", re.IGNORECASE)
LINK_KEPT_NOWHERE = "[the link: it was sent, and is kept nowhere]"


class NumberRefused(Refused):
    """The direct number cannot be one. `field` names the form's field."""

    say = "This is not a telephone number."
    next = "Write it as 512-555-0134, with ext. where it has one, or leave it out."
    field = "number"


@dataclass(frozen=True, slots=True)
class PayerChannel:
    """
    One way by which a payer takes a request in writing.

    kind: message | fax; to: its address or number there; confidential: nobody but the payer reads what goes this way
    traceable: whoever carries it tells whether it arrived; answer_to: our number or address for answers, where it is
    not the one that the request comes from
    """

    kind: str
    to: str
    confidential: bool
    traceable: bool = False
    answer_to: str | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """
    What a person adds to a request. number: at which our clinician is reached, checked by read_number

    free: a time that would suit us and is not offered yet; told where no link is
    url, until: of the link by which the payer answers the times that are held for it; None where none are offered
    """

    number: str | None = None
    url: str | None = None
    until: datetime | None = None
    free: Interval | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """A request as it is sent, letter by letter. confidential: it may only go where nobody else can read it."""

    subject: str
    text: str
    confidential: bool

    @property
    def digest(self) -> str:
        """Return what tells these words from any others: what was shown is what is sent."""
        return hashlib.sha256(f"{self.subject}\n{self.text}".encode("utf-8", "replace")).hexdigest()[:32]


def read_number(typed: str) -> str | None:
    """Return a telephone number as typed, None for nothing; raises NumberRefused for what is none."""
    number = " ".join(typed.split())
    if number and (not _NUMBER.fullmatch(number) or sum(each.isdigit() for each in number) < 7):
        raise NumberRefused()
    return number or None


def request_words(
    case: Case, asking: Asking, *, channel: PayerChannel, rule: PayerRule | None, zone: str, now: datetime
) -> Words:
    """
    Return the words that ask this payer for a call.

    zone: in which the payer reads a clock. The subject names our case number alone: mail servers log it, screens show
    it. The member id travels where nobody else can read it (channel.confidential); the patient's name never does.
    """
    member = case.coverage.member_id if channel.confidential else None
    lines = ["We ask for a peer-to-peer review call.", "", *_facts(case, asking, member, zone=zone, now=now), ""]
    if asking.url and asking.until:
        lines += [*offered_lines(case, url=asking.url, zone=zone, until=asking.until, now=now), ""]
        lines += [f"You may also answer {_by(channel)}; please name our case number."]
    else:
        count = max(USUAL_TIMES, rule.windows_to_offer_min or 0) if rule else USUAL_TIMES
        lines += [
            f"Please tell us {count} or more times at which your reviewer can take the call, with their time zone.",
            *([f"This would suit us: {_span_line(asking.free, zone)}"] if asking.free else []),
            f"Answer {_by(channel)}; please name our case number.",
        ]
    return Words(f"Peer-to-peer review, our case {case.number}", "\n".join(lines) + "\n", bool(member))


def ask_payer(
    case: Case, words: Words, asking: Asking, *, channel: PayerChannel, act_id: str, now: datetime
) -> AskPayer:
    """Return the request as something to be sent once, and not after the times or the deadline that it names."""
    due = _due(case, now=now)
    return AskPayer(
        key=f"{case.tenant}/{case.id}/ask/{act_id}",
        target=f"{act_id}/payer",  # its own: it waits for nothing that the EHR must take
        case_number=case.number,
        payer_key=case.payer_key or "",
        channel=channel.kind,
        to=channel.to,
        subject=words.subject,
        text=words.text,
        confidential=words.confidential,
        traceable=channel.traceable,
        payer_name=_line(case.payer_name or ""),
        until=min((each for each in (asking.until, due and due.ends_at) if each is not None), default=None),
    )


def sent_message(case: Case, effect: AskPayer, asking: Asking, *, message_id: str, by: str, now: datetime) -> Message:
    """Return what the inbox keeps of a request; the link's secret is not in it."""
    text = effect.text.replace(asking.url, LINK_KEPT_NOWHERE) if asking.url else effect.text
    return Message(
        id=message_id,
        name=f"out:{effect.key}",
        at=now,
        direction="out",
        channel=effect.channel,
        counterpart=case.payer_name,
        subject=effect.subject,
        text=text,
        delivery=Delivery("waiting", now) if effect.traceable else None,
        case_id=case.id,
        case_number=case.number,
        state="done",
        handled_by=by,
        handled_at=now,
        effect=effect.key,
    )


def _facts(case: Case, asking: Asking, member: str | None, *, zone: str, now: datetime) -> Iterator[str]:
    """Return what finds the request at the payer, and who takes the call."""
    yield f"Our case: {case.number}"
    if case.denial.reference_number:
        yield f"Your reference: {_line(case.denial.reference_number)}"
    if member:
        yield f"Member ID: {_line(member)}"
    if case.clinician is not None:
        specialty = f", {_line(case.clinician.specialty)}" if case.clinician.specialty else ""
        yield f"Our clinician: {_line(case.clinician.name)}{specialty}"
    if asking.number:
        yield f"Direct number: {asking.number}"
    due = _due(case, now=now)
    if due is not None:
        ends = f"{due.ends_at.astimezone(ZoneInfo(zone)):%A, %B %d, %Y, %I:%M %p %Z}"
        yield f"The time for this call ends, as we read it: {ends}"


def _by(channel: PayerChannel) -> str:
    if channel.kind != "fax":
        return "this message"
    return f"by fax to {channel.answer_to}" if channel.answer_to else "the number on the first page"


def _due(case: Case, *, now: datetime) -> Clock | None:
    """Return the deadline that the payer itself set, the earliest that is to come; none of our own caution."""
    clocks = [each for each in case.clocks if each.firm and each.name in ("p2p_window", "offer") and each.ends_at > now]
    return min(clocks, key=lambda each: each.ends_at, default=None)


def _span_line(interval: Interval, zone: str) -> str:
    start, end = (each.astimezone(ZoneInfo(zone)) for each in (interval.start, interval.end))
    return f"{start:%A, %B %d, %Y, %I:%M %p} to {end:%I:%M %p %Z}"


def _line(text: str) -> str:
    """Return a value as one line: what came from outside adds no lines of its own to a letter of ours."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
