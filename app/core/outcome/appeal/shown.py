"""
What of the brief stands in an appeal, and the numbered list of what that rests on.

Minimum necessary: the answer, the criteria at issue, why now, what speaks against the payer's alternative, and of
diagnoses, therapies and measures those alone that these rest on. How we are weak, what we may be asked, what is read
aloud on a call and what was held back stay here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.brief import Brief, Sentence
from app.core.brief.criteria import Judged, Status
from app.core.brief.facts import Evidence
from app.core.brief.measures import Course
from app.core.brief.packet import Behind
from app.core.brief.payers_copy import criteria_at_issue
from app.core.brief.sources import Section, Source, number_sources
from app.core.brief.therapy import Therapy
from app.core.outcome.appeal import Appeal
from app.core.outcome.appeal.choice import cite_key
from app.core.rulebook.criteria import Citation

_Resting = Sentence | Judged | Course | Therapy


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands in it; sources: what all of it rests on, numbered anew without a gap."""

    answer: tuple[Sentence, ...]
    criteria: tuple[Judged, ...]
    against: tuple[Sentence, ...]
    why_now: tuple[Sentence, ...]
    about: tuple[Sentence, ...]
    courses: tuple[tuple[int, Course], ...]  # each with its place in the brief's table
    therapies: tuple[tuple[int, Therapy], ...]
    literature: tuple[Citation, ...]
    sources: tuple[Source, ...]

    def marks(self, evidence: Iterable[Evidence]) -> tuple[int, ...]:
        """Return the numbers of the sources that this evidence stands in."""
        wanted = set(evidence)
        return tuple(n for n, each in enumerate(self.sources, start=1) if not wanted.isdisjoint(each.evidence))


def shown_of(appeal: Appeal) -> Shown:
    """Return what of the brief the payer is given."""
    brief = appeal.brief
    # What falls short is ours to find, and not argued; without
    # an answer of the chart nothing is argued from it at all.
    criteria = tuple(each for each in criteria_at_issue(brief) if each.status is Status.MET)
    answer, against, why_now = ((brief.answer,), brief.against, brief.why_now) if brief.answered else ((), (), ())
    rests_on = {one for each in (*answer, *against, *why_now, *criteria) for one in each.evidence}

    def is_of_it(each: _Resting) -> bool:
        return not rests_on.isdisjoint(each.evidence)

    about = tuple(each for each in brief.about if is_of_it(each))
    courses = tuple((n, each) for n, each in enumerate(brief.courses) if is_of_it(each))
    therapies = tuple((n, each) for n, each in enumerate(brief.therapies) if is_of_it(each))
    told: tuple[_Resting, ...] = (*answer, *criteria, *about, *(each for _, each in (*therapies, *courses)))
    sources = number_sources((Section("", tuple(Sentence("", each.evidence) for each in (*told, *against, *why_now))),))
    literature = tuple(each for each in citable(brief) if cite_key(each) not in appeal.choice.uncited)
    return Shown(answer, criteria, against, why_now, about, courses, therapies, literature, sources)


def citable(brief: Brief) -> tuple[Citation, ...]:
    """Return the literature that may stand before a payer: its numbers were looked up, and it speaks for us."""
    return tuple(each for each in brief.literature if each.checked and not each.contrary)


def enclosed(appeal: Appeal) -> tuple[Behind, ...]:
    """Return the documents that are laid beside it, in the order of their numbers; the notice is the first of all."""
    cited = {one.reference for one in shown_evidence(appeal)}
    return tuple(each for each in appeal.packet.documents if each.reference in cited)


def shown_evidence(appeal: Appeal) -> frozenset[Evidence]:
    """Return all evidence that stands in the appeal."""
    return frozenset(one for each in shown_of(appeal).sources for one in each.evidence)
