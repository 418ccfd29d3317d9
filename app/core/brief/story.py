"""What is read aloud in the first minute: who and what, the facts that answer the denial, the ask."""

import re
from collections.abc import Iterable, Sequence
from datetime import date

from app.core.brief.criteria import Judged, Status
from app.core.brief.facts import Evidence, Sentence
from app.core.brief.measures import Course
from app.core.brief.therapy import Therapy
from app.core.people import Patient

_WORDS = 150  # read aloud in a minute
_DAY = re.compile(r"(?<![\d-])(\d{4})-(\d{2})-(\d{2})(?![\d-])")


def tell_story(
    *,
    patient: Patient,
    service: str,
    ask: str,
    about: Sequence[Sentence],
    judged: Sequence[Judged],
    courses: Sequence[Course],
    therapies: Sequence[Therapy],
    against: Sequence[Sentence],
    why_now: Sequence[Sentence],
) -> tuple[Sentence, ...]:
    """
    Return the story, at most 150 words; empty where the chart says nothing that answers.

    judged: the met criteria that answer the denial, in telling order. Every sentence rests on evidence; the ask rests
    on the facts told before it. Days are said as words; what is quoted stays verbatim.
    """
    facts = [each for each in _facts(judged, courses, therapies, against, why_now) if each.evidence]
    if not facts:
        return ()
    opening = _opening(patient, service, about)
    room = _WORDS - _length(ask) - 5 - (_length(opening.text) if opening else 0)
    told: list[Sentence] = []
    for each in facts:
        if _length(each.text) <= room and not _is_told(each, told):
            told.append(each)
            room -= _length(each.text)
    closing = Sentence(f"On these facts I ask: {ask[:1].lower()}{ask[1:]}", _evidence(told))
    return tuple(each for each in (opening, *told, closing) if each is not None and each.evidence)


def _opening(patient: Patient, service: str, about: Sequence[Sentence]) -> Sentence | None:
    if not about:
        return None
    problem = about[0].text.rstrip(".").removesuffix(", active")
    return Sentence(
        f"I am calling about {patient.name} and the request for {service}: {said(problem)}.", about[0].evidence
    )


def _facts(
    judged: Sequence[Judged],
    courses: Sequence[Course],
    therapies: Sequence[Therapy],
    against: Sequence[Sentence],
    why_now: Sequence[Sentence],
) -> Iterable[Sentence]:
    for each in judged:
        if each.status is Status.MET:
            short = each.criterion.short
            yield Sentence(f"{short[:1].upper()}{short[1:]}: {said(each.detail)}.", each.evidence)
    for each in against[:1]:
        yield Sentence(said(each.text), each.evidence)
    for each in therapies:
        if each.outcome:
            from_to = f" from {said(each.started_day)}" if each.started_day else ""
            until = f" to {said(each.ended_day)}" if each.ended_day and each.ended_day != each.started_day else ""
            yield Sentence(f"{each.label} was tried{from_to}{until}: {each.outcome.rstrip('.')}.", each.evidence)
    for each in courses:
        if each.trend == "worse":
            first, last = each.baseline.values[0], each.recent.values[0]
            yield Sentence(
                f"{each.label} went from {first.value:g} to {last.value:g} in {each.days} days.", each.evidence
            )
    for each in why_now[:1]:
        yield Sentence(said(each.text), each.evidence)


def _is_told(fact: Sentence, told: Sequence[Sentence]) -> bool:
    return set(fact.evidence) <= set(_evidence(told))


def _evidence(told: Sequence[Sentence]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(one for each in told for one in each.evidence))


def _length(text: str) -> int:
    return len(text.split())


def said(text: str) -> str:
    """Return text with its days in words, as one says them; what stands in quotation marks stays verbatim."""
    parts = re.split(r"(“[^”]*”)", text)
    return "".join(each if each.startswith("“") else _DAY.sub(_in_words, each) for each in parts)


def _in_words(found: re.Match[str]) -> str:
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return found[0]
    return f"{day:%B} {day.day}, {day.year}"
