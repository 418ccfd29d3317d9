"""Short functions: the walls of house.md §8, with the few that stand beyond them and why."""

import re

import pytest

from tests.house.source import ROOT, functions

FUNCTION_WALL, ROUTE_WALL, DECISION_WALL = 40, 15, 60
# A synthetic patient's story is told in order; cutting it up would hide what happened when.
STORIES = "launch/sandbox/patients/"
BEYOND = {
    "app/core/brief/__init__.py:assemble_brief": "the crux: the order of the page's parts, read from top to bottom",
    "app/core/outcome/writes.py:outcome_effects": "the two writes of one outcome, field by field, side by side",
    "app/edges/store/migrations/versions/0001_first_tables.py:_create_cases": "one column a line",
}
ROUTES_BEYOND = {
    "app/web/case.py:landing": "where a launch lands is told in one place, refusal included",
    "app/web/worklist.py:worklist": "a dozen values for one page, nothing decided",
}
FUNCTIONS = tuple(functions("app", "launch"))
DECISIONS = sorted((ROOT / "docs/decisions").glob("*.md"))


def is_route(decorators: tuple[str, ...]) -> bool:
    """Return whether a function is a page: @bp.get(…), @bp.post(…)."""
    return any(re.match(r"bp\.(get|post|route)\(", each) for each in decorators)


def routes_beyond() -> dict[str, int]:
    """Return the app's own routes beyond their wall; the sandbox is no part of the app."""
    ours = (each for each in FUNCTIONS if not each.file.startswith("launch/sandbox/") and is_route(each.decorators))
    return {each.place: each.lines for each in ours if each.lines > ROUTE_WALL}


def test_function_stays_inside_the_wall():
    """A function of more than 40 lines of its own does two things, unless its name is here with a reason."""
    beyond = {each.place: each.lines for each in FUNCTIONS if each.lines > FUNCTION_WALL}

    assert {place: lines for place, lines in beyond.items() if not place.startswith(STORIES)}.keys() <= BEYOND.keys()


def test_route_stays_inside_the_wall():
    """A route asks flow once and renders; what needs more lines than 15 decides something."""
    assert routes_beyond().keys() <= ROUTES_BEYOND.keys()


def test_every_exception_is_still_needed():
    """A function that has become short enough leaves the list."""
    beyond = {each.place for each in FUNCTIONS if each.lines > FUNCTION_WALL}

    assert (BEYOND.keys() - beyond, ROUTES_BEYOND.keys() - routes_beyond().keys()) == (set(), set())


def test_routes_are_found():
    """The check of the routes sees them: each stage has one at least."""
    rooms = {each.file for each in FUNCTIONS if is_route(each.decorators)}

    assert {f"app/web/{stage}.py" for stage in ("detect", "windows", "slots", "book", "brief")} <= rooms


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem)
def test_decision_is_short_dated_and_complete(decision):
    """A decision record is read in a minute: context, decision, consequences, a date, at most 60 lines."""
    text = decision.read_text("utf-8")

    assert len(text.splitlines()) <= DECISION_WALL
    assert re.search(r"^Date: 20\d\d-\d\d-\d\d$", text, re.MULTILINE)
    assert re.findall(r"^## (\w+)", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]


def test_decisions_are_numbered_without_a_gap():
    """0001, 0002, …: a missing number would be a decision somebody looks for."""
    numbers = [int(path.name[:4]) for path in DECISIONS]

    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) >= 9
