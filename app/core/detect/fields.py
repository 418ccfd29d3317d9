"""A denial from outside the EHR, field by field: what was read, from which words, what was not found or was typed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.core.denial import Code, Offer, Origin, Quote
from app.core.detect.cited import Found
from app.core.detect.letter import LetterRead, place_of, read_letter
from app.core.detect.person import ToldAnswer
from app.core.people import Reviewer
from app.core.rulebook.denials import DenialRules

IN_DOCUMENT = "in the document"


@dataclass(frozen=True, slots=True)
class ReadField:
    """
    One field. values: what it was read as, none where it was not found; how: verbatim, derived, typed, in the document

    words, place: what it rests on, where the source has words. typed_as: the fields of the form that complete it
    """

    name: str
    values: tuple[str | date | datetime, ...]
    how: str | None
    words: str | None = None
    place: str | None = None
    typed_as: tuple[str, ...] = ()


def fields_of(told: ToldAnswer, offer: Offer | None, *, rules: DenialRules, now: datetime) -> tuple[ReadField, ...]:
    """
    Return every field that a denial has, in the order in which a person checks them.

    offer: the invitation that the router finds in it
    """
    read = read_letter(told.text, rules=rules, now=now) if told.text is not None else None
    return (*_head(told, read), *_about(told, read), *_call(told, read, offer), *_people(told, read))


def missing_in(fields: Sequence[ReadField]) -> tuple[str, ...]:
    """Return the fields of the form that may be typed: those whose field was not found."""
    return tuple(name for each in fields if not each.values for name in each.typed_as)


def typed_before(fields: Sequence[ReadField], *, zone: str) -> dict[str, str]:
    """Return the form as it was typed before, so that it can be corrected. zone: IANA, of the site."""
    filled: dict[str, str] = {}
    for each in fields:
        if each.how == "typed":
            filled |= zip(each.typed_as, _as_typed(each.values[0], zone), strict=False)
    return filled


def _as_typed(value: str | date | datetime, zone: str) -> tuple[str, ...]:
    if isinstance(value, datetime):
        at = value.astimezone(ZoneInfo(zone))
        return (f"{at:%Y-%m-%d}", f"{at:%H:%M}")
    return (value if isinstance(value, str) else value.isoformat(),)


def _head(told: ToldAnswer, read: LetterRead | None) -> Iterator[ReadField]:
    denial = told.denial
    payer = denial.insurer.name or told.coverage.payer.name
    yield _field("insurer", (payer,), told, read and read.payer, typed_as=("payer",))
    yield _field("created_on", (denial.created_on,), told, read and read.written_on, typed_as=("denied_on",))
    number = denial.reference_number or denial.authorization_number
    numbers = [each for each in read.numbers if each.value[1] == number] if read else []
    yield _field("references", (number,), told, numbers, typed_as=("reference",))


def _about(told: ToldAnswer, read: LetterRead | None) -> Iterator[ReadField]:
    denial = told.denial
    services = [each.service_label or _code(each.service) for each in denial.lines]
    yield _field("services", services, told, read and read.services, typed_as=("service",))
    diagnoses = [_code(each) for line in denial.lines for each in line.diagnoses]
    yield _field("diagnoses", diagnoses, told, read and read.diagnoses)
    coded = [*denial.reasons, *(each for line in denial.lines for each in line.reasons)]
    said = (*denial.notes, *((denial.disposition,) if denial.disposition else ()))
    for each in said or (None,):
        yield _field("notes", (each.text if each else None,), told, each, typed_as=("reason",))
    yield _field("reasons", [_code(each) for each in coded], told, read and read.codes)
    if read is not None:
        yield _field("policies", [each.value for each in read.policies], told, read.policies)


def _call(told: ToldAnswer, read: LetterRead | None, offer: Offer | None) -> Iterator[ReadField]:
    found = read.offer if read else None
    shown = Quote(offer.quote, IN_DOCUMENT) if offer and found is None else found
    yield _field("offer_phone", (offer.phone if offer else None,), told, shown, typed_as=("phone",))
    until = offer.deadline_at if offer else None
    yield _field("offer_until", (until,), told, shown, typed_as=("until_day", "until_time"))
    if read is not None:
        appeal = read.appeal_deadline
        yield _field("appeal_until", (appeal.value if appeal else None,), told, appeal)


def _people(told: ToldAnswer, read: LetterRead | None) -> Iterator[ReadField]:
    denial = told.denial
    yield _field("reviewer", (_reviewer(denial.reviewer),), told, read and read.reviewer)
    yield _field("provider", (denial.provider_name,), told, read and read.provider, typed_as=("provider",))
    line = told.coverage.line_of_business
    line_said = read and read.line_of_business
    yield _field("line_of_business", (line,), told, line_said, typed_as=("line_of_business",))


def _field(
    name: str,
    values: Sequence[str | date | datetime | None],
    told: ToldAnswer,
    found,
    *,
    typed_as: tuple[str, ...] = (),
) -> ReadField:
    """Return one field. found: what a letter's reader says of it (one or several), or the quote itself."""
    whole = tuple(dict.fromkeys(each for each in values if each is not None))
    if not whole:
        return ReadField(name, (), None, typed_as=typed_as)
    if any(each.field == name and each.how == "typed" for each in told.denial.origins):
        return ReadField(name, whole, "typed", typed_as=typed_as)
    first = (found or (None,))[0] if isinstance(found, list | tuple) else found
    if isinstance(first, Found):
        return ReadField(name, whole, first.how, first.words, place_of(first.start, first.end), typed_as)
    if isinstance(first, Quote):
        return ReadField(name, whole, "verbatim", first.text, first.path, typed_as)
    return ReadField(name, whole, _origin_how(told.denial.origins, name), typed_as=typed_as)


def _origin_how(origins: Sequence[Origin], name: str) -> str:
    return next((each.how for each in origins if each.field == name), IN_DOCUMENT)


def _code(code: Code | None) -> str | None:
    return (code.display or code.code) if code else None


def _reviewer(reviewer: Reviewer | None) -> str | None:
    told = (reviewer.name, reviewer.credential, reviewer.specialty) if reviewer else ()
    return ", ".join(each for each in told if each) or None
