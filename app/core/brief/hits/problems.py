"""Problems and intolerances of the chart that speak to a need, and problems that the request itself names."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from app.core.brief.facts import Allergy, Chart, Problem
from app.core.brief.hits.hit import Hit, is_meant
from app.core.brief.words import tidy
from app.core.denial import Code
from app.core.rulebook.criteria import Need, plain_code


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


def problem_hits(need: Need, chart: Chart, *, diagnoses: Sequence[Code], now: datetime) -> list[Hit]:
    """Return the problem that the need speaks of, one that the request names before the latest of its kind."""
    asked = asked_problems(chart, diagnoses)
    if need.kind == "diagnosis":
        return [_problem_hit(each) for each in asked[:1]]
    ranked = asked + tuple(each for each in chart.problems[::-1] if each.active)
    return [_lasting(need, each, now=now) for each in ranked if is_meant(each, need)][:1]


def allergy_hits(need: Need, allergies: Sequence[Allergy]) -> list[Hit]:
    """Return the latest intolerance that the need speaks of."""
    return [
        Hit(True, f"intolerance to {tidy(each.label)}{reaction}", each.evidence, each.at)
        for each in allergies
        if is_meant(each, need)
        for reaction in [f" ({tidy(each.reaction)})" if each.reaction else ""]
    ][-1:]


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
