"""Values as people read them. Zones leave the house here."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from itertools import groupby
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from flask import Flask, url_for

from app.core.acts import ACTS, COMPLETES
from app.core.afterwards import OF_AN_AUTHORIZATION
from app.core.brief.sending import Sending, Sent
from app.core.outcome.filing import filed_words
from app.core.outcome.script import thing_words
from app.core.people import whom_reached
from app.core.reminders import notice_title
from app.core.rulebook.calls import MARKED
from app.core.rulebook.phrases import GRADES
from app.core.rulebook.words import programme_words, rule_title, speaker_words
from app.web.rule_forms import window_rows

STAGES = ("detect", "windows", "slots", "book", "brief", "call", "outcome", "learn")
_STATE_STAGE = {
    "open": "windows",
    "requested": "windows",
    "offered": "slots",
    "held": "book",
    "booked": "call",
    "connected": "outcome",
    "missed": "slots",
    "decided": "outcome",
    "confirmed": "outcome",
    "closed": "learn",
    "lapsed": "outcome",
    "withdrawn": "outcome",
    "rerouted": "outcome",
}
STATE_WORDS = {
    "open": "open",
    "requested": "asked for times",
    "offered": "times offered",
    "held": "time held",
    "booked": "booked",
    "connected": "spoken",
    "missed": "call missed",
    "decided": "decided, letter awaited",
    "confirmed": "confirmed in writing",
    "closed": "closed",
    "lapsed": "window lapsed",
    "withdrawn": "withdrawn",
    "rerouted": "other path",
}
ROUTE_WORDS = {
    "p2p": "Peer-to-peer call",
    "ask_reason": "Ask for the reason",
    "review_modified": "Review what was changed",
    "appeal": "Appeal",
    "resubmit": "Correct and resubmit",
    "additional_information": "Send information",
    "benefit_exception": "Benefit exception",
    "network_exception": "Network exception",
    "retro_authorization": "Retrospective authorization",
    "new_request": "New request",
    "wait": "Wait for the decision",
    "none": "Nothing to do",
    "closed": "Closed",
    "human": "A person must read it",
}
WAY_WORDS = {
    "ehr": "the EHR",
    "inquiry": "asked of the payer",
    "sent": "sent by an interface",
    "file": "a file",
    "letter": "a letter",
    "typed": "typed in",
}
# The page on which the next action is done, where it is no act; the case itself where it is done elsewhere.
NEXT_PAGES = {
    "book": "slots.slots",
    "rebook": "slots.slots",
    "choose_clinician": "clinician.clinician",
    "ask_windows": "ways.way",
    "call_again": "phone.phone",
    "find_number": "phone.phone",
    "refused": "outcome.outcome",
    "await_windows": "windows.windows",
    "call": "call.call",
    "outcome": "outcome.outcome",
    "chase": "case.case",
    "dispute": "case.case",
    "authorization": "case.case",
    "accept_or_appeal": "outcome.outcome",
    "await_answer": "outcome.outcome",
    **{kind: "escalate.escalate" for kind in ("redial", "identify", "reviewer", "escalate", "await_step")},
}
WAYS = {
    "link": ("Offer times by link", "offers.offers"),
    "message": ("Ask by message", "ask.ask"),
    "fax": ("Ask by fax", "ask.ask"),
    "portal": ("Ask on its portal", "portal.portal"),
    "phone": ("Call it", "phone.phone"),
}
RISK_WORDS = {
    "second_request": "A further call was asked for",
    "missed_window": "A time for the call was given up",
    "wrong_credential": "Booked for a speaker whom the payer may refuse",
}
SEVERITY_WORDS = {"loses": "Lost:", "may_lose": "May be lost:", "ask_first": "Ask first:"}
CLOCK_WORDS = {
    "p2p_window": "P2P window",
    "offer": "Payer’s own deadline",
    "determination": "Determination due",
    "appeal": "Appeal",
    "appeal_decision": "Decision on the appeal",
    "answer": "Ask how it stands",
    "letter": "Ask for the letter",
    "record": "Record the letter",
    "dispute": "Dispute the letter",
    "authorization": "Use what was authorized",
}
LANE_WORDS = {
    "pre_denial": "before the denial is final",
    "post_denial": "after the denial",
    "informational": "informational: a call cannot change it",
}


FEED_WORDS = {"bulk": "as scheduling links", "ics": "as a calendar file", "caldav": "in a shared calendar"}
ALIKE_WORDS = {"payer": "payer", "reason": "kind of reason", "service": "service"}


def local(instant: datetime | None, zone: str, style: str = "full", now: datetime | None = None) -> str:
    """
    Return the instant in the zone.

    styles: full "Fri 27 Nov 12:10 CST" (with its year where `now` lies in another), day, date, month, time, stamp (ISO
    with offset), input (as a datetime-local field wants it)
    """
    if instant is None:
        return "—"
    at = instant.astimezone(ZoneInfo(zone))
    if style == "time":
        return f"{at:%H:%M}"
    if style == "day":
        return f"{at:%a} {at.day} {at:%b}"
    if style == "date":
        return f"{at.day} {at:%b %Y}"
    if style == "month":
        return f"{at:%B %Y}"
    if style == "stamp":
        return at.isoformat(timespec="minutes")
    if style == "input":
        return f"{at:%Y-%m-%dT%H:%M}"
    year = f" {at.year}" if now is not None and at.year != now.astimezone(ZoneInfo(zone)).year else ""
    return f"{at:%a} {at.day} {at:%b}{year} {at:%H:%M %Z}"


def relative_day(instant: datetime | None, zone: str, now: datetime) -> str:
    """Return "Today 14:30", "Tomorrow 9:00" or "Fri 27 Nov 17:00", in the reader's zone."""
    if instant is None:
        return "no limit known"
    at, today = instant.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    days = (at.date() - today).days
    day = {0: "Today", 1: "Tomorrow", -1: "Yesterday"}.get(days, f"{at:%a} {at.day} {at:%b}")
    return f"{day} {at:%H:%M}"


def groupby_day(slots: Iterable, zone: str) -> list[tuple[str, list]]:
    """Return slots in order of time by their day in the zone: "Fri 27 Nov", and those of it."""
    in_order = sorted(slots, key=lambda slot: slot.interval.start)
    return [(day, [*those]) for day, those in groupby(in_order, lambda slot: local(slot.interval.start, zone, "day"))]


def zone_words(zone: str) -> str:
    """Return a zone as people say it, "Chicago time", for a list whose times stand without theirs."""
    return f"{zone.rpartition('/')[2].replace('_', ' ')} time"


def lateness(instant: datetime | None, now: datetime) -> str:
    """Return late, soon (under 4 h) or fine; "" when there is no instant. Words go with it, never colour alone."""
    if instant is None:
        return ""
    hours = (instant - now).total_seconds() / 3600
    return "late" if hours < 0 else "soon" if hours < 4 else "fine"


def span_words(minutes: int) -> str:
    """Return "3 d 4 h", "5 h 20 min" or "40 min"."""
    sign, minutes = ("-", -minutes) if minutes < 0 else ("", minutes)
    days, rest = divmod(minutes, 1440)
    hours, left = divmod(rest, 60)
    if days:
        return f"{sign}{days} d {hours} h" if hours else f"{sign}{days} d"
    if hours:
        return f"{sign}{hours} h {left} min" if left else f"{sign}{hours} h"
    return f"{sign}{left} min"


def clock(seconds: int) -> str:
    """Return "7:05", or "1:07:05" from an hour on."""
    minutes, rest = divmod(seconds, 60)
    hours, left = divmod(minutes, 60)
    return f"{hours}:{left:02d}:{rest:02d}" if hours else f"{left}:{rest:02d}"


def age(birth_date: str | None, now: datetime) -> str:
    """Return whole years since a full birth date, else ""."""
    try:
        born = date.fromisoformat(birth_date or "")
    except ValueError:
        return ""
    today = now.astimezone(UTC).date()
    return str(today.year - born.year - ((today.month, today.day) < (born.month, born.day)))


def tel(number: str | None) -> str:
    """Return a telephone number as the address of a link, "tel:+1-800-555-0101"; "" when it cannot be dialled."""
    import phonenumbers  # its tables take long to load

    try:
        parsed = phonenumbers.parse(number or "", "US")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(parsed):
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.RFC3966)


def web_address(source: str) -> str:
    """Return a source where it is an address that a browser may follow, http or https; "" for anything else."""
    try:
        parts = urlsplit(source.strip())
    except ValueError:  # "http://[" is no address
        return ""
    return source.strip() if parts.scheme in ("http", "https") and parts.netloc else ""


def percent(value: float | None) -> str:
    """Return "63 %", or an en dash below the floor."""
    return "–" if value is None else f"{value * 100:.0f} %"


def stage_of(state: str) -> str:
    """Return the stage that needs something now, by the case's state."""
    return _STATE_STAGE.get(state, "detect")


def act_words(kind: str) -> str:
    """Return what was done, "The appeal was filed"."""
    return ACTS[kind].done if kind in ACTS else RISK_WORDS.get(kind, kind)


def next_page(kind: str, case_id: str) -> str:
    """Return where the next action of this kind is done."""
    if kind in NEXT_PAGES:
        return url_for(NEXT_PAGES[kind], case_id=case_id)
    if kind in COMPLETES:
        return url_for("act.act", case_id=case_id, kind=COMPLETES[kind])
    return url_for("case.case", case_id=case_id)


def viewed_at(reference: str, viewer: str) -> str:
    """Return the address at which the EHR shows a resource; "" where the site names none, or this is none."""
    kind, _, rest = reference.partition("/")
    if not viewer or not kind.isalpha() or not rest:
        return ""
    return viewer.replace("{reference}", quote(reference, safe="/"))


def sent_words(sending: Sending) -> str:
    """Return whether a document was sent, and how sure that is."""
    if sending.sent is Sent.UNCLEAR:
        return "Cannot tell whether it was sent."
    said = "Sent" if sending.sent is Sent.YES else "Not sent"
    return f"{said}." if sending.is_sure else f"{said}, as far as can be told."


# Filters that go by their function's own name.
NAMED = (
    local, relative_day, groupby_day, zone_words, lateness, span_words, age, clock, percent, tel, web_address,
    window_rows, programme_words, rule_title, stage_of, sent_words, next_page, act_words, thing_words, speaker_words,
)  # fmt: skip
GLOBALS = {"STAGES": STAGES, "ACTS": ACTS, "WAYS": WAYS, "MARKED": MARKED, "whom_reached": whom_reached}
GLOBALS |= {"viewed_at": viewed_at, "filed_words": filed_words, "of_an_authorization": OF_AN_AUTHORIZATION}


def add_filters(app: Flask) -> None:
    """Install the filters and words."""
    app.jinja_env.filters.update({each.__name__: each for each in NAMED})
    app.jinja_env.filters.update(
        host=lambda url: urlsplit(url).hostname or "",
        feed_words=lambda source: FEED_WORDS.get(source, ""),
        date_words=lambda day: f"{day.day} {day:%b %Y}",
        state_words=lambda state: STATE_WORDS.get(str(state), str(state)),
        route_words=lambda route: ROUTE_WORDS.get(str(route), str(route)),
        lane_words=lambda lane: LANE_WORDS.get(str(lane), ""),
        clock_words=lambda name: CLOCK_WORDS.get(str(name), str(name).replace("_", " ")),
        alike_words=lambda likeness: ALIKE_WORDS[likeness],
        way_words=lambda way: WAY_WORDS.get(str(way), str(way)),
        notice_words=lambda write: notice_title(write.key),
        speaker_word=lambda credential: speaker_words((credential,)),
        severity_words=lambda severity: SEVERITY_WORDS.get(str(severity), ""),
        grade_words=lambda grade: GRADES.get(str(grade), "not graded"),
        lower_first=lambda words: words[:1].lower() + words[1:],
        spaced=lambda word: str(word).replace("_", " "),
    )
    app.jinja_env.globals.update(**GLOBALS)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
