"""Which facts of the chart speak to a need: for it, against it, or falling short of it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction

from app.core.brief.facts import Chart, Evidence, Fact, Finding, Measure, Problem, Procedure, Remark
from app.core.brief.measures import (
    Reading,
    as_of,
    course_of,
    is_wanted,
    plain_unit,
    series_of,
    shown_delta,
    shown_value,
)
from app.core.brief.shorthand import hear
from app.core.brief.therapy import Therapy, group_medicines, shown_when
from app.core.brief.ucum import Unit, unit_of
from app.core.brief.units import change_in, exact, meant_unit, value_in
from app.core.brief.words import Stance, days_in_words, days_told, fold, listed, shorten, stance_of, tidy, visits_told
from app.core.denial import Code
from app.core.rulebook.criteria import Need, WantedMeasure, plain_code

_ABSENT = re.compile(
    r"(?:no|none|nil|never|false|negative|absent|denie[sd]|not (?:detected|present|seen|found|done))\b"
)
_OF_SESSIONS = re.compile(r"\b(?:visits?|sessions?|attended)\b")


@dataclass(frozen=True, slots=True)
class Hit:
    """Facts that speak to a need. `holds`: True for it, False against it, None when they fall short of it."""

    holds: bool | None
    detail: str
    evidence: tuple[Evidence, ...]
    at: datetime | None

    @property
    def stamp(self) -> float:
        """When, as a number to compare; what has no date counts as oldest."""
        return self.at.timestamp() if self.at else float("-inf")


def find_hits(need: Need, chart: Chart, *, diagnoses: Sequence[Code], now: datetime) -> list[Hit]:
    """Return what speaks to the need, at most one each for, against and short of it; notes may give two."""
    hits = _hits(need, chart, diagnoses=diagnoses, now=now)
    for other in need.together:
        beside = find_hits(other, chart, diagnoses=diagnoses, now=now)
        hits = [_joined(each, beside) if each.holds else each for each in hits]
    if need.contrary:  # what falls short of the contrary says nothing
        hits = [replace(each, holds=not each.holds) for each in hits if each.holds is not None]
    return hits


def _joined(hit: Hit, beside: Sequence[Hit]) -> Hit:
    """Return a hit together with what must be met as well; it falls short where that is not."""
    other = next((each for each in beside if each.holds), next(iter(beside), None))
    if other is None:
        return replace(hit, holds=None, detail=f"{hit.detail}, and nothing of what must stand beside it")
    detail, evidence = f"{hit.detail}, with {other.detail}", hit.evidence + other.evidence
    return replace(hit, holds=True if other.holds else None, detail=detail, evidence=evidence)


def _hits(need: Need, chart: Chart, *, diagnoses: Sequence[Code], now: datetime) -> list[Hit]:
    if need.kind == "diagnosis":
        return [_problem_hit(each) for each in asked_problems(chart, diagnoses)][:1]
    if need.kind == "problem":
        # A problem that the request names says more than the latest of its kind.
        ranked = asked_problems(chart, diagnoses) + tuple(each for each in chart.problems[::-1] if each.active)
        return [_lasting(need, each, now=now) for each in ranked if _is_meant(each, need)][:1]
    if need.kind == "allergy":
        return [Hit(True, f"intolerance to {tidy(each.label)}" + (f" ({tidy(each.reaction)})" if each.reaction else ""),
                    each.evidence, each.at) for each in chart.allergies if _is_meant(each, need)][-1:]  # fmt: skip
    if need.kind == "measure":
        return _measure_hits(need, chart, now=now)
    if need.kind == "finding":
        return _finding_hits(need, chart.findings, now=now)
    if need.kind == "medicine":
        return _medicine_hits(need, chart, now=now)
    if need.kind == "document":
        return _document_hits(need, chart.remarks, now=now)
    if need.kind in ("procedure", "visit", "report", "order"):
        return _procedure_hits(need, [each for each in chart.procedures if _fits(each, need)], now=now)
    return _note_hits(need, chart.remarks, now=now)


def _is_meant(fact: Fact, need: Need) -> bool:
    if any(each.holds(code) for each in need.codes for code in fact.codes):
        return True
    return need.cues is not None and need.cues.search(fold(fact.label)) is not None


def asked_problems(chart: Chart, diagnoses: Sequence[Code]) -> tuple[Problem, ...]:
    """Return the active problems that are diagnoses of the request, in the request's order."""
    active = [each for each in chart.problems if each.active]
    return tuple(dict.fromkeys(each for asked in diagnoses for each in active if _is_same(each, asked)))


def _is_same(problem: Problem, asked: Code) -> bool:
    """Whether a problem is this diagnosis: one code system, and one code the other or a finer form of it."""
    if not asked.system or not asked.code:
        return False
    wanted = plain_code(asked.code)
    held = [plain_code(each.code) for each in problem.codes if each.system == asked.system and each.code]
    return any(
        len(min(each, wanted, key=len)) > 2 and (each.startswith(wanted) or wanted.startswith(each)) for each in held
    )


def _problem_hit(problem: Problem) -> Hit:
    code = next((each.code for each in problem.codes if each.system), None)
    since = f", since {problem.day}" if problem.day else ""
    return Hit(True, f"{tidy(problem.label)}{f' ({code})' if code else ''}{since}", problem.evidence, problem.at)


def _lasting(need: Need, problem: Problem, *, now: datetime) -> Hit:
    """Return the problem, falling short where it is not known to last as long as is asked for."""
    hit = _problem_hit(problem)
    if need.days is None or (problem.at is not None and problem.at <= now - timedelta(days=need.days)):
        return hit
    return replace(hit, holds=None, detail=f"{hit.detail}; not known for the {need.days} days asked for")


def _is_fresh(need: Need, at: datetime | None, *, now: datetime) -> bool:
    return need.within_days is None or (at is not None and at >= now - timedelta(days=need.within_days))


def _stale(need: Need, detail: str) -> str:
    return f"{detail}; older than the {need.within_days} days asked for"


def _measure_hits(need: Need, chart: Chart, *, now: datetime) -> list[Hit]:
    wanted = WantedMeasure(label="", codes=need.codes, cues=need.cues)
    meant = [each for each in chart.measures if is_wanted(each, wanted)]
    until = as_of(chart.measures, now=now)
    hits = []
    for readings in series_of(meant, now=now).values():
        latest = next((each for each in readings[::-1] if need.ever and _fits_bounds(need, each)), readings[-1])
        value = latest.values[0]
        detail = f"{tidy(value.label)} {shown_value(latest, unit=value.unit)} on {latest.day}"
        evidence = tuple(each.cite for each in latest.values)
        if _asked_value(need, value) is None:
            hits.append(Hit(None, f"{detail}, in a unit the criterion does not speak of", evidence, latest.at))
        elif not _is_fresh(need, latest.at, now=now):
            hits.append(Hit(None, _stale(need, detail), evidence, latest.at))
        elif need.rises_by is not None or need.falls_by is not None or (need.count or 1) > 1:
            hits.append(_change_hit(need, readings, until=until, detail=detail, evidence=evidence))
        else:
            hits.append(Hit(True if _fits_bounds(need, latest) else None, detail, evidence, latest.at))
    return sorted(hits, key=lambda hit: (hit.holds is not True, -hit.stamp))[:1]


def _fits_bounds(need: Need, reading: Reading) -> bool:
    """Whether every value of one instant fits; one that is itself a bound (<5) never does."""
    return all(_in_bounds(need, _asked_value(need, each)) and not each.comparator for each in reading.values)


def _in_bounds(need: Need, value: Fraction | None) -> bool:
    if value is None:
        return False
    return (need.at_least is None or value >= exact(need.at_least)) and (
        need.at_most is None or value <= exact(need.at_most)
    )


def _asked_unit(need: Need, measure: Measure) -> Unit | None:
    """Return a unit of the need in which the value can be told; its own where the need names none or this one."""
    if not need.units or need.units & {measure.unit, measure.series[2], plain_unit(measure.unit)}:
        return meant_unit(measure)
    units = (unit_of(each) for each in sorted(need.units))
    return next((each for each in units if value_in(measure, each) is not None), None)


def _asked_value(need: Need, measure: Measure) -> Fraction | None:
    """Return the value in a unit that the need speaks of, exactly; None where none may be compared with it."""
    unit = _asked_unit(need, measure)
    return None if unit is None else value_in(measure, unit)


def _change_hit(
    need: Need, readings: Sequence[Reading], *, until: datetime, detail: str, evidence: tuple[Evidence, ...]
) -> Hit:
    course = course_of(readings, until=until)
    if course is None:
        return Hit(None, f"{detail}, one value only", evidence, readings[-1].at)
    words = (
        f"{course.label} {shown_value(course.baseline, unit=course.unit)} on {course.baseline.day}, "
        f"{shown_value(course.recent, unit=course.unit)} on {course.recent.day} ({shown_delta(course)})"
    )
    latest = course.recent.values[0]
    unit = _asked_unit(need, latest)
    delta = None if course.delta is None or unit is None else change_in(course.delta, latest, unit)
    rose = need.rises_by is None or (delta is not None and delta >= exact(need.rises_by))
    fell = need.falls_by is None or (delta is not None and -delta >= exact(need.falls_by))
    enough = need.count is None or len(readings) >= need.count
    return Hit(True if rose and fell and enough else None, words, course.evidence, course.recent.at)


def _finding_hits(need: Need, findings: Iterable[Finding], *, now: datetime) -> list[Hit]:
    hits = []
    for each in findings:
        if not _is_meant(each, need):
            continue
        said = fold(each.words)
        detail = f"{tidy(each.label)}: {tidy(each.words)}" + (f", {each.day}" if each.day else "")
        if need.against is not None and stance_of(said, need.against) is Stance.AFFIRMED:
            hits.append(Hit(False, detail, each.evidence, each.at))
        elif need.says is None and _ABSENT.match(said):  # "Fever: no" is no fever
            hits.append(Hit(False, detail, each.evidence, each.at))
        elif need.says is None or need.says.search(said):
            fresh = _is_fresh(need, each.at, now=now)
            hits.append(Hit(True if fresh else None, detail if fresh else _stale(need, detail), each.evidence, each.at))
    return hits[-1:]


def _medicine_hits(need: Need, chart: Chart, *, now: datetime) -> list[Hit]:
    any_at_all = not need.codes and need.cues is None
    groups = group_medicines((each for each in chart.medicines if any_at_all or _is_meant(each, need)), now=now)
    if need.begun_days is not None:
        earliest = now - timedelta(days=need.begun_days)
        groups = tuple(each for each in groups if each.started_at is None or each.started_at >= earliest)
    if any_at_all:  # then one that falls short says nothing of the criterion
        groups = tuple(each for each in groups if _suffices(each, need, now=now))
    if not groups:
        return []
    enough = [each for each in groups if _suffices(each, need, now=now)]
    shown = sorted(
        enough or groups, key=lambda one: (-(one.started_at.timestamp() if one.started_at else 0), one.label)
    )[:3]
    met = len(enough) >= (need.count or 1)
    words = listed([f"{each.label}, {shown_when(each)}" for each in shown])
    if len(shown) == 1 and shown[0].outcome:
        words += f": {shorten(tidy(shown[0].outcome), 60)}"
    latest = max((each.started_at for each in shown if each.started_at), default=None)
    return [Hit(True if met else None, words, tuple(one for each in shown for one in each.evidence), latest)]


def _suffices(therapy: Therapy, need: Need, *, now: datetime) -> bool:
    if need.days is not None and (therapy.days is None or therapy.days < need.days):
        return False
    running = therapy.status in ("active", "on-hold") and therapy.ended_day is None
    if need.ended is not None and need.ended == running:
        return False
    if need.explained and not therapy.outcome:
        return False
    return running or _is_fresh(need, therapy.started_at, now=now)


def _fits(procedure: Procedure, need: Need) -> bool:
    kinds = {"procedure": ("procedure", "visit"), "visit": ("visit",), "report": ("report", "procedure")}
    kinds["order"] = ("order",)  # an order alone shows nothing done, so no other kind of need takes it
    return procedure.kind in kinds[need.kind] and _is_meant(procedure, need)


def _procedure_hits(need: Need, held: Sequence[Procedure], *, now: datetime) -> list[Hit]:
    dated = [each for each in held if each.at is not None and each.at <= now]
    if not dated:
        return []
    first, latest = dated[0], dated[-1]
    count, days = len({each.day for each in dated}), (latest.at - first.at).days
    label = tidy(latest.label)
    detail = (
        f"{label}, {latest.day}"
        if count == 1
        else f"{label}, {count} times, {first.day} to {latest.day} ({days_in_words(days)})"
    )
    if need.apart_days is not None:
        apart = latest.at <= now - timedelta(days=need.apart_days)
        return [
            Hit(
                apart,
                f"{label}, {latest.day}, {days_in_words((now - latest.at).days)} ago",
                latest.evidence[:1],
                latest.at,
            )
        ]
    if need.count is None and need.days is None:  # the latest alone speaks
        detail, dated = f"{label}, {latest.day}", [latest]
    evidence = tuple(each.cite for each in dated)
    if not _is_fresh(need, latest.at, now=now):
        return [Hit(None, _stale(need, detail), evidence, latest.at)]
    enough = count >= (need.count or 1) and (need.days is None or days >= need.days)
    return [Hit(True if enough else None, detail, evidence, latest.at)]


def _document_hits(need: Need, remarks: Sequence[Remark], *, now: datetime) -> list[Hit]:
    dated = [each for each in remarks if each.at is not None and each.at <= now and not each.is_reason]
    if not dated:
        return []
    latest = dated[-1]
    detail = f"{tidy(latest.label)}, {latest.day}"
    fresh = _is_fresh(need, latest.at, now=now)
    return [Hit(True if fresh else None, detail if fresh else _stale(need, detail), latest.evidence, latest.at)]


def _note_hits(need: Need, remarks: Iterable[Remark], *, now: datetime) -> list[Hit]:
    seen = sorted(remarks, key=lambda each: not each.is_reason)  # a note says more than why one came: it comes last
    hits = [hit for each in seen if (each.at is None or each.at <= now) and (hit := _note_hit(need, each, now=now))]
    held = [each for each in hits if each.holds]
    against = [each for each in hits if each.holds is False]
    if need.ever:  # what is no longer so was so: told, and never the later word on it
        against = [replace(each, at=None) for each in against]
    short = [each for each in hits if each.holds is None]
    return held[-1:] + against[-1:] + (short[-1:] if not held else [])


def _note_hit(need: Need, remark: Remark, *, now: datetime) -> Hit | None:
    """Return what one sentence says of the need, as it is written or else with its abbreviations spelled out."""
    for said in _heard(need, remark):
        if hit := _hit_of(need, remark, said, now=now):
            return hit
    return None


def _hit_of(need: Need, remark: Remark, said: str, *, now: datetime) -> Hit | None:
    def stance(cues: re.Pattern[str]) -> Stance | None:
        return stance_of(said, cues, heading=remark.heading, plans=need.planned, family=need.of_family)

    if need.against is not None and stance(need.against) is Stance.AFFIRMED:
        return _quoting(remark, False)
    if need.cues is None or (need.also is not None and not need.also.search(said)):
        return None
    held = stance(need.cues)
    if held is Stance.DENIED and need.one_sided:
        return None
    if held is None or (need.says is not None and not need.says.search(said)):
        return None
    if held is Stance.DENIED and need.says is None:  # where `says` asks for "negative", that is no denial
        return _quoting(remark, False)
    if not _is_fresh(need, remark.at, now=now):
        if need.one_sided:
            return None
        old = _quoting(remark, None)
        return replace(old, detail=_stale(need, old.detail))
    return _quoting(remark, True if _is_told_enough(need, said) else None)


def _quoting(remark: Remark, holds: bool | None) -> Hit:
    quoted = f"“{shorten(tidy(remark.cite.quote), 140)}”" + (f" ({remark.day})" if remark.day else "")
    return Hit(holds, quoted, remark.evidence, remark.at)


def _heard(need: Need, remark: Remark) -> Iterator[str]:
    """
    Yield the folded sentence, spelled out and as written.

    One that counts visits is heard together with its document's title, and so is one of a report ("Equivocal." under
    "Stress test") where the need says which result is meant.
    """
    for said in remark.heard or hear(remark.words):
        if need.cues is None or need.cues.search(said):
            yield said
        elif (need.days or need.count) and _OF_SESSIONS.search(said):
            yield f"{fold(remark.label)} {said}"
        elif need.says is not None and remark.is_result and need.cues.search(title := fold(remark.label)):
            yield f"{title} {said}"
        else:
            yield said  # it may still speak against


def _is_told_enough(need: Need, said: str) -> bool:
    """Whether the sentence names the duration and the number that are asked for."""
    if need.days is not None and (days_told(said, need.cues) or 0) < need.days:
        return False
    return need.count is None or (visits_told(said, need.cues) or 0) >= need.count
