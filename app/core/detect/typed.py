"""
A denial that a person typed in, from a call or a page that nothing can read: the same Denial, each field typed.

So is what a source left out: the fields that were not found, and no others, may be typed beside what was read.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from app.core.denial import Coverage, Denial, DenialLine, Offer, Origin, Quote
from app.core.detect.person import ToldAnswer
from app.core.people import Party
from app.core.rulebook.phrases import LINES
from app.errors import Refused

_LONGEST = {"payer": 120, "service": 160, "reason": 4000, "reference": 60, "phone": 40, "provider": 120}
_PHONE = re.compile(r"[-0-9+(). x#ext]{7,40}", re.IGNORECASE)
_OLDEST_YEARS = 2
TYPED = "typed"  # the path of words that a person typed
_EASTERN = ZoneInfo("America/New_York")


class TypedRefused(Refused):
    """A field cannot be true, or a needed one is missing. `field` names the form's field."""

    next = "Correct it; what you typed is kept."

    def __init__(self, field: str, say: str) -> None:
        super().__init__(say)
        self.field = field


@dataclass(frozen=True, slots=True)
class TypedForm:
    """The form as typed: days "2026-11-20", times of day "17:00" in the site's zone, "" where nothing was typed."""

    payer: str
    service: str
    denied_on: str
    reason: str
    reference: str = ""
    phone: str = ""
    until_day: str = ""
    until_time: str = ""
    urgent: bool = False
    provider: str = ""  # the clinician who asked
    line_of_business: str = ""  # as Coverage has it


def read_typed(form: TypedForm, *, name: str, zone: str, now: datetime) -> tuple[Denial, Coverage]:
    """
    Return what was typed as a denial and the plan's payer.

    name: what this denial is called. zone: IANA, of the site. raises: TypedRefused, the first wrong field
    errs: early. A day typed without its time ends as a letter's day does (until.deadline_in)
    """
    told = {each: _text(form, each) for each in _LONGEST}
    for field in ("payer", "service", "reason"):
        if not told[field]:
            raise TypedRefused(field, "This is needed.")
    line = _line(form)
    denied_on = _denied_on(form, zone=zone, now=now)
    payer = Party(name=told["payer"])
    denial = Denial(
        reference=name,
        use="preauthorization",
        status=None,
        outcome=None,
        created_at=_begin_of(denied_on, zone),
        created_on=denied_on,
        patient=None,
        insurer=payer,
        lines=(DenialLine(0, service_label=told["service"]),),
        notes=(Quote(told["reason"], TYPED),),
        invitations=tuple(_invitation(told["phone"], _until(form, denied_on=denied_on, zone=zone))),
        urgent=form.urgent or None,
        reference_number=told["reference"] or None,
        provider_name=told["provider"] or None,
        in_words=True,
        origins=tuple(Origin(field, "typed") for field in _typed(form, told)),
    )
    return denial, Coverage(None, payer, line_of_business=line)


def complete_told(
    told: ToldAnswer, form: TypedForm, offer: Offer | None, *, missing: Collection[str], zone: str, now: datetime
) -> ToldAnswer:
    """
    Return a denial from outside the EHR with what a person typed where nothing was found.

    told: without what was typed before, see without_typed. offer: the invitation that was found in it, of which a part
    may be missing. missing: the form's fields that may be typed
    raises: TypedRefused, the first wrong field; what was read is never typed over
    """
    typed = [each.name for each in fields(TypedForm) if each.name != "urgent" and getattr(form, each.name).strip()]
    if stray := [each for each in typed if each not in missing]:
        raise TypedRefused(stray[0], "This was read from the source and is not typed over.")
    words = {each: _text(form, each) for each in _LONGEST}
    denial, line = told.denial, _line(form)
    day = _denied_on(form, zone=zone, now=now) if "denied_on" in typed else denial.created_on
    payer = Party(name=words["payer"]) if words["payer"] else None
    whole = replace(
        denial,
        created_on=day,
        created_at=_begin_of(day, zone) if "denied_on" in typed and day else denial.created_at,
        insurer=payer or denial.insurer,
        lines=_with_service(denial.lines, words["service"]),
        notes=denial.notes + tuple(Quote(each, TYPED) for each in (words["reason"],) if each),
        invitations=(*_completed(form, words["phone"], offer, day=day, zone=zone), *denial.invitations),
        reference_number=denial.reference_number or words["reference"] or None,
        provider_name=denial.provider_name or words["provider"] or None,
        origins=denial.origins + tuple(Origin(_ORIGINS.get(each, each), "typed") for each in typed),
    )
    coverage = told.coverage
    coverage = replace(coverage, payer=payer or coverage.payer, line_of_business=coverage.line_of_business or line)
    return replace(told, denial=whole, coverage=coverage)


def without_typed(told: ToldAnswer) -> ToldAnswer:
    """Return a denial as its source told it, so that what was typed can be typed anew."""
    typed = {each.field for each in told.denial.origins if each.how == "typed"}
    denial = told.denial
    dated = {"created_on": None, "created_at": None} if "created_on" in typed else {}
    bare = replace(
        denial,
        **dated,
        insurer=Party() if "insurer" in typed else denial.insurer,
        lines=_without_service(told) if "services" in typed else denial.lines,
        notes=tuple(each for each in denial.notes if each.path != TYPED),
        invitations=tuple(each for each in denial.invitations if each.path != TYPED),
        reference_number=None if "references" in typed else denial.reference_number,
        provider_name=None if "provider" in typed else denial.provider_name,
        origins=tuple(each for each in denial.origins if each.how != "typed"),
    )
    payer = Party() if "insurer" in typed else told.coverage.payer
    line = None if "line_of_business" in typed else told.coverage.line_of_business
    return replace(told, denial=bare, coverage=replace(told.coverage, payer=payer, line_of_business=line))


_ORIGINS = {
    "payer": "insurer", "service": "services", "reason": "notes", "reference": "references", "denied_on": "created_on",
    "phone": "offer_phone", "until_day": "offer_until", "until_time": "offer_until",
}  # fmt: skip


def _completed(form: TypedForm, phone: str, offer: Offer | None, *, day: date | None, zone: str) -> Iterator[Quote]:
    """Yield the whole offer in words: what was typed of it with what was found of it."""
    until = _until(form, denied_on=day, zone=zone)
    if not phone and not until:
        return
    known = _in_words(offer.deadline_at) if offer and offer.deadline_at else None
    yield from _invitation(phone or (offer.phone if offer else None) or "", until or known)


def _with_service(lines: tuple[DenialLine, ...], service: str) -> tuple[DenialLine, ...]:
    if not service:
        return lines
    return (replace(lines[0], service_label=service), *lines[1:]) if lines else (DenialLine(0, service_label=service),)


def _without_service(told: ToldAnswer) -> tuple[DenialLine, ...]:
    lines = tuple(replace(each, service_label=None) for each in told.denial.lines)
    # A letter always has its one line; an answer without lines was given one for what was typed.
    return () if told.text is None and lines == (DenialLine(0),) else lines


def _text(form: TypedForm, field: str) -> str:
    text = getattr(form, field).strip()
    if len(text) > _LONGEST[field]:
        raise TypedRefused(field, f"At most {_LONGEST[field]} characters.")
    if field == "phone" and text and not _PHONE.fullmatch(text):
        raise TypedRefused("phone", "This is no telephone number.")
    return text


def _line(form: TypedForm) -> str | None:
    line = form.line_of_business.strip()
    if line and line not in LINES:
        raise TypedRefused("line_of_business", "Choose one of the list.")
    return line or None


def _denied_on(form: TypedForm, *, zone: str, now: datetime) -> date:
    denied_on = _day("denied_on", form.denied_on)
    today = now.astimezone(ZoneInfo(zone)).date()
    if denied_on > today:
        raise TypedRefused("denied_on", "This day has not come yet.")
    if denied_on.year < today.year - _OLDEST_YEARS:
        raise TypedRefused("denied_on", "This is years ago; look at the year.")
    return denied_on


def _begin_of(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def _day(field: str, typed: str) -> date:
    try:
        return date.fromisoformat(typed.strip())
    except ValueError as error:
        raise TypedRefused(field, "Give a day, as 2026-11-20." if typed.strip() else "This is needed.") from error


def _until(form: TypedForm, *, denied_on: date | None, zone: str) -> str | None:
    """Return until when the call may be held, in words; a day without a time ends by the rules for such a day."""
    if not form.until_day.strip():
        if form.until_time.strip():
            raise TypedRefused("until_day", "A time without its day; give the day too.")
        return None
    day = _day("until_day", form.until_day)
    if denied_on is not None and day < denied_on:
        raise TypedRefused("until_day", "The call's last day lies before the denial.")
    if not form.until_time.strip():
        return f"{day:%m/%d/%Y}"
    try:
        at = datetime.combine(day, time.fromisoformat(form.until_time.strip()), ZoneInfo(zone))
    except ValueError as error:
        raise TypedRefused("until_time", "Give a time of day, as 17:00.") from error
    return _in_words(at)


def _in_words(at: datetime) -> str:
    return f"{at.astimezone(_EASTERN):%m/%d/%Y %I:%M %p} ET"


def _invitation(phone: str, until: str | None) -> Iterator[Quote]:
    """Yield the offer in the words in which a letter would make it, so that it is read by the same rules."""
    if phone or until:
        words = f"Peer-to-peer discussion is available{f' at {phone}' if phone else ''}"
        yield Quote(f"{words}{f' until {until}' if until else ''}.", TYPED)


def _typed(form: TypedForm, told: Mapping[str, str]) -> Iterator[str]:
    names = {"payer": "insurer", "service": "services", "reason": "reasons", "reference": "references"}
    names |= {"provider": "provider"}
    yield from (field for key, field in names.items() if told[key])
    yield "created_on"
    if form.line_of_business.strip():
        yield "line_of_business"
    if told["phone"] or form.until_day.strip():
        yield "offer"
    if form.urgent:
        yield "urgent"
