"""What is read aloud in the first minute: who and what, the facts that answer the denial, the ask."""

import re
from collections.abc import Iterator, Sequence

from app.core.brief.criteria import Judged, Status
from app.core.brief.facts import Evidence, Sentence
from app.core.brief.measures import Course, shown_value
from app.core.brief.spoken import speak, spoken_day, spoken_span
from app.core.brief.therapy import Therapy
from app.core.brief.words import shorten, tidy
from app.core.people import Patient

_MOST_WORDS = 150  # read aloud in a minute
_DISPUTED = 3
_TELLING = 0.2  # share of its baseline by which a measure must have changed to be told aloud
_WORDS_OF_A_NOTE, _LONG = 20, 45  # letters of a sentence, and of one without its full stop
_NOTED = re.compile(r"(“.*”) \((\d{4}(?:-\d{2}){0,2})\)")


def tell_story(
    *,
    patient: Patient,
    service: str,
    ask: str,
    diagnosis: Sentence | None,
    disputed: Sequence[Judged],
    judged: Sequence[Judged],
    courses: Sequence[Course],
    therapies: Sequence[Therapy],
    against: Sequence[Sentence],
    why_now: Sequence[Sentence],
) -> tuple[Sentence, ...]:
    """
    Return the story, at most 150 words; empty where the chart holds nothing to tell.

    diagnosis: the problem that the request is for; disputed: the criteria that the payer's reason speaks of: they are
    told first. Every sentence rests on evidence; the ask rests on the facts told before it. A chart that holds little
    gives a short story: nothing is padded.
    """
    opening = _opening(patient, service, diagnosis)
    closing = f"On these facts I ask you to {_said_ask(ask, patient)}"
    room = _MOST_WORDS - _length(closing) - _length(opening.text)
    told: list[Sentence] = []
    for each in _facts(disputed, judged, courses, therapies, against, why_now):
        if _length(each.text) <= room and not _is_told(each, (opening, *told)):
            told.append(each)
            room -= _length(each.text)
    if not told and diagnosis is None:
        return ()
    if not opening.evidence:  # nothing is known of the patient but the facts themselves
        opening, told = Sentence(f"{opening.text} {told[0].text}", told[0].evidence), told[1:]
    return (opening, *told, Sentence(closing, _evidence(told) or opening.evidence))


def _opening(patient: Patient, service: str, diagnosis: Sentence | None) -> Sentence:
    text = f"I am calling about {patient.name} and the request for {service}."
    if diagnosis is None:
        return Sentence(text, ())
    problem = speak(diagnosis.text).rstrip(".").replace(", active since", ", since").removesuffix(", active")
    return Sentence(f"{text} The diagnosis is {problem}.", diagnosis.evidence)


def _said_ask(ask: str, patient: Patient) -> str:
    said = ask.replace(f" for {patient.name}", "")
    return f"{said[:1].lower()}{said[1:]}"


def _facts(
    disputed: Sequence[Judged],
    judged: Sequence[Judged],
    courses: Sequence[Course],
    therapies: Sequence[Therapy],
    against: Sequence[Sentence],
    why_now: Sequence[Sentence],
) -> Iterator[Sentence]:
    """Yield what may be told, the most telling first: what the payer asked for, then what else speaks for it."""
    met = [each for each in disputed if each.status is Status.MET]
    tried, worse = _tried(therapies), _worse(courses)
    for each in met[:_DISPUTED]:
        yield _sentence(f"As to {each.criterion.short}, the chart {_says(each.detail)}", each.evidence)
    yield from (Sentence(f"Against {speak(_lowered(each.text))}", each.evidence) for each in against[:1])
    yield from (*worse[:1], *tried[:2], *worse[1:2])
    yield from (Sentence(speak(each.text), each.evidence) for each in why_now[:1])
    for each in judged:
        if each.status is Status.MET and each.criterion.answers and each not in met:
            short = f"{each.criterion.short[:1].upper()}{each.criterion.short[1:]}"
            joint = ", " if _NOTED.fullmatch(each.detail) else ": "
            yield _sentence(f"{short}{joint}{_noted(each.detail)}", each.evidence)
    yield from tried[2:]


def _sentence(text: str, evidence: tuple[Evidence, ...]) -> Sentence:
    """Return a sentence with one full stop, be it its own or that of the words it quotes."""
    ended = text.endswith((".", ".”", "!”", "?”"))
    return Sentence(text if ended else f"{text}.", evidence)


def _lowered(text: str) -> str:
    """Return text as it goes on in a sentence: "JAK" stays "JAK"."""
    return text if text[1:2].isupper() else f"{text[:1].lower()}{text[1:]}"


def _says(detail: str) -> str:
    """Return "says on DAY: “…”" for words of a note, else "shows …"."""
    said = _noted(detail)
    return f"says on {said}" if _NOTED.fullmatch(detail) else f"says: {said}" if said[:1] == "“" else f"shows {said}"


def _noted(detail: str) -> str:
    """Return a detail as said; of a note's words the day first."""
    noted = _NOTED.fullmatch(detail)
    return f"{spoken_day(noted[2])}: {noted[1]}" if noted else speak(detail)


def _tried(therapies: Sequence[Therapy]) -> list[Sentence]:
    """Return the therapies of which the chart says how they went, shortly."""
    told = []
    for each in therapies:
        if not each.outcome:
            continue
        label = f"{each.label[:1].upper()}{each.label[1:]}"
        told.append(Sentence(f"{label}{_when(each)}: {shorten(tidy(each.outcome), 90).rstrip('.')}.", each.evidence))
    return told


def _when(therapy: Therapy) -> str:
    start, end = therapy.started_day, therapy.ended_day
    if not start:
        return ""
    if end and end != start:
        first, last = spoken_span(start, end)
        return f", from {first} to {last}"
    return f", {'since ' if therapy.status in ('active', 'on-hold') and not end else ''}{spoken_day(start)}"


def _worse(courses: Sequence[Course]) -> list[Sentence]:
    """Return the measures that became clearly worse."""
    told = []
    for each in courses:
        base = abs(each.baseline.values[0].value)
        if each.trend != "worse" or each.delta is None or abs(each.delta) < _TELLING * base:
            continue
        verb = "rose" if each.delta > 0 else "fell"
        first, last = (shown_value(one, unit=each.unit) for one in (each.baseline, each.recent))
        start, end = spoken_span(each.baseline.day, each.recent.day)
        label = f"{each.label}," if "," in each.label else each.label
        told.append(Sentence(f"{label} {verb} from {first} on {start} to {last} on {end}.", each.evidence))
    return told


def _is_told(fact: Sentence, told: Sequence[Sentence]) -> bool:
    """Whether all it rests on was told: of a note its very words, of anything else the resource."""
    known = {_mark(each) for each in _evidence(told)}
    return all(_mark(each) in known for each in fact.evidence)


def _mark(evidence: Evidence) -> tuple[str, str]:
    quote = evidence.quote
    is_sentence = len(quote) >= _WORDS_OF_A_NOTE and (quote.endswith((".", "!", "?")) or len(quote) >= _LONG)
    return evidence.reference, quote if is_sentence else ""


def _evidence(told: Sequence[Sentence]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(one for each in told for one in each.evidence))


def _length(text: str) -> int:
    return len(text.split())
