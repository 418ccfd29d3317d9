"""What the chart says of the patient, fact by fact, each with where it stands in the chart."""

from dataclasses import dataclass, field
from datetime import datetime

from app.core.denial import Code


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    Words or a value verbatim from one resource.

    reference: "Type/ID"; path: the element inside it (`content[0].attachment.data`: the quote stands in the decoded
    text); date: the day as the chart wrote it (YYYY, YYYY-MM or YYYY-MM-DD)
    """

    reference: str
    path: str
    date: str | None
    quote: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence about the patient, and what it rests on."""

    text: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """
    One thing the chart says.

    label: as the chart names it; at: when it was seen or began (UTC), None when not told; day: the same as written
    evidence: the first quotes what the fact is
    """

    label: str
    at: datetime | None
    day: str | None
    evidence: tuple[Evidence, ...]
    codes: tuple[Code, ...] = ()

    @property
    def cite(self) -> Evidence:
        """The evidence for what it is."""
        return self.evidence[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem(Fact):
    """A confirmed diagnosis."""

    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure(Fact):
    """
    One value. series: code system, code and coded unit, which group values, never their names

    comparator: as "<" when told; recorded: value and unit as the chart has them, where `value` is in another unit
    """

    value: float
    unit: str
    series: tuple[str | None, str, str]
    comparator: str | None = None
    recorded: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Fact):
    """A result in words, as of a screening test."""

    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Medicine(Fact):
    """A medicine ordered, taken, dispensed or given. status: active | completed | stopped | on-hold | unknown."""

    status: str
    dose: str | None = None
    ended_at: datetime | None = None
    ended_day: str | None = None
    stop_reason: str | None = None
    reasons: tuple[str, ...] = ()  # references of the problems it was ordered for


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure(Fact):
    """
    Something done to or with the patient.

    kind: procedure | visit | report (an examination that was reported) | order (ordered, which proves nothing done)
    """

    kind: str = "procedure"
    outcome: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark(Fact):
    """
    A sentence of a note or report; label is the document's title, `words` the sentence, heading what it is under.

    heard: the sentence as it is searched, worked out once for a chart (shorthand.hear); empty where nobody did
    """

    words: str
    heading: str = ""
    is_reason: bool = False  # why one came or was seen: no note, and less telling than one
    is_result: bool = False  # of a report: its title says what was examined
    heard: tuple[str, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allergy(Fact):
    """An allergy or intolerance, with the reaction seen."""

    reaction: str | None = None


@dataclass(frozen=True, slots=True)
class HeldBack:
    """
    Something sensitive that is kept out of the chart until a person adds it; nothing of what it says.

    kind: what it is ("note", "part of a note", "result" …); why: what keeps it back, which tells what the law asks
    before it is shown to a payer
    """

    reference: str
    kind: str
    day: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Chart:
    """
    Everything read of one patient. Tuples in order of time, oldest first; ties by reference.

    left_out: sentences on what could not be read or was not used, free of content
    held_back: what is sensitive and was not added, by reference
    """

    patient: str | None = None
    problems: tuple[Problem, ...] = ()
    measures: tuple[Measure, ...] = ()
    findings: tuple[Finding, ...] = ()
    medicines: tuple[Medicine, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    remarks: tuple[Remark, ...] = ()
    allergies: tuple[Allergy, ...] = ()
    left_out: tuple[str, ...] = ()
    held_back: tuple[HeldBack, ...] = ()
