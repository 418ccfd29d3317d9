"""What `parley brief` prints: JSON for programs, a few lines for people."""

from typing import Any

import msgspec

from app.core.brief import Brief, Evidence, Sentence
from app.core.brief.gate import todo_of
from app.core.brief.measures import Course, Reading


def as_json(brief: Brief) -> str:
    """Return the brief, every sentence with its evidence."""
    told = {
        "denial": {
            "verbatim": "\n".join(each.text for each in brief.verbatim),
            "codes": [{"system": each.system, "code": each.code} for each in brief.codes],
            "quotes": [{"reference": each.reference, "path": each.path, "quote": each.text} for each in brief.verbatim],
        },
        "answer": brief.answer.text,
        "answered": brief.answered,
        "ask": brief.ask,
        "fallback": brief.fallback,
        "sections": [
            {
                "title": section.title,
                "sentences": [_sentence(each) for each in section.sentences],
            }
            for section in brief.sections
        ],
        "missing": list(brief.missing),
        "criteria": [
            {"key": each.criterion.key, "text": each.criterion.text, "status": each.status.value}
            | {"detail": each.detail, "evidence": _evidence(each.evidence)}
            for each in brief.criteria
        ],
        "measures": [_course(each) for each in brief.courses],
        "questions": [
            {"key": each.question.key, "text": each.question.text, "counters": each.question.counters}
            | {"answer": _sentence(each.answer) if each.answer else None, "missing": each.missing}
            for each in brief.questions
        ],
        "literature": [
            {"title": each.title, "sentence": each.sentence, "grade": each.grade, "year": each.year}
            | {"pmid": each.pmid, "doi": each.doi, "contrary": each.contrary}
            | {"checked": each.checked.isoformat() if each.checked else None}
            for each in brief.literature
        ],
        "new": sorted(brief.fresh),
        "todo": [{"key": each.key, "text": each.text, "blocks": each.blocks} for each in todo_of(brief)],
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()


def _sentence(sentence: Sentence) -> dict[str, Any]:
    return {"text": sentence.text, "evidence": _evidence(sentence.evidence)}


def _evidence(evidence: tuple[Evidence, ...]) -> list[dict[str, str | None]]:
    return [
        {"reference": each.reference, "path": each.path, "date": each.date, "quote": each.quote} for each in evidence
    ]


def _course(course: Course) -> dict[str, Any]:
    system, code, _ = course.series
    return {
        "label": course.label,
        "system": system,
        "code": code,
        "unit": course.unit,
        "first": _reading(course.baseline),
        "latest": _reading(course.recent),
        "delta": course.delta,
        "days": course.days,
    }


def _reading(reading: Reading) -> list[str | float]:
    """Return [instant, value]; the lower value where one instant holds two."""
    return [reading.at.isoformat(), reading.values[0].value]


def as_text(brief: Brief) -> str:
    """Return what one wants to see at once."""
    lines = [f"{brief.service.label} · {brief.payer}", ""]
    lines += [f"denied    “{each.text}”" for each in brief.verbatim] or ["denied    (no words given)"]
    lines += [f"answer    {brief.answer.text}", f"ask       {brief.ask}", ""]
    lines += [f"{each.status.value:<15} {each.criterion.text}" for each in brief.criteria]
    lines += [f"missing   {each}" for each in brief.missing]
    return "\n".join(lines)
