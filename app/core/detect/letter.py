"""
A payer's letter, or any bare text -> what it says, each field with the words it rests on; and the same as a Denial.

Deterministic: words of app/rules/denials.toml and shapes of numbers. What is not found is None, never guessed.
Nothing of the patient is read. Source: the routing order of facts A.7 (5): no code, then the payer's words.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import pairwise
from zoneinfo import ZoneInfo

from app.core.denial import Code, Coverage, Denial, DenialLine, Offer, Origin, Quote
from app.core.detect.cited import Found, codes_in, diagnoses_in, numbers_in, policies_in, quoted, services_in
from app.core.detect.offer import find_offer
from app.core.detect.passages import MAX_LETTER, Passage, Role, passages_in
from app.core.detect.provider import provider_of
from app.core.detect.sender import day_of, line_of_business_of, payer_of, reviewer_of
from app.core.detect.until import appeal_ends_in, names_time, speaks_of_appeal
from app.core.detect.words import fold_text, said_in
from app.core.people import Party, Reviewer
from app.core.rulebook.denials import DenialRules

_TO_QUOTE = ("case", "reference", "tracking", "event", "intake", "inquiry", "request", "service request")
_PERMITS = ("authorization", "certification", "precertification", "pre-certification", "precert", "pre-cert")
# "we decide an appeal within 30 days": the payer's time, not ours
_PAYERS_TURN = re.compile(
    r"\bwe (?:will|must(?! (?:get|receive|have)\b)|have|shall|decide|answer|respond)\b|will be (?:decided"
    r"|answered|completed|made|sent|notified)"
    r"|(?:response|answer) (?:will|within)\b|decision will\b|expedited|\burgent|fast appeal"
)
# "you have 60 days from the date of this letter", in the part about appeals
_OURS = re.compile(
    r"\b(?:of|from|after|following)\b[^.]{0,30}\b(?:date|receipt|receiv\w+|this|letter|notice|getting)\b"
    r"|\buntil\b|no later than|^(?:send|write|ask|file|mail|fax|submit|call)\b"
)
# the steps behind the first appeal, and what has to be asked for earlier than it
_LATER_STEP = re.compile(
    r"fair hearing|external review|independent review|second level|keep getting|to continue|stay the same"
    r"|final decision|civil action|new request|to keep\b|\bkeep (?:your|it|this|the|a)\b|already (?:get"
    r"|receive|have) th|while you wait"
)
# "You have 60 days. They are counted from the date of this letter."
_COUNTS = re.compile(r"(?:the|these|those|this|it|they)\b[^.]{0,40}\b(?:counted|counts?|starts?|begins?|runs?)\b")
_MOST_QUOTES = 60  # passages of one letter; a longer list is no letter


@dataclass(frozen=True, slots=True)
class LetterRead:
    """What a letter says; None or empty where it does not. Days are the payer's, instants UTC."""

    quotes: tuple[Quote, ...]  # the passages that decide or give a reason
    invitations: tuple[Quote, ...]  # those that speak of a call
    appeals: tuple[Quote, ...]  # those that tell of the right to appeal
    written_on: Found[date] | None
    created_at: datetime | None  # the beginning of that day, the earliest that it can mean
    payer: Found[str] | None
    line_of_business: Found[str] | None
    reasons: tuple[Found[str], ...]  # sentences that give a reason
    criteria: tuple[Found[str], ...]  # those among them that name what was not met
    codes: tuple[Found[Code], ...]
    policies: tuple[Found[str], ...]
    offer: Found[Offer] | None
    appeal_deadline: Found[datetime | None] | None  # value None: days are told, but not from which day
    numbers: tuple[Found[tuple[str, str]], ...]
    services: tuple[Found[Code], ...]
    diagnoses: tuple[Found[Code], ...]
    reviewer: Found[Reviewer] | None
    provider: Found[str] | None  # who asked for the service
    already_given: Quote | None
    warnings: tuple[str, ...]


def read_letter(text: str, *, rules: DenialRules, now: datetime) -> LetterRead:
    """
    Return what a letter or a bare text says; never raises.

    now: only names the year of a day that the payer wrote without one, where the letter has no date
    errs: early. A letter's hours count from the beginning of its day; see until.deadline_in
    """
    passages = passages_in(text)
    read = text[:MAX_LETTER]
    day = day_of(read, passages)
    at = _begin_of(day.value, rules) if day else None
    dated = {"day": day.value if day else None, "at": at, "rules": rules}
    told = _quotes(read, (each for each in passages if each.role is Role.REASON))
    calls = _quotes(read, (each for each in passages if each.role is Role.CALL), between=" \t;\n\r-*•")
    return LetterRead(
        quotes=tuple(quote for _, quote in told),
        invitations=tuple(quote for _, quote in calls),
        appeals=tuple(quote for _, quote in _quotes(read, (each for each in passages if each.role is Role.APPEAL))),
        written_on=day,
        created_at=at,
        payer=payer_of(read),
        line_of_business=line_of_business_of(read),
        reasons=tuple(_sentences(read, told, rules, kinds=None)),
        criteria=tuple(_sentences(read, told, rules, kinds=("clinical", "experimental", "documents"))),
        codes=codes_in(read, rules),
        policies=policies_in(read),
        offer=_offer(read, calls + told, **dated),
        appeal_deadline=_appeal(read, passages, **dated),
        numbers=numbers_in(read),
        services=services_in(read),
        diagnoses=diagnoses_in(read),
        reviewer=reviewer_of(read),
        provider=provider_of(read),
        already_given=_already_given(read, passages),
        warnings=(f"only the first {MAX_LETTER:,} characters were read",) if len(text) > MAX_LETTER else (),
    )


def as_denial(read: LetterRead, *, reference: str = "letter") -> Denial:
    """Return a letter as the denial that route_denial takes; `reference` names its source."""
    return Denial(
        reference=reference,
        use=None,
        status=None,
        outcome=None,
        created_at=read.created_at,
        created_on=read.written_on.value if read.written_on else None,
        patient=None,
        insurer=Party(name=read.payer.value if read.payer else None),
        identifiers=tuple((None, each.value[1]) for each in read.numbers),
        lines=(_line(read),),
        notes=read.quotes,
        invitations=read.invitations,
        appeals=read.appeals,
        reviewer=read.reviewer.value if read.reviewer else None,
        authorization_number=_first_of(read.numbers, _PERMITS),
        reference_number=_first_of(read.numbers, _TO_QUOTE),
        in_words=True,
        provider_name=read.provider.value if read.provider else None,
        already_given=read.already_given,
        origins=tuple(_origins(read)),
        warnings=read.warnings,
    )


def as_coverage(read: LetterRead) -> Coverage:
    """Return what a letter gives away of the plan."""
    line = read.line_of_business.value if read.line_of_business else None
    return Coverage(None, Party(name=read.payer.value if read.payer else None), line_of_business=line)


def _begin_of(day: date, rules: DenialRules) -> datetime | None:
    try:
        return datetime.combine(day, time(), ZoneInfo(rules.zone)).astimezone(UTC)
    except OverflowError:  # the first and the last day of all have no beginning somewhere
        return None


def _line(read: LetterRead) -> DenialLine:
    return DenialLine(
        sequence=0,
        reasons=tuple(each.value for each in read.codes),
        service=read.services[0].value if read.services else None,
        diagnoses=tuple(each.value for each in read.diagnoses),
    )


def _quotes(text: str, passages: Iterable[Passage], *, between: str = " \t;") -> tuple[tuple[int, Quote], ...]:
    """Return (start, quote) of passages; neighbours are one quote, so that a sentence keeps its next, a heading its
    part. between: what may stand between neighbours"""
    spans: list[list[int]] = []
    for each in passages:
        if spans and not text[spans[-1][1] : each.start].strip(between):
            spans[-1][1] = each.end
        else:
            spans.append([each.start, each.end])
    return tuple((start, Quote(text[start:end], place_of(start, end))) for start, end in spans[:_MOST_QUOTES])


def place_of(start: int, end: int) -> str:
    """Return how a place in a letter is cited."""
    return f"letter, characters {start}–{end}"


def _offer(
    text: str, quotes: tuple[tuple[int, Quote], ...], *, day: date | None, at: datetime | None, rules: DenialRules
) -> Found[Offer] | None:
    said = said_in([quote for _, quote in quotes], rules)
    if any(each.cue.says == "refusal" for each in said):
        return None
    offer = find_offer(said, day=day, at=at, rules=rules)
    if offer is None:
        return None
    start = next(begin + quote.text.index(offer.quote) for begin, quote in quotes if offer.quote in quote.text)
    return quoted(text, start, start + len(offer.quote), offer, how="derived" if offer.deadline_at else "verbatim")


def our_time_to_appeal(words: str, *, day: date | None, at: datetime | None, rules: DenialRules) -> datetime | None:
    """Return until when words leave us time to appeal, the earliest; the payer's own time is none."""
    found = []
    for said in re.split(r"(?<=[.;])\s+|\n+", words):
        folded = fold_text(said)
        if not (_PAYERS_TURN.search(folded) or _LATER_STEP.search(folded)):
            found.append(appeal_ends_in(said, day=day, at=at, rules=rules))
    return min((each for each in found if each is not None), default=None)


def _appeal(
    text: str, passages: tuple[Passage, ...], *, day: date | None, at: datetime | None, rules: DenialRules
) -> Found[datetime | None] | None:
    """Return until when an appeal may be filed; not until when the payer will have decided one."""
    told = (span for span in _of_appeals(text, passages))
    for start, end in sorted(told, key=lambda span: _is_lesser(text[span[0] : span[1]])):
        words = text[start:end]
        ends_at = appeal_ends_in(words, day=day, at=at, rules=rules)
        if ends_at is not None or (day is None and names_time(words)):
            return quoted(text, start, end, ends_at, how="derived" if ends_at else "verbatim")
    return None


def _of_appeals(text: str, passages: tuple[Passage, ...]) -> Iterator[tuple[int, int]]:
    """Yield where the passages lie that tell of our time to appeal, with the next that tells from when it counts."""
    for each, following in pairwise((*passages, None)):
        if each is None or each.role is Role.CALL:
            continue
        end = each.end
        if following is not None and _COUNTS.match(fold_text(text[following.start : following.end])):
            end = following.end
        words = text[each.start : end]
        folded = fold_text(words)
        meant = speaks_of_appeal(words) or (each.role is Role.APPEAL and _OURS.search(folded))
        if meant and not (_PAYERS_TURN.search(folded) or _LATER_STEP.search(folded)):
            yield each.start, end


def _is_lesser(words: str) -> bool:
    """Whether words tell of a remedy that stands beside the appeal, as a plan's reconsideration may."""
    return re.search(r"appeal|redetermination", fold_text(words)) is None


def _sentences(
    text: str, quotes: tuple[tuple[int, Quote], ...], rules: DenialRules, *, kinds: tuple[str, ...] | None
) -> Iterator[Found[str]]:
    """Yield the sentences in which a reason (of these kinds) stands, each once."""
    seen: set[int] = set()
    for begin, quote in quotes:
        for said in said_in((quote,), rules):
            if said.cue.says != "reason" or (kinds is not None and said.cue.reason_kind not in kinds):
                continue
            start, end = _sentence(quote.text, said.hit.start, said.hit.end)
            if begin + start not in seen:
                seen.add(begin + start)
                yield quoted(text, begin + start, begin + end, quote.text[start:end])


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    left = max(text.rfind(". ", 0, start) + 2 if ". " in text[:start] else 0, text.rfind("\n\n", 0, start) + 1)
    stops = [place for mark in (". ", "\n\n", ".\n") if (place := text.find(mark, end)) >= 0]
    return left, min(stops) + 1 if stops else len(text)


def _first_of(numbers: tuple[Found[tuple[str, str]], ...], kinds: tuple[str, ...]) -> str | None:
    return next((each.value[1] for kind in kinds for each in numbers if each.value[0] == kind), None)


def _already_given(text: str, passages: tuple[Passage, ...]) -> Quote | None:
    """Return the words by which a letter speaks of a claim for a day of service, None when it does not."""
    head = [each for each in passages if each.role is Role.HEAD]
    served = next(
        (each for each in head if each.label.startswith(("date of service", "dates of service", "dos"))), None
    )
    billed = any(each.label.startswith(("claim", "amount billed", "total amount", "total charge")) for each in head)
    if served is None or not (billed or "claim" in fold_text(text[:600])):
        return None
    return Quote(text[served.start : served.end].strip(), place_of(served.start, served.end))


def _origins(read: LetterRead) -> Iterator[Origin]:
    """Yield, under the name of the denial's field, where each of its values comes from."""
    fields = {
        "created_on": read.written_on,
        "insurer": read.payer,
        "line_of_business": read.line_of_business,
        "reasons": read.codes,
        "offer": read.offer,
        "references": read.numbers,
        "services": read.services,
        "diagnoses": read.diagnoses,
        "reviewer": read.reviewer,
        "provider": read.provider,
    }
    for name, value in fields.items():
        for each in value if isinstance(value, tuple) else (value,):
            if each is not None:
                yield Origin(name, each.how, Quote(each.words, place_of(each.start, each.end)))
