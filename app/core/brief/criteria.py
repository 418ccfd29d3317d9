"""Which criteria of the service the chart meets, does not meet, or is silent about; each answer with its evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.core.brief.facts import Chart, Evidence, Sentence
from app.core.brief.hits import find_hits
from app.core.denial import Code
from app.core.rulebook.criteria import Criterion, ServiceCriteria


class Status(StrEnum):
    """What the chart says of a criterion."""

    MET = "met"
    NOT_MET = "not met"
    NOT_DOCUMENTED = "not documented"


@dataclass(frozen=True, slots=True)
class Judged:
    """A criterion with what the chart says of it. `contrary`: what speaks against a criterion that is met."""

    criterion: Criterion
    status: Status
    detail: str = ""
    evidence: tuple[Evidence, ...] = ()
    contrary: tuple[Sentence, ...] = ()

    @property
    def sentence(self) -> Sentence | None:
        """The criterion and its answer in words; None when the chart is silent."""
        if not self.evidence:
            return None
        return Sentence(f"{self.criterion.text}: {self.status} — {self.detail}.".replace("..", "."), self.evidence)


def judge_criteria(
    service: ServiceCriteria, chart: Chart, *, diagnoses: Sequence[Code], now: datetime
) -> tuple[Judged, ...]:
    """
    Return each criterion with its answer, in the order of the rule.

    diagnoses: those of the request. A later fact against wins over an earlier one for; facts that fall short
    (too few, too old, in another unit) never count as met. Nothing found is "not documented", never "not met".
    """
    return tuple(_judge(each, chart, diagnoses=diagnoses, now=now) for each in service.criteria)


def _judge(criterion: Criterion, chart: Chart, *, diagnoses: Sequence[Code], now: datetime) -> Judged:
    hits = [hit for need in criterion.needs for hit in find_hits(need, chart, diagnoses=diagnoses, now=now)]
    held = [each for each in hits if each.holds]
    against = sorted((each for each in hits if each.holds is False), key=lambda each: each.stamp, reverse=True)
    short = [each for each in hits if each.holds is None]
    if held and not (against and all(against[0].stamp > each.stamp for each in held)):
        contrary = tuple(
            Sentence(f"{criterion.text}: the chart also says {each.detail}.", each.evidence) for each in against[:1]
        )
        return Judged(criterion, Status.MET, held[0].detail, held[0].evidence, contrary)
    if against:
        more = f", although {held[0].detail}" if held else ""
        evidence = against[0].evidence + (held[0].evidence if held else ())
        return Judged(criterion, Status.NOT_MET, against[0].detail + more, evidence)
    if short:
        return Judged(criterion, Status.NOT_MET, short[0].detail, short[0].evidence)
    return Judged(criterion, Status.NOT_DOCUMENTED)
