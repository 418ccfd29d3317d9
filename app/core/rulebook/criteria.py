"""Types of the criteria a service is judged by, and of the measures and therapies that speak to it."""

import re
from dataclasses import dataclass
from datetime import date

from app.core.denial import Code


@dataclass(frozen=True, slots=True)
class CodeSet:
    """Codes of one system, by every URL it goes by; `stems` stand for all codes that begin so. Dots do not count."""

    systems: frozenset[str]
    codes: frozenset[str]
    stems: tuple[str, ...] = ()

    def holds(self, code: Code) -> bool:
        """Whether `code` is one of these; a code without a system, or of another one, never is."""
        if code.code is None or code.system not in self.systems:
            return False
        plain = plain_code(code.code)
        return plain in self.codes or plain.startswith(self.stems)


def plain_code(code: str) -> str:
    """Return a code as code sets hold it: capitals, no dots (M43.16 and M4316 are one code)."""
    return code.strip().upper().replace(".", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """
    One kind of fact that would satisfy a criterion; what is None does not matter.

    kind: diagnosis (of the request) | problem | measure | finding | medicine | procedure | visit | report | order |
    note | document (any note or report) | allergy
    codes or cues: which facts are meant; cues search the label (of a note: the sentence), folded to lower case
    also, says: further words a note's sentence, or a finding's value, must hold
    against: words that, affirmed, say the opposite of the criterion
    at_least, at_most: bounds of the latest value, in one of `units`; rises_by, falls_by: of the change
    ever: whether any value or sentence of the days asked for will do, though a later one says otherwise
    days, count: least duration (medicine, procedure, note; of a problem, since it began) and number (days of visits,
    medicines, values)
    within_days: how old the latest fact may be; ended: whether the medicine must have been stopped; explained: whether
    the chart must say why
    planned: whether a note's plans and expectations count; of_family: whether what it tells of the family does
    contrary: what is found speaks against the criterion, and a note that denies it speaks for it
    one_sided: a note that denies it says nothing (that there is no fever is no reason to wait with a scan)
    begun_days: how long ago a medicine may have begun at most; one that has run for ten years was not tried for this
    apart_days: how long ago the latest (procedure, visit, report) must be at least; a later one speaks against
    together: needs that must be met as well, each; without them what is found falls short
    """

    kind: str
    codes: tuple[CodeSet, ...] = ()
    cues: re.Pattern[str] | None = None
    also: re.Pattern[str] | None = None
    says: re.Pattern[str] | None = None
    against: re.Pattern[str] | None = None
    units: frozenset[str] = frozenset()
    at_least: float | None = None
    at_most: float | None = None
    rises_by: float | None = None
    falls_by: float | None = None
    ever: bool = False
    days: int | None = None
    count: int | None = None
    within_days: int | None = None
    ended: bool | None = None
    explained: bool = False
    planned: bool = False
    of_family: bool = False
    contrary: bool = False
    one_sided: bool = False
    begun_days: int | None = None
    apart_days: int | None = None
    together: tuple["Need", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """
    One thing a reviewer looks for, in our own words.

    short: a noun phrase for the answer; asked: words of a denial that put it in dispute; needs: any one suffices;
    missing: what to bring when the chart is silent; answers: whether meeting it answers a denial
    that does not ask for it
    """

    key: str
    text: str
    short: str
    missing: str
    needs: tuple[Need, ...]
    asked: re.Pattern[str] | None = None
    answers: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedMeasure:
    """A measure that speaks to the service. worse: "higher", "lower", or None where neither is."""

    label: str
    codes: tuple[CodeSet, ...] = ()
    cues: re.Pattern[str] | None = None
    worse: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewQuestion:
    """
    What a reviewer is likely to ask, or to hold against us, about a service.

    kinds: reasons of a denial (clinical, experimental …) with which it is asked, empty for all
    rests_on: keys of the criteria whose facts answer it, in the order of telling
    tells: what else of the chart answers it: therapies | measures | why_now | alternatives | problems
    missing: what to ask for before the call where nothing answers; counters: an argument against us, not a question
    """

    key: str
    text: str
    missing: str
    rests_on: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()
    kinds: frozenset[str] = frozenset()
    counters: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """
    What a payer may prefer to the service. against: facts of the chart that speak against it; any one does.

    asked: words of a denial that name it; None where it is weighed whatever the denial says
    """

    key: str
    label: str
    against: tuple[Need, ...]
    asked: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """
    One publication for the service, told in one sentence of our own.

    grade: guideline | systematic review | randomized trial | cohort | case series | label | policy
    contrary: whether it speaks against us; checked: the day its numbers were looked up, None where nobody did
    """

    title: str
    sentence: str
    grade: str
    year: int
    pmid: str | None = None
    doi: str | None = None
    url: str | None = None
    contrary: bool = False
    checked: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCriteria:
    """
    What one kind of service is judged by. `generic` ones stand in for services that no file knows.

    diagnoses: what it must be asked for, where one product has several uses; none where that does not matter
    fallbacks: what would be accepted in its place, the first choice first
    """

    key: str
    label: str
    criteria: tuple[Criterion, ...]
    source: str
    reviewed: date
    codes: tuple[CodeSet, ...] = ()
    cues: re.Pattern[str] | None = None
    diagnoses: tuple[CodeSet, ...] = ()
    measures: tuple[WantedMeasure, ...] = ()
    therapy_codes: tuple[CodeSet, ...] = ()
    therapy_cues: re.Pattern[str] | None = None
    fallbacks: tuple[str, ...] = ()
    questions: tuple[ReviewQuestion, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    literature: tuple[Citation, ...] = ()
    generic: bool = False

    @property
    def fallback(self) -> str | None:
        """The first of what would be accepted instead."""
        return self.fallbacks[0] if self.fallbacks else None
