"""The starts that a rule names are those that dateutil finds, for any rule whose meaning calendars share."""

import json
import os
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.edges.calendars.ics.recurrence import LATEST, check_reach, walk
from app.edges.calendars.ics.rule import BadRule, read_rule

SHARED = Path(__file__).parents[4] / "shared/data/calendars/rrule-expected.json"
CASES = json.loads(SHARED.read_text())["cases"] if SHARED.exists() else []
NIGHTLY = os.environ.get("PARLEY_NIGHTLY") == "1"
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
REACH = {"HOURLY": timedelta(days=100), "MINUTELY": timedelta(days=4)}  # others: nine years


def starts(rule: str, first: datetime, *, upper: datetime, lower: datetime | None = None, of_days=False):
    """Return the starts of a rule as text."""
    read = read_rule(rule, of_days=of_days)
    check_reach(read, first)
    return list(walk(read, first, lower=lower or first, upper=upper, tick=lambda: None))


def wall(text: str) -> datetime:
    """Return the wall time of "20260101" or "20260101T090000", a Z aside."""
    return datetime.fromisoformat(text.rstrip("Z"))


@pytest.mark.skipif(not CASES, reason="../shared/data does not stand beside the checkout")
@pytest.mark.parametrize("case", [each for each in CASES if each.get("judged")], ids=lambda each: each["id"])
def test_rule_names_what_others_worked_out(case: dict):
    """Lists of libical and ical.net where dateutil agrees; what must be rejected is."""
    first, of_days = wall(case["dtstart"]), "T" not in case["dtstart"]
    told = dict(each.split("=") for each in case["rrule"].split(";"))
    how = {"upper": wall(told["UNTIL"]) if "UNTIL" in told else LATEST, "of_days": of_days}
    if case.get("must_reject"):
        with pytest.raises(BadRule):
            starts(case["rrule"], first, **how)
        return
    found = starts(case["rrule"], first, lower=wall(case.get("start_at", case["dtstart"])), **how)

    assert found == [wall(each) for each in case["instances"]]


def numbers(least: int, most: int, *, several: int = 3):
    """Lists of numbers as they stand in a rule, 0 never among those that may be negative."""
    each = st.integers(least, most).filter(lambda number: number or least == 0)
    return st.lists(each, min_size=1, max_size=several, unique=True).map(lambda some: ",".join(map(str, some)))


@st.composite
def rules(draw) -> tuple[str, datetime]:
    """A rule that RFC 5545 allows, and a first start."""
    freq = draw(st.sampled_from(("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY")))
    parts = {"FREQ": freq, "INTERVAL": str(draw(st.integers(1, 5)))}
    offered = {
        "BYMONTH": numbers(1, 12),
        "BYMONTHDAY": numbers(-31, 31),
        "BYYEARDAY": numbers(-366, 366),
        "BYWEEKNO": numbers(1, 53),
        "BYDAY": st.lists(st.sampled_from(DAYS), min_size=1, max_size=4, unique=True).map(",".join),
        "BYHOUR": numbers(0, 23, several=2),
        "BYMINUTE": numbers(0, 59, several=2),
    }
    never = {"WEEKLY": {"BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"}, "YEARLY": set()}.get(freq, {"BYYEARDAY", "BYWEEKNO"})
    names = draw(st.lists(st.sampled_from(sorted(offered.keys() - never)), max_size=3, unique=True))
    parts |= {name: draw(offered[name]) for name in names}
    if "BYDAY" in parts and freq in ("YEARLY", "MONTHLY") and "BYWEEKNO" not in parts and draw(st.booleans()):
        parts["BYDAY"] = ",".join(
            f"{draw(st.sampled_from((1, 2, 4, -1, -2)))}{day}" for day in parts["BYDAY"].split(",")
        )
    if names and freq != "WEEKLY" and draw(st.booleans()):
        parts["BYSETPOS"] = draw(numbers(-3, 3))
    if draw(st.booleans()):
        parts["COUNT"] = str(draw(st.integers(1, 40)))
    if draw(st.booleans()):
        parts["WKST"] = draw(st.sampled_from(DAYS))
    first = wall("20240101") + timedelta(minutes=draw(st.integers(0, 60 * 24 * 800)))
    # Where dateutil is known to read otherwise: a week number alone names its first start's weekday.
    assume("BYWEEKNO" not in parts or parts.keys() & {"BYDAY", "BYMONTHDAY", "BYYEARDAY"})
    return ";".join(f"{name}={value}" for name, value in parts.items()), first


def by_dateutil(rule: str, first: datetime, upper: datetime) -> list[datetime]:
    """Return the first starts by dateutil, which searches a rule without any until the year 9999: UNTIL stops it."""
    found = rrulestr(rule, dtstart=first)
    return [each for each in islice(found.xafter(first, inc=True), 400) if each <= upper]


@pytest.mark.timeout(3600 if NIGHTLY else 120)
@settings(max_examples=20_000 if NIGHTLY else 300, deadline=None)
@given(rules(), st.integers(0, 2000))
def test_walk_agrees_with_dateutil(told: tuple[str, datetime], later: int):
    """From the first start, and from the middle, which must not change what follows."""
    rule, first = told
    upper = first + REACH.get(rule.partition(";")[0].removeprefix("FREQ="), timedelta(days=366 * 9))
    found = starts(rule, first, upper=upper)
    assume(found)  # dateutil would search the rest of time
    expected = by_dateutil(f"{rule};UNTIL={upper:%Y%m%dT%H%M%S}" if "COUNT" not in rule else rule, first, upper)
    lower = first + (upper - first) * later / 2000

    assert found[: len(expected)] == expected
    assert len(found) == len(expected) or len(expected) == 400
    assert starts(rule, first, lower=lower, upper=upper) == [each for each in found if each >= lower]


@pytest.mark.parametrize("rule", ["FREQ=YEARLY;BYWEEKNO=20", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=TU"])
def test_week_number_alone_takes_the_weekday_of_the_first_start(rule: str):
    """RFC 5545 fills in what a rule leaves open from DTSTART; a week is no seven days."""
    found = starts(rule, wall("20260512T090000"), upper=wall("20281231"))

    assert found == [wall("20260512T090000"), wall("20270518T090000"), wall("20280516T090000")]


def test_numbered_and_plain_weekdays_add_up():
    """Every Monday and the second Tuesday."""
    found = starts("FREQ=MONTHLY;BYDAY=MO,2TU;COUNT=4", wall("20250106"), upper=LATEST)

    assert [each.day for each in found] == [6, 13, 14, 20]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;COUNT=1000000",
        "FREQ=SECONDLY;COUNT=1000000000",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=WEEKLY;BYDAY=MO",
        "FREQ=MINUTELY;BYHOUR=3;BYMINUTE=7",
    ],
)
def test_walk_takes_as_many_steps_as_the_window_has_periods(rule: str):
    """Where the rule began, and whether it names anything, costs nothing."""
    steps = []
    found = walk(
        read_rule(rule, of_days=False),
        wall("19000101"),
        lower=wall("20261101"),
        upper=wall("20261101T010000") if "SECONDLY" in rule else wall("20261201"),
        tick=lambda: steps.append(1),
    )

    assert len(list(found)) + len(steps) < 12_000


def test_years_at_both_ends_of_time_are_walked():
    """The first and the last year there is."""
    assert len(starts("FREQ=DAILY", wall("99991201"), upper=LATEST)) == 31
    assert len(starts("FREQ=WEEKLY", wall("00010101"), upper=wall("00010201"))) == 5
    assert len(starts("FREQ=MONTHLY;BYDAY=-1FR", wall("99991101"), upper=LATEST)) == 2
