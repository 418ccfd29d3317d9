"""What the reviewer is likely to ask, answered from the chart; and what to find out where the chart is silent."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from app.core.brief.criteria import Judged, Status
from app.core.brief.facts import Evidence, Sentence
from app.core.brief.measures import Course
from app.core.brief.measures import sentence_of as course_sentence
from app.core.brief.therapy import Therapy
from app.core.brief.therapy import sentence_of as therapy_sentence
from app.core.rulebook.criteria import ReviewQuestion, ServiceCriteria

_PARTS = 4  # facts in one answer: more is not said in one breath
_UNKNOWN = {None, "none", "pending"}


@dataclass(frozen=True, slots=True)
class Answered:
    """A question with what the chart answers; answer None: not documented, to be asked for before the call."""

    question: ReviewQuestion
    answer: Sentence | None

    @property
    def missing(self) -> str | None:
        """What to ask for before the call, where nothing answers."""
        return self.question.missing if self.answer is None else None


def answer_questions(
    rule: ServiceCriteria,
    *,
    judged: Sequence[Judged],
    courses: Sequence[Course],
    therapies: Sequence[Therapy],
    against: Sequence[Sentence],
    about: Sequence[Sentence],
    why_now: Sequence[Sentence],
    reason_kinds: Collection[str | None],
) -> tuple[Answered, ...]:
    """
    Return the rule's questions that this kind of denial raises, in its order, then what may be held against us.

    against: what speaks against the payer's alternatives; about: the problems; reason_kinds: those of the denial
    (router's); a denial that gives no kind raises all. A criterion that falls short is told as falling short.
    """
    told = {
        "therapies": tuple(therapy_sentence(each) for each in therapies),
        "measures": tuple(course_sentence(each) for each in courses),
        "why_now": tuple(why_now),
        "alternatives": tuple(against),
        "problems": tuple(about),
    }
    kinds = set(reason_kinds) - _UNKNOWN
    asked = [each for each in rule.questions if not each.kinds or not kinds or each.kinds & kinds]
    return tuple(Answered(each, _answer(each, judged, told)) for each in asked)


def _answer(
    question: ReviewQuestion, judged: Sequence[Judged], told: dict[str, tuple[Sentence, ...]]
) -> Sentence | None:
    parts: list[str] = []
    evidence: list[Evidence] = []
    for text, rests_on in _facts(question, judged, told):
        # What rests on nothing new was said already: a course of therapy is a criterion's fact and a therapy.
        if len(parts) == _PARTS or set(rests_on) <= set(evidence):
            continue
        parts.append(text if text.endswith((".", ".”", "!”", "?”")) else f"{text}.")
        evidence += [each for each in rests_on if each not in evidence]
    return Sentence(" ".join(parts), tuple(evidence)) if parts else None


def _facts(
    question: ReviewQuestion, judged: Sequence[Judged], told: dict[str, tuple[Sentence, ...]]
) -> Iterator[tuple[str, tuple[Evidence, ...]]]:
    """Yield (words, evidence): criteria in the question's order, what holds before what falls short; then the rest."""
    by_key = {each.criterion.key: each for each in judged}
    held = [by_key[key] for key in question.rests_on if key in by_key and by_key[key].evidence]
    for each in sorted(held, key=lambda one: one.status is not Status.MET):
        short = "" if each.status is Status.MET else " (falls short)"
        label = each.criterion.short
        yield f"{label[:1].upper()}{label[1:]}{short}: {each.detail}", each.evidence
    for kind in question.tells:
        for sentence in told[kind]:
            yield sentence.text, sentence.evidence
