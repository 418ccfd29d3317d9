"""What holds for the clocks of every shipped rule, whatever happened when: properties, and the odd days."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.deadlines import Event, Phase, clocks_of, facts_of, last_safe_booking_at
from app.core.denial import Coverage
from app.core.people import Party
from app.edges.rulebook import RuleBook

ROOT = Path(__file__).parents[2]
BOOK = RuleBook.load(ROOT / "app" / "rules")
ROWS = ROOT.parent / "shared" / "domain" / "payer_rules.json"
NEW_YORK = "America/New_York"
CALL, NOTICE = timedelta(minutes=20), timedelta(minutes=30)
KINDS = ("denial_posted", "letter_date", "notice_received", "verbal_notice", "request_received", "plan_outreach")

instants = st.datetimes(datetime(2026, 1, 5), datetime(2032, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
plans = st.builds(
    Coverage,
    st.none(),
    st.just(Party(None)),
    st.sampled_from(["commercial", "medicare_advantage", "medicaid", "marketplace"]),
    st.sampled_from(["fully_insured", "self_insured"]),
    st.sampled_from(["IN", "NJ", "CA", "AR", "NY", "TX"]),
)
cases = st.fixed_dictionaries(
    {
        "plan": plans,
        "rule": st.sampled_from([None, *BOOK.payers]),
        "phase": st.sampled_from([Phase.PENDED, Phase.DECIDED, None]),
        "setting": st.sampled_from(["inpatient", "outpatient", "pre_service", "concurrent"]),
        "urgent": st.booleans(),
        "events": st.lists(st.builds(Event, st.sampled_from(KINDS), instants), min_size=1, max_size=4),
    }
)


def facts(case, **changes):
    """Return the facts of a case, seen a day after the last thing that happened."""
    told = {**case, **changes}
    seen = max(each.at for each in case["events"]) + timedelta(days=1)
    return facts_of(calendar=BOOK.calendar, site_zone=NEW_YORK, now=told.pop("now", seen), **told)


def ends(case, **changes):
    """Return when each clock ends, by name."""
    return {each.name: each.ends_at for each in clocks_of(facts(case, **changes))}


def safe(known):
    """Return the last safe moment of some facts."""
    usual = BOOK.calendar.usual_hours(NEW_YORK)
    return last_safe_booking_at(
        clocks_of(known), rule=known.rule, length=CALL, notice=NOTICE, now=known.seen_at, usual=usual
    )


@given(cases, st.sampled_from(["line_of_business", "funding", "state", "setting", "urgent"]))
def test_a_missing_fact_never_makes_a_clock_end_later(case, fact):
    """The earliest defensible reading: with the fact every clock ends then or later, never before."""
    known = ends(case)
    less = {fact: None} if fact in case else {"plan": replace(case["plan"], **{fact: None})}
    without = ends(case, **less)

    assert {name: end for name, end in known.items() if without.get(name, end) > end} == {}
    assert known.keys() <= without.keys()


@given(cases, st.integers(0, 40 * 24 * 60))
def test_the_same_event_told_again_moves_no_clock_later(case, minutes):
    """A second letter, a later posting of what was told already: the first one counts."""
    again = [replace(each, at=each.at + timedelta(minutes=minutes)) for each in case["events"]]
    seen = max(each.at for each in again) + timedelta(days=1)

    assert ends(case, now=seen) == ends(case, events=[*case["events"], *again], now=seen)


@given(cases, st.integers(1, 40 * 24 * 60))
def test_an_earlier_event_moves_no_clock_later(case, minutes):
    """What turns out to have happened earlier can only bring an end nearer."""
    first = case["events"][0]
    earlier = [*case["events"], replace(first, at=first.at - timedelta(minutes=minutes))]
    before, after = ends(case), ends(case, events=earlier)

    assert {name: end for name, end in after.items() if end > before.get(name, end)} == {}


@given(cases, st.integers(0, 400 * 24))
def test_asking_again_later_moves_nothing(case, hours):
    """A restart, another day: the clocks and the last safe moment stand where they stood."""
    first = facts(case)
    again = replace(first, seen_at=first.seen_at + timedelta(hours=hours))

    assert clocks_of(first) == clocks_of(again)
    assert safe(first) == safe(again)


@given(cases, instants)
def test_an_offered_call_stops_no_clock(case, at):
    """The payer's clock to decide runs from the request, whatever it offered since."""
    requested = [*case["events"], Event("request_received", min(each.at for each in case["events"]))]
    seen = max(at, *(each.at for each in requested)) + timedelta(days=1)
    before = ends(case, phase=Phase.PENDED, events=requested, now=seen)
    after = ends(case, phase=Phase.PENDED, events=[*requested, Event("plan_outreach", at)], now=seen)

    assert before.get("determination") == after.get("determination")


@given(cases)
def test_a_call_booked_at_the_last_safe_moment_is_held_in_time(case):
    """It ends before every clock that ends a call, and inside the hours in which the payer answers."""
    known = facts(case)
    latest = safe(known)
    closing = [each.ends_at for each in clocks_of(known) if each.name != "appeal"]
    assert (latest is None) is not bool(closing)
    if latest is None:
        return
    hours = known.rule.hours if known.rule and known.rule.hours else BOOK.calendar.usual_hours(NEW_YORK)
    start, end = latest + NOTICE, latest + NOTICE + CALL
    local_start, local_end = start.astimezone(ZoneInfo(hours.zone)), end.astimezone(ZoneInfo(hours.zone))

    assert end <= min(closing)
    assert hours.opens <= local_start.time() and local_end.time() <= hours.closes
    assert local_start.date() == local_end.date() and local_start.date() not in hours.closed
    assert local_start.weekday() < 5


@given(cases)
def test_every_clock_says_whence_and_what_would_change_it(case):
    """No clock without its rule, its source and its sentence; it never ends before it starts."""
    for each in clocks_of(facts(case)):
        assert each.rule and each.source.startswith("http")
        assert "would change" in each.because and "  " not in each.because
        assert each.starts_at is None or each.starts_at < each.ends_at


@pytest.mark.parametrize(
    ("at", "business_days", "hours", "last_safe"),
    [
        # (a notice, where 2 business days end, where 72 h end, when to book a call before the former), in New York
        ("2026-11-20 16:59", "2026-11-24 17:00", "2026-11-23 16:59", "2026-11-24 16:10"),  # a Friday evening
        ("2026-09-04 18:00", "2026-09-09 17:00", "2026-09-07 18:00", "2026-09-09 16:10"),  # before Labor Day
        ("2026-12-31 09:00", "2027-01-05 17:00", "2027-01-03 09:00", "2027-01-05 16:10"),  # New Year's Eve
        (
            "2027-12-30 09:00",
            "2028-01-04 17:00",
            "2028-01-02 09:00",
            "2028-01-04 16:10",
        ),  # New Year observed on the 31st
        ("2028-02-28 12:00", "2028-03-01 17:00", "2028-03-02 12:00", "2028-03-01 16:10"),  # a leap day
        ("2027-03-12 12:00", "2027-03-16 17:00", "2027-03-15 13:00", "2027-03-16 16:10"),  # the clocks go forward
        ("2026-10-30 16:00", "2026-11-03 17:00", "2026-11-02 15:00", "2026-11-03 16:10"),  # the clocks go back
    ],
)
def test_the_odd_days_of_the_calendar(at, business_days, hours, last_safe):
    """Worked out by hand: long week-ends, the year's end, leap days and both nights of the clock change."""
    when = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo(NEW_YORK)).astimezone(UTC)
    plan = Coverage(None, Party(None), line_of_business="commercial", funding="self_insured", state="NY")
    case = {"plan": plan, "rule": None, "setting": None, "urgent": True, "phase": Phase.DECIDED}
    known = facts({**case, "events": [Event("notice_received", when)]})
    asked = facts({**case, "phase": Phase.PENDED, "events": [Event("request_received", when)]})

    found = {each.name: each.ends_at for each in (*clocks_of(known), *clocks_of(asked))}
    told = [found["p2p_window"], found["determination"], safe(known)]
    assert [business_days, hours, last_safe] == [
        f"{each.astimezone(ZoneInfo(NEW_YORK)):%Y-%m-%d %H:%M}" for each in told
    ]


@pytest.mark.skipif(not ROWS.exists(), reason="../shared does not stand beside the checkout")
def test_every_collected_payer_and_programme_has_its_rule():
    """All thirty rows, by their own keys, each with the source that was read."""
    for row in json.loads(ROWS.read_text("utf-8")):
        rule = BOOK.payer_by_key(row["key"])
        assert rule is not None, row["key"]
        assert rule.source in row["src"] and rule.grade == row["g"][0]


def test_a_vendors_plans_are_told():
    """Each delegated vendor is known as one, and whom it decides for where that was published."""
    vendors = {each.key: each.for_payers for each in BOOK.payers if each.vendor}

    assert {"evicore", "evolent_nia", "evolent_ma", "carelon", "cohere_wiser"} <= vendors.keys()
    assert (("humana_ma",), ("priority_health",)) == (vendors["cohere_humana"], vendors["turningpoint"])
    assert {"evicore"} == set(BOOK.payer_by_key("cigna").vendors)
