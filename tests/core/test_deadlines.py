"""Clocks end when the payer's rule or the law says, err early where a fact is missing, and say so."""

import json
import os
import time as host_time
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.case import Clock
from app.core.deadlines import clocks_for, last_safe_booking_at, open_hours, window_end
from app.core.denial import Code, Coverage, Decision, Denial, DenialLine, Lane, LineRouting, Offer, Routing
from app.core.denial import Path as Route
from app.core.interval import Interval
from app.core.people import Party
from app.core.rulebook.clocks import BusinessCalendar, Cautious, ClockRule
from app.core.rulebook.payers import PayerHours, PayerRule, WindowRule
from app.core.windows import WindowRefused, read_told_window

NEW_YORK, CHICAGO, PACIFIC = "America/New_York", "America/Chicago", "America/Los_Angeles"
THANKSGIVING, CHRISTMAS = date(2026, 11, 26), date(2026, 12, 25)
CLOSED = frozenset({THANKSGIVING, CHRISTMAS, date(2027, 1, 1)})
FIVE = time(17)
FRIDAY = datetime(2026, 11, 20, 21, tzinfo=UTC)  # 16:00 in New York
NOW = FRIDAY + timedelta(minutes=30)
WEEK = ("MO", "TU", "WE", "TH", "FR")
SHARED = Path(__file__).parents[3] / "shared" / "data" / "clocks" / "expected.json"


def law(key, kind, amount, unit, **more):
    """Return a clock of law."""
    return ClockRule(
        key, kind, "the law", amount, unit, "https://law.example", date(2026, 1, 1), date(2026, 11, 1), "V", **more
    )


LAWS = (
    law("public_urgent", "determination", 72, "hours", lines_of_business=("medicaid",), urgent=True, drugs=False),
    law("public", "determination", 7, "calendar_days", lines_of_business=("medicaid",), urgent=False, drugs=False),
    law("plan_urgent", "determination", 72, "hours", lines_of_business=("commercial",), urgent=True),
    law("plan", "determination", 15, "calendar_days", lines_of_business=("commercial",), urgent=False),
    law(
        "state",
        "determination",
        48,
        "business_hours",
        lines_of_business=("commercial",),
        funding=("fully_insured",),
        states=("IN",),
    ),
    law("public_appeal", "appeal", 60, "calendar_days", lines_of_business=("medicaid",)),
    law("plan_appeal", "appeal", 180, "calendar_days", lines_of_business=("commercial",)),
)
CALENDAR = BusinessCalendar(
    CLOSED, LAWS, Cautious(2, 1, 3, NEW_YORK, time(9), FIVE, "https://caution.example", date(2026, 11, 1))
)


def a_rule(*windows, **more):
    """Return a payer's rule with these windows."""
    return PayerRule(
        "a_payer", "A Payer", ("apayer",), (), (), windows, "https://payer.example", date(2026, 11, 1), "V", **more
    )


def a_denial(**more):
    """Return an answer dated Friday 16:00 in New York."""
    base = Denial("ClaimResponse/1", "preauthorization", "active", "complete", FRIDAY, "Patient/1", Party("A Payer"))
    return replace(base, **more)


def routed(decision=Decision.DENIED, route=Route.P2P, **more):
    """Return a routing."""
    return Routing(decision, route, Lane.POST_DENIAL, (), ("because",), **more)


COMMERCIAL = Coverage(None, Party("A Payer"), line_of_business="commercial", funding="self_insured", state="NY")


def clocks(rule, *, denial=None, coverage=COMMERCIAL, routing=None, site=NEW_YORK, now=NOW, setting=None):
    """Return the clocks by name."""
    found = clocks_for(
        denial or a_denial(),
        coverage,
        routing=routing or routed(),
        rule=rule,
        site_zone=site,
        calendar=CALENDAR,
        now=now,
        setting=setting,
    )
    assert len({each.name for each in found}) == len(found)
    return {each.name: each for each in found}


def local(instant, zone=NEW_YORK):
    """Return an instant as "2026-11-24 17:00" in a zone."""
    return f"{instant.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("amount", "unit", "expected"),
    [
        (2, "business_days", "2026-11-24 17:00"),
        (3, "business_days", "2026-11-25 17:00"),
        (5, "business_days", "2026-11-30 17:00"),
        (7, "business_days", "2026-12-02 17:00"),
        (10, "business_days", "2026-12-07 17:00"),
        (15, "calendar_days", "2026-12-05 17:00"),
        (21, "calendar_days", "2026-12-11 17:00"),
        (7, "calendar_days", "2026-11-27 17:00"),
        (180, "calendar_days", "2027-05-19 17:00"),
        (48, "business_hours", "2026-11-24 16:00"),
    ],
)
def test_windows_end_as_worked_out_by_hand(amount, unit, expected):
    """The vectors of facts C.2: notice on Friday 2026-11-20 at 16:00, Thanksgiving closed."""
    end = window_end(FRIDAY, amount=amount, unit=unit, zone=NEW_YORK, closes=FIVE, closed=CLOSED)

    assert local(end) == expected


def test_ten_business_days_end_later_where_the_payer_closes_the_day_after_thanksgiving():
    """Facts C.2: Tuesday 12-08 for a payer that is closed on 2026-11-27 too."""
    closed = CLOSED | {date(2026, 11, 27)}

    end = window_end(FRIDAY, amount=10, unit="business_days", zone=NEW_YORK, closes=FIVE, closed=closed)

    assert local(end) == "2026-12-08 17:00"


def test_hours_elapse_in_utc_over_the_clock_change():
    """Facts C.2: 72 h from 2026-10-30 16:00 New York end at 15:00 local, for the clocks go back."""
    start = datetime(2026, 10, 30, 16, tzinfo=ZoneInfo(NEW_YORK))

    assert local(window_end(start, amount=72, unit="hours", zone=NEW_YORK, closes=FIVE)) == "2026-11-02 15:00"


@pytest.mark.parametrize(
    ("start", "amount", "unit", "expected"),
    [
        ("2028-02-28T12:00", 1, "calendar_days", "2028-02-29 17:00"),  # a leap day
        ("2028-02-28T12:00", 2, "business_days", "2028-03-01 17:00"),
        ("2026-12-31T20:00", 1, "business_days", "2027-01-04 17:00"),  # New Year on a Friday
        ("2026-11-21T09:00", 1, "business_days", "2026-11-23 17:00"),  # a Saturday counts from Monday
        ("2026-11-25T23:59", 24, "business_hours", "2026-11-27 23:59"),  # the holiday does not count
        ("2026-03-06T16:00", 24, "business_hours", "2026-03-09 16:00"),  # the clocks go forward on Sunday
        ("2026-11-21T09:00", 24, "business_hours", "2026-11-24 00:00"),
    ],
)
def test_leap_days_new_year_and_saturdays(start, amount, unit, expected):
    """The odd days of the calendar, in New York."""
    begins = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(NEW_YORK))

    assert local(window_end(begins, amount=amount, unit=unit, zone=NEW_YORK, closes=FIVE, closed=CLOSED)) == expected


def test_days_are_counted_in_the_payers_zone():
    """22:00 on Friday in Los Angeles is Saturday in New York; a Pacific payer counts from Friday."""
    hours = PayerHours(PACIFIC, WEEK, time(9), time(16), CLOSED)
    rule = a_rule(WindowRule(1, "calendar_days", "denial_posted"), hours=hours)
    late = datetime(2026, 11, 20, 22, tzinfo=ZoneInfo(PACIFIC))

    found = clocks(rule, denial=a_denial(created_at=late), now=late + timedelta(hours=1))

    assert local(found["p2p_window"].ends_at, PACIFIC) == "2026-11-21 16:00"


def test_a_window_that_ends_on_a_closed_day_names_the_last_open_one():
    """Facts C.2: 15 calendar days end on a Saturday; the line is shut, so Friday is the last day."""
    hours = PayerHours(PACIFIC, WEEK, time(9), time(16), CLOSED)
    rule = a_rule(WindowRule(15, "calendar_days", "letter_date"), hours=hours)

    clock = clocks(rule)["p2p_window"]

    assert local(clock.ends_at, PACIFIC) == "2026-12-05 16:00"
    assert "the last day on which it does is Fri 4 Dec 2026" in clock.because


def test_the_shortest_window_counts_while_the_setting_is_unknown():
    """Inpatient 3 business days, outpatient 21 calendar days: 3 until it is known, said and not firm."""
    rule = a_rule(
        WindowRule(21, "calendar_days", "denial_posted", "outpatient"),
        WindowRule(3, "business_days", "denial_posted", "inpatient"),
    )

    unknown, known = clocks(rule)["p2p_window"], clocks(rule, setting="outpatient")["p2p_window"]

    assert (local(unknown.ends_at), unknown.firm) == ("2026-11-25 17:00", False)
    assert "is not known, so the shortest window counts" in unknown.because
    assert (local(known.ends_at), known.firm) == ("2026-12-11 17:00", True)


def test_a_setting_for_which_the_payer_tells_nothing_is_read_with_caution():
    """A window for inpatients only: until the setting is known it may be another, of which nothing is known."""
    rule = a_rule(WindowRule(7, "business_days", "denial_posted", "inpatient"))
    found = {setting: clocks(rule, setting=setting)["p2p_window"] for setting in (None, "inpatient", "outpatient")}

    cautious, told = ("2026-11-24 17:00", False), ("2026-12-02 17:00", True)
    assert [cautious, told, cautious] == [(local(each.ends_at), each.firm) for each in found.values()]


@pytest.mark.parametrize("setting", [None, "inpatient", "pre_service"])
def test_a_window_from_the_payers_first_attempt_waits_for_one(setting):
    """Nobody has called yet: caution counts, whether the setting is told or not (it once ended days early, firmly)."""
    window = clocks(a_rule(WindowRule(2, "business_days", "first_attempt")), setting=setting)["p2p_window"]

    assert ("cautious: 2 business days", False) == (window.rule, window.firm)


def test_unknown_payer_gets_the_cautious_window_and_it_says_so():
    """Facts C.1: two business days from the notice, in the zone that ends first; it orders the work only."""
    clock = clocks(None, site=PACIFIC)["p2p_window"]

    assert local(clock.ends_at) == "2026-11-24 17:00"
    assert not clock.firm
    assert "No rule is known for this payer" in clock.because
    assert clock.source == "https://caution.example"


def test_a_site_east_of_the_cautious_zone_ends_earlier_still():
    """Where the payer's zone is unknown the earlier of the two readings counts."""
    assert local(clocks(None, site="America/Halifax")["p2p_window"].ends_at) == "2026-11-24 16:00"


def test_an_answer_without_date_is_urgent():
    """No created: one business day from when it was first seen, whatever the rule, and said."""
    rule = a_rule(WindowRule(21, "calendar_days", "denial_posted"))

    clock = clocks(rule, denial=a_denial(created_at=None))["p2p_window"]

    assert (local(clock.ends_at), clock.firm) == ("2026-11-23 17:00", False)
    assert "carries no date" in clock.because


def test_an_answer_from_the_future_counts_from_when_it_was_seen():
    """A wrong date never makes a clock end later than today's."""
    rule = a_rule(WindowRule(3, "business_days", "denial_posted"))

    found = clocks(rule, denial=a_denial(created_at=NOW + timedelta(days=30)))

    assert local(found["p2p_window"].ends_at) == "2026-11-25 17:00"
    assert "dated in the future" in found["p2p_window"].because


@pytest.mark.parametrize("route", [Route.P2P, Route.ASK_REASON, Route.REVIEW_MODIFIED, Route.HUMAN])
def test_a_denial_that_may_be_talked_about_has_a_window_and_an_appeal(route):
    """Both clocks run from the answer."""
    found = clocks(a_rule(WindowRule(3, "business_days", "denial_posted")), routing=routed(route=route))

    assert set(found) == {"p2p_window", "appeal"}
    assert local(found["appeal"].ends_at) == "2027-05-19 17:00"


def test_a_benefit_denial_has_only_the_appeals_clock_unless_a_line_is_clinical():
    """The window belongs to calls; one clinical line is enough."""
    rule = a_rule(WindowRule(3, "business_days", "denial_posted"))
    line = LineRouting(1, Decision.DENIED, Route.P2P, (), ("because",))

    assert set(clocks(rule, routing=routed(route=Route.BENEFIT_EXCEPTION))) == {"appeal"}
    mixed = replace(routed(Decision.MIXED, Route.BENEFIT_EXCEPTION), lines=(line,))
    assert set(clocks(rule, routing=mixed)) == {"p2p_window", "appeal"}


@pytest.mark.parametrize("decision", [Decision.APPROVED, Decision.CANCELLED, Decision.ERROR, Decision.NOT_PRIOR_AUTH])
def test_what_was_not_denied_has_no_clock(decision):
    """Nothing runs on an approval."""
    assert clocks(None, routing=routed(decision, Route.NONE)) == {}


def test_a_payer_that_talks_only_before_it_denies_has_no_window_afterwards():
    """Humana's Medicare Advantage rule: after the denial only an appeal helps."""
    assert set(clocks(a_rule(lane="pre_denial"))) == {"appeal"}


def test_pended_counts_the_payers_outreach_and_its_duty_to_decide():
    """24 h from the outreach; 15 days to decide; no appeal against what is not decided."""
    rule = a_rule(WindowRule(24, "hours", "plan_outreach"), lane="pre_denial")
    pended = routed(Decision.PENDED, Route.WAIT)

    found = clocks(rule, denial=a_denial(urgent=False), routing=pended)

    assert {name: local(each.ends_at) for name, each in found.items()} == {
        "p2p_window": "2026-11-21 16:00",
        "determination": "2026-12-05 17:00",
    }


@pytest.mark.parametrize(
    ("line", "funding", "state", "urgent", "expected", "firm"),
    [
        ("commercial", "self_insured", "IN", False, "2026-12-05 17:00", True),
        ("commercial", "self_insured", "IN", True, "2026-11-23 16:00", True),
        ("commercial", "fully_insured", "IN", False, "2026-11-24 16:00", True),
        ("commercial", None, "IN", False, "2026-11-24 16:00", False),
        ("commercial", "fully_insured", "NY", False, "2026-12-05 17:00", True),
        ("commercial", "fully_insured", None, False, "2026-11-24 16:00", False),  # some state's law governs it
        ("medicaid", "public", "IN", False, "2026-11-27 17:00", True),
        ("medicaid", "public", "IN", None, "2026-11-23 16:00", False),
        (None, None, None, False, "2026-11-27 17:00", False),
    ],
)
def test_the_determination_clock_follows_plan_funding_state_and_urgency(line, funding, state, urgent, expected, firm):
    """ERISA for self-insured, the state's law for fully insured, CMS-0057-F for public plans; the shorter in doubt."""
    coverage = Coverage(None, Party("A Payer"), line_of_business=line, funding=funding, state=state)
    pended = routed(Decision.PENDED, Route.WAIT)

    clock = clocks(None, denial=a_denial(urgent=urgent), coverage=coverage, routing=pended)["determination"]

    assert (local(clock.ends_at), clock.firm) == (expected, firm)
    assert ("Not known" in clock.because) is not firm


def test_cms_0057_leaves_drugs_out():
    """A pended drug of a public plan has no determination clock that we could name."""
    line = DenialLine(1, service=Code("https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "J1745"))
    coverage = replace(COMMERCIAL, line_of_business="medicaid", funding="public")

    found = clocks(None, denial=a_denial(lines=(line,)), coverage=coverage, routing=routed(Decision.PENDED, Route.WAIT))

    assert found == {}


def test_a_law_counts_from_its_effective_date():
    """An answer of 2025 has no clock by a rule of 2026."""
    old = a_denial(created_at=FRIDAY - timedelta(days=400))

    assert clocks(None, denial=old, routing=routed(Decision.PENDED, Route.WAIT)) == {}


def test_the_payers_own_deadline_is_shown_beside_the_rules_and_the_earlier_wins():
    """The words give Tuesday noon, the rule Wednesday."""
    rule = a_rule(WindowRule(3, "business_days", "denial_posted"))
    noon = datetime(2026, 11, 24, 17, tzinfo=UTC)
    offer = Offer(noon, "800-555-0100", None, "Call us  by\nTuesday noon")

    found = clocks(rule, routing=routed(offer=offer))

    assert list(found) == ["offer", "p2p_window", "appeal"]
    assert found["offer"].ends_at == noon
    assert "“Call us by Tuesday noon”" in found["offer"].because
    safe = last_safe_booking_at(found.values(), rule=rule, length=timedelta(minutes=20), notice=timedelta(0), now=NOW)
    assert local(safe) == "2026-11-24 11:40"


def test_the_payers_own_deadline_replaces_our_caution():
    """Two business days are assumed of an unknown payer only while it has told nothing itself."""
    offer = Offer(datetime(2026, 12, 4, 17, tzinfo=UTC), None, None, "until 4 December")

    assert set(clocks(None, routing=routed(offer=offer))) == {"offer", "appeal"}


def test_the_payers_own_deadline_settles_which_window_it_means():
    """Until 30 November: the three days of an inpatient stay cannot be meant, so the longer window is, and firmly."""
    rule = a_rule(
        WindowRule(3, "business_days", "denial_posted", "inpatient"),
        WindowRule(21, "calendar_days", "denial_posted", "outpatient"),
    )
    offer = Offer(datetime(2026, 11, 30, 22, tzinfo=UTC), None, None, "until 30 November")

    found = clocks(rule, routing=routed(offer=offer))

    assert ["offer", "p2p_window", "appeal"] == list(found)
    assert (local(found["p2p_window"].ends_at), found["p2p_window"].firm) == ("2026-12-11 17:00", True)
    assert "rule out its shorter windows" in found["p2p_window"].because


def test_a_window_as_long_as_the_appeal_ends_with_it():
    """Superior and Evolent take the call as long as an appeal may be filed."""
    found = clocks(a_rule(WindowRule(0, "appeal_period", "denial_posted")))

    assert found["p2p_window"].ends_at == found["appeal"].ends_at
    assert found["p2p_window"].source == "https://payer.example"


def test_every_clock_says_from_what_by_which_rule_and_source():
    """No clock without its because."""
    for clock in clocks(a_rule(WindowRule(7, "business_days", "notice_received"))).values():
        assert clock.rule
        assert clock.source.startswith("https://")
        assert "20 Nov 2026" in clock.because
    assert (
        "is the earliest it can be"
        in clocks(a_rule(WindowRule(7, "business_days", "notice_received")))["p2p_window"].because
    )


def ending(at, name="p2p_window"):
    """Return a clock that ends then."""
    return Clock(name, None, at, "rule", "https://source.example", "because")


MINUTES = timedelta(minutes=1)


def safe(clock_ends, *, hours=None, usual=None, length=20, notice=30, now=NOW):
    """Return the last safe moment, in New York."""
    rule = a_rule(hours=hours) if hours else None
    found = last_safe_booking_at(
        [ending(each) for each in clock_ends],
        rule=rule,
        length=length * MINUTES,
        notice=notice * MINUTES,
        now=now,
        usual=usual,
    )
    return found and local(found)


def test_last_safe_is_the_clock_less_call_and_notice():
    """Nothing known of the payer's hours: only the clock counts."""
    assert safe([datetime(2026, 11, 24, 22, tzinfo=UTC)]) == "2026-11-24 16:10"


def test_last_safe_lies_inside_the_payers_hours():
    """The clock ends on Saturday night; the payer closes on Friday at five."""
    hours = PayerHours(NEW_YORK, WEEK, time(9), FIVE, CLOSED)

    assert safe([datetime(2026, 12, 6, 3, tzinfo=UTC)], hours=hours) == "2026-12-04 16:10"


def test_last_safe_skips_holidays_and_hours_too_short_for_the_call():
    """The clock ends ten minutes into the day after Thanksgiving: Wednesday is the last day."""
    hours = PayerHours(NEW_YORK, WEEK, time(9), FIVE, CLOSED)

    assert safe([datetime(2026, 11, 27, 14, 10, tzinfo=UTC)], hours=hours) == "2026-11-25 16:10"


def test_last_safe_assumes_usual_hours_where_the_payers_are_unknown():
    """A clock of hours that ends at three in the night is no time to call."""
    night = datetime(2026, 11, 24, 8, tzinfo=UTC)

    assert safe([night], usual=CALENDAR.usual_hours(NEW_YORK)) == "2026-11-23 16:10"


def test_last_safe_may_be_past_and_is_none_without_a_clock():
    """Overdue is told as the moment that passed; an appeal alone ends no call."""
    assert safe([NOW - timedelta(hours=1)]) == "2026-11-20 14:40"
    assert last_safe_booking_at((), rule=None, length=MINUTES, notice=MINUTES, now=NOW) is None
    appeal = [ending(NOW + timedelta(days=60), "appeal")]
    assert last_safe_booking_at(appeal, rule=None, length=MINUTES, notice=MINUTES, now=NOW) is None


def test_payer_is_open_in_its_own_hours_over_the_clock_change():
    """Nine in New York is 13:00 UTC before the change and 14:00 after it; never on a holiday."""
    hours = PayerHours(NEW_YORK, WEEK, time(9), FIVE, CLOSED)
    span = Interval(datetime(2026, 10, 30, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC))

    assert [f"{each.start:%m-%d %H}" for each in open_hours(hours, span)] == ["10-30 13", "11-02 14"]
    assert open_hours(hours, Interval(datetime(2026, 11, 26, tzinfo=UTC), datetime(2026, 11, 27, 8, tzinfo=UTC))) == ()


units = st.sampled_from(["hours", "business_hours", "calendar_days", "business_days"])
instants = st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
zones = st.sampled_from([NEW_YORK, CHICAGO, PACIFIC, "America/St_Johns", "Pacific/Honolulu", "Asia/Kolkata"])


@given(instants, st.integers(1, 60), units, zones, st.integers(0, 10_000))
def test_a_later_start_or_a_longer_window_never_ends_earlier(start, amount, unit, zone, later):
    """Clocks are monotone, over every clock change and holiday."""
    how = {"unit": unit, "zone": zone, "closes": FIVE, "closed": CLOSED}
    end = window_end(start, amount=amount, **how)

    assert end <= window_end(start, amount=amount + 1, **how)
    assert end <= window_end(start + timedelta(minutes=later), amount=amount, **how)
    assert end >= start if unit != "calendar_days" else end.date() > start.date() - timedelta(days=1)


@given(instants, st.integers(1, 15), zones)
def test_business_days_are_as_many_as_were_asked(start, amount, zone):
    """Between the start's day and the end's lie exactly that many days that count."""
    end = window_end(start, amount=amount, unit="business_days", zone=zone, closes=FIVE, closed=CLOSED)
    day, last = (each.astimezone(ZoneInfo(zone)).date() for each in (start, end))
    counted = sum(
        1
        for n in range(1, (last - day).days + 1)
        if (day + timedelta(days=n)).weekday() < 5 and day + timedelta(days=n) not in CLOSED
    )

    assert counted == amount
    assert f"{end.astimezone(ZoneInfo(zone)):%H:%M}" == "17:00"


@pytest.mark.parametrize("host", ["Pacific/Kiritimati", "America/Los_Angeles", "Asia/Kathmandu"])
def test_clocks_never_move_with_the_hosts_zone(host):
    """A server moved across the world tells the same deadlines and the same words."""
    rule = a_rule(WindowRule(3, "business_days", "denial_posted"), WindowRule(48, "business_hours", "letter_date"))
    before = clocks(rule, site=CHICAGO)
    kept = os.environ.get("TZ")
    try:
        os.environ["TZ"] = host
        host_time.tzset()
        moved = clocks(rule, site=CHICAGO)
    finally:
        os.environ.pop("TZ") if kept is None else os.environ.update(TZ=kept)
        host_time.tzset()

    assert moved == before


@pytest.mark.skipif(not SHARED.exists(), reason="../shared does not stand beside the checkout")
def test_worked_clock_cases_of_shared():
    """Decision clocks, a booking over two zones, a wall time that does not exist, business days."""
    for case in json.loads(SHARED.read_text())["cases"]:
        _CHECKS[case["kind"]](case)


def _decision(case):
    start = datetime.fromisoformat(case["received_local"]).replace(tzinfo=ZoneInfo(case["tz"]))
    urgent = case["request"] == "expedited"
    coverage = replace(COMMERCIAL, line_of_business="medicaid", funding="public")
    hours = PayerHours(case["tz"], WEEK, time(9), FIVE, CLOSED)
    found = clocks(
        a_rule(hours=hours),
        denial=a_denial(created_at=start, urgent=urgent),
        coverage=coverage,
        routing=routed(Decision.PENDED, Route.WAIT),
    )["determination"].ends_at
    if "expect_due_utc" in case:
        assert found == datetime.fromisoformat(case["expect_due_utc"])
    else:
        assert local(found, case["tz"])[:10] == case["expect_due_date"]


def _booking(case):
    day, wall = case["local"].split("T")
    end = f"{int(wall[:2]) + 1}{wall[2:5]}"
    if "expect_utc" in case:
        found = read_told_window(day=day, start=wall[:5], end=end, zone=case["tz"])
        assert found.start == datetime.fromisoformat(case["expect_utc"])
    else:
        with pytest.raises(WindowRefused) as refused:
            read_told_window(day=day, start=wall[:5], end=end, zone=case["tz"])
        assert refused.value.field == "start"


def _business_days(case):
    start = datetime.fromisoformat(case["from_date"]).replace(hour=12, tzinfo=ZoneInfo(NEW_YORK))
    end = window_end(start, amount=case["n"], unit="business_days", zone=NEW_YORK, closes=FIVE, closed=CLOSED)
    assert local(end)[:10] == case["expect_date"]


_CHECKS = {"decision-clock": _decision, "booking": _booking, "business-days": _business_days}
