"""The brief as it is shown: one page, in its order, with every sentence about the patient resting on evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.core.brief.booked import BookedCall
from app.core.brief.criteria import Judged, Status
from app.core.brief.facts import Evidence, Sentence
from app.core.brief.fit import Fit, fit_page, shown_words
from app.core.brief.held import Care, notices_for
from app.core.brief.measures import Course, plain_unit, shown_delta, shown_value
from app.core.brief.own import OwnSentence
from app.core.brief.questions import Answered
from app.core.brief.sources import Section, Source, in_columns
from app.core.brief.therapy import Therapy, shown_outcome, shown_when
from app.core.brief.trend import trend_points, trend_words
from app.core.brief.words import days_in_words, shorten
from app.core.denial import Code, Quote
from app.core.people import Clinician, Patient, Reviewer
from app.core.rulebook.criteria import Citation

QUESTIONS = "Questions"
NOTHING_TO_ASK = "Nothing to ask."
# Words of a chart that a table's cell holds before they are cut.
_CELL = 80


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
    key: str = ""  # of the rule book


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """
    One page for the call.

    references: (name, number) pairs to read out; verbatim: the payer's words, codes: the payer's codes
    answer: one sentence; `answered` False when the chart does not answer the denial, and then it rests on nothing
    or on the best there is; weak: what speaks against us; missing: what nobody wrote down
    story: read aloud in a minute; against: what speaks against the payer's alternatives
    fresh: references of what is new since the request was sent; submitted: that day, None when it is not known and so
    nothing is marked; own: sentences that a person wrote and signed; policies: those that the denial names, as it
    names them; phone: the payer's number for the call
    cares: what a paper must say where it cites what was held back and a clinician added
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
    policies: tuple[str, ...] = ()
    call: BookedCall | None = None
    phone: str | None = None
    cares: tuple[Care, ...] = ()

    @property
    def notices(self) -> tuple[str, ...]:
        """What must be said of the sensitive things that this brief cites; nothing where it cites none."""
        return notices_for(self.cares, (one for each in self.sources for one in each.evidence))

    @property
    def is_ready(self) -> bool:
        """Whether it may go out: the payer's reason verbatim, an answer from the chart, and an ask."""
        return bool(self.verbatim and self.answered and self.asks)

    @property
    def asks(self) -> bool:
        """Whether there is anything to ask for."""
        return bool(self.ask) and self.ask != NOTHING_TO_ASK

    @property
    def lacking(self) -> tuple[str, ...]:
        """What it cannot go out without and does not have, in words."""
        named = ((self.verbatim, "the payer's reason in words"), (self.answered, "an answer"), (self.asks, "an ask"))
        return tuple(name for has, name in named if not has)

    @property
    def page_missing(self) -> tuple[str, ...]:
        """What to get before the call, but for what the table of criteria asks for already."""
        told = {each.criterion.missing for each in self.criteria if each.status is Status.NOT_DOCUMENTED}
        return tuple(each for each in self.missing if each not in told)

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
            Section(QUESTIONS, tuple(each.answer for each in self.questions if each.answer)),
        )
        return tuple(each for each in found if each.sentences)

    @property
    def page_sources(self) -> tuple[Source, ...]:
        """The sources of what stands on the page; those of the questions alone stand in the packet."""
        told = [each for part in self.sections if part.title != QUESTIONS for each in part.sentences]
        cited = {one for each in told for one in each.evidence}
        return tuple(each for each in self.sources if not cited.isdisjoint(each.evidence))

    def source_columns(self, printed: Sequence[Source], *, whole: bool) -> tuple[tuple[Source, ...], ...]:
        """Return the sources, all or the printed ones, as two columns, alike in length by those that are printed."""
        return in_columns(self.sources if whole else printed, printed)

    @property
    def fit(self) -> Fit:
        """How much of each part stands on the one printed page."""
        return fit_page(self)

    @property
    def page_words(self) -> tuple[Quote, ...]:
        """The payer's words as the printed page holds them."""
        return self.words_on(self.fit)

    def words_on(self, fit: Fit) -> tuple[Quote, ...]:
        """Return the payer's words as a page that fits so much holds them."""
        return shown_words(self, fit)

    def is_new(self, evidence: tuple[Evidence, ...]) -> bool:
        """Whether any of this came after the request was sent, or was not sent with it."""
        return any(each.reference in self.fresh for each in evidence)

    def is_all_new(self, evidence: tuple[Evidence, ...]) -> bool:
        """Whether none of this can have been with the request."""
        return bool(evidence) and all(each.reference in self.fresh for each in evidence)

    @property
    def met(self) -> int:
        """How many criteria are met."""
        return sum(each.status is Status.MET for each in self.criteria)

    def drawn(self, course: Course) -> tuple[tuple[tuple[float, float], ...], str]:
        """Return a measure's points as they are drawn small, and the words that stand for the drawing."""
        return trend_points(course), trend_words(course)

    def marks(self, evidence: tuple[Evidence, ...]) -> tuple[int, ...]:
        """Return the numbers under which this evidence stands in the list of sources."""
        wanted = set(evidence)
        return tuple(each.number for each in self.sources if not wanted.isdisjoint(each.evidence))

    def course_rows(self) -> tuple[tuple[str, str, str, str, tuple[int, ...]], ...]:
        """Return (measure, baseline, recent, change, marks) for the table."""
        return tuple(
            (
                shorten(each.label, _CELL) + (f" ({shorten(unit, 20)})" if (unit := plain_unit(each.unit)) else ""),
                f"{shown_value(each.baseline)}, {each.baseline.day}",
                f"{shown_value(each.recent)}, {each.recent.day}",
                f"{shown_delta(each)}, {days_in_words(each.days)}",
                self.marks(each.evidence),
            )
            for each in self.courses
        )

    def therapy_rows(self) -> tuple[tuple[str, str, str, str, tuple[int, ...]], ...]:
        """Return (what, dose, when, outcome, marks) for the table."""
        return tuple(
            (
                shorten(each.label, _CELL),
                shorten(each.dose or "—", _CELL),
                shown_when(each),
                shown_outcome(each),
                self.marks(each.evidence),
            )
            for each in self.therapies
        )
