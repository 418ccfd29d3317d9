"""The brief as it is shown: one page, in its order, with every sentence about the patient resting on evidence."""

from dataclasses import dataclass
from datetime import date, datetime

from app.core.brief.criteria import Judged, Status
from app.core.brief.facts import Evidence, Sentence
from app.core.brief.measures import Course, plain_unit, shown_delta, shown_value
from app.core.brief.own import OwnSentence
from app.core.brief.questions import Answered
from app.core.brief.therapy import Therapy, shown_outcome, shown_when
from app.core.brief.words import shorten, tidy
from app.core.denial import Code, Quote
from app.core.people import Clinician, Patient, Reviewer
from app.core.rulebook.criteria import Citation


@dataclass(frozen=True, slots=True)
class Section:
    """A titled run of sentences."""

    title: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """What was asked for: our label or the request's words, its codes, and how many."""

    label: str
    codes: tuple[Code, ...]
    quantity: float | None = None

    @property
    def title(self) -> str:
        """The label as a title begins."""
        return self.label[:1].upper() + self.label[1:]

    @property
    def shown_codes(self) -> str:
        """The bare codes, without repeats."""
        return ", ".join(dict.fromkeys(each.code for each in self.codes if each.code))


@dataclass(frozen=True, slots=True)
class Rule:
    """By which criteria the request was judged, and how old they are."""

    label: str
    source: str
    reviewed: date
    generic: bool


@dataclass(frozen=True, slots=True)
class Source:
    """One entry of the numbered list: a resource with all that is quoted of it, or several that say the same words."""

    number: int
    references: tuple[str, ...]
    quotes: tuple[str, ...]
    days: tuple[str, ...]
    evidence: tuple[Evidence, ...]

    @property
    def shown_days(self) -> str:
        """The day, or the first and last of several."""
        return (
            "no date"
            if not self.days
            else self.days[0]
            if len(self.days) == 1
            else f"{self.days[0]} to {self.days[-1]}"
        )

    @property
    def shown_quotes(self) -> str:
        """The words quoted, long ones cut; days stand beside them and are not repeated."""
        words = [shorten(tidy(each), 90) for each in self.quotes if each not in self.days]
        return " · ".join(f"“{each}”" for each in dict.fromkeys(words))


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """
    One page for the call.

    references: (name, number) pairs to read out; verbatim: the payer's words, codes: the payer's codes
    answer: one sentence; `answered` False when the chart does not answer the denial, and then it rests on nothing
    or on the best there is; weak: what speaks against us; missing: what nobody wrote down
    story: read aloud in a minute; against: what speaks against the payer's alternatives
    fresh: references of what is new since the request was sent; submitted: that day, None when it is not known and so
    nothing is marked; own: sentences that a person wrote and signed
    """

    patient: Patient
    clinician: Clinician | None
    service: Service
    payer: str
    references: tuple[tuple[str, str], ...]
    reviewer: Reviewer | None
    deadline: str | None
    lane: str | None
    verbatim: tuple[Quote, ...]
    codes: tuple[Code, ...]
    answer: Sentence
    answered: bool
    ask: str
    fallback: str | None
    about: tuple[Sentence, ...]
    criteria: tuple[Judged, ...]
    rule: Rule | None
    courses: tuple[Course, ...]
    measures: tuple[Sentence, ...]
    therapies: tuple[Therapy, ...]
    tried: tuple[Sentence, ...]
    why_now: tuple[Sentence, ...]
    weak: tuple[Sentence, ...]
    missing: tuple[str, ...]
    made_at: datetime
    sources: tuple[Source, ...] = ()
    story: tuple[Sentence, ...] = ()
    against: tuple[Sentence, ...] = ()
    questions: tuple[Answered, ...] = ()
    literature: tuple[Citation, ...] = ()
    fresh: frozenset[str] = frozenset()
    submitted: str | None = None
    own: tuple[OwnSentence, ...] = ()

    @property
    def is_ready(self) -> bool:
        """Whether it may go out: the payer's reason verbatim, an answer from the chart, and an ask."""
        return bool(self.verbatim and self.answered and self.ask)

    @property
    def sections(self) -> tuple[Section, ...]:
        """All sentences about the patient, in the page's order; each rests on evidence."""
        judged = tuple(each.sentence for each in self.criteria if each.sentence)
        found = (
            Section("Answer", (self.answer,) if self.answer.evidence else ()),
            Section("Story", self.story),
            Section("Patient", self.about),
            Section("Criteria", judged),
            Section("Measures", self.measures),
            Section("Tried so far", self.tried),
            Section("Against the alternative", self.against),
            Section("Why now", self.why_now),
            Section("Weak points", self.weak),
            Section("Questions", tuple(each.answer for each in self.questions if each.answer)),
        )
        return tuple(each for each in found if each.sentences)

    @property
    def met(self) -> int:
        """How many criteria are met."""
        return sum(each.status is Status.MET for each in self.criteria)

    def marks(self, evidence: tuple[Evidence, ...]) -> tuple[int, ...]:
        """Return the numbers under which this evidence stands in the list of sources."""
        wanted = set(evidence)
        return tuple(each.number for each in self.sources if not wanted.isdisjoint(each.evidence))

    def course_rows(self) -> tuple[tuple[str, str, str, str, tuple[int, ...]], ...]:
        """Return (measure, baseline, recent, change, marks) for the table."""
        return tuple(
            (
                f"{each.label} ({plain_unit(each.unit)})" if plain_unit(each.unit) else each.label,
                f"{shown_value(each.baseline)}, {each.baseline.day}",
                f"{shown_value(each.recent)}, {each.recent.day}",
                f"{shown_delta(each)}, {each.days} days",
                self.marks(each.evidence),
            )
            for each in self.courses
        )

    def therapy_rows(self) -> tuple[tuple[str, str, str, str, tuple[int, ...]], ...]:
        """Return (what, dose, when, outcome, marks) for the table."""
        return tuple(
            (each.label, each.dose or "—", shown_when(each), shown_outcome(each), self.marks(each.evidence))
            for each in self.therapies
        )


def number_sources(sections: tuple[Section, ...]) -> tuple[Source, ...]:
    """
    Return the evidence of all sentences, numbered in reading order.

    What is quoted of one resource stands together; so do resources of one type of which the same words are quoted, as
    the visits of a course of therapy.
    """
    found: dict[str, list[Evidence]] = {}
    for section in sections:
        for sentence in section.sentences:
            for each in sentence.evidence:
                held = found.setdefault(each.reference, [])
                if each not in held:
                    held.append(each)
    alike: dict[tuple[str, tuple[str, ...]], list[list[Evidence]]] = {}
    for reference, held in found.items():
        alike.setdefault((reference.split("/")[0], tuple(each.quote for each in held)), []).append(held)
    return tuple(_source(number, groups) for number, groups in enumerate(alike.values(), start=1))


def _source(number: int, groups: list[list[Evidence]]) -> Source:
    evidence = tuple(each for held in groups for each in held)
    return Source(
        number,
        tuple(dict.fromkeys(each.reference for each in evidence)),
        tuple(dict.fromkeys(each.quote for each in evidence)),
        tuple(sorted({each.date for each in evidence if each.date})),
        evidence,
    )
