"""`parley clocks`: which clocks run on a case and when booking must begin; wrong input is named by its place."""

import io
import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from launch.files.clocks import run

ROOT = Path(__file__).parents[2]
NEW_YORK, PACIFIC = "America/New_York", "America/Los_Angeles"
FRIDAY = "2026-11-20T16:00:00-05:00"
GOOD = {
    "now": "2026-11-20T16:30:00-05:00",
    "payer": "uhc_general",
    "line_of_business": "commercial",
    "funding": "self_insured",
    "state": "NY",
    "lane": "post_denial",
    "setting": "inpatient",
    "urgent": False,
    "events": [{"kind": "denial_posted", "at": FRIDAY}],
}


def command(*args, given, files=("-",)):
    """Run the command; return status, standard output and standard error."""
    text = given if isinstance(given, str) else json.dumps(given)
    out, err = io.StringIO(), io.StringIO()
    status = run([*files, *args], stdin=io.StringIO(text), stdout=out, stderr=err)
    return status, out.getvalue(), err.getvalue()


def answer(**changes):
    """Return the JSON answer to good input with these things changed."""
    status, out, err = command("--json", given={**GOOD, **changes})
    assert (0, "") == (status, err)
    return json.loads(out)


def clock(name, **changes):
    """Return one clock of the answer, None when it does not run."""
    return next((each for each in answer(**changes)["clocks"] if each["name"] == name), None)


def local(words, zone=NEW_YORK):
    """Return an ISO time as "2026-11-24 17:00" in a zone."""
    return f"{datetime.fromisoformat(words).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def event(kind, at=FRIDAY):
    """Return one event as the only one."""
    return [{"kind": kind, "at": at}]


def test_json_holds_each_clock_with_rule_source_and_because():
    """The shape of the command; times carry an offset."""
    found = answer()

    assert ["clocks", "last_safe_booking_at", "because"] == list(found)
    assert ["p2p_window", "appeal"] == [each["name"] for each in found["clocks"]]
    for each in found["clocks"]:
        assert {"name", "starts_at", "ends_at", "rule", "source", "because", "firm"} == set(each)
        assert datetime.fromisoformat(each["ends_at"]).utcoffset() is not None
        assert each["source"].startswith("http") and "What would change it:" in each["because"]
    assert "2026-11-25 16:10" == local(found["last_safe_booking_at"])
    assert all(isinstance(each, str) for each in found["because"])


@pytest.mark.parametrize(
    ("payer", "line", "setting", "kind", "expected", "zone"),
    [
        ("bcbssc", "commercial", "concurrent", "denial_posted", "2026-11-24", NEW_YORK),
        ("uhc_general", "commercial", "inpatient", "denial_posted", "2026-11-25", NEW_YORK),
        ("bcbssc", "commercial", "pre_service", "denial_posted", "2026-11-30", NEW_YORK),
        ("wellpoint_nj", "medicaid", None, "notice_received", "2026-12-02", NEW_YORK),
        ("uhc_mn_hospital", "commercial", "inpatient", "notice_received", "2026-12-02", NEW_YORK),
        ("molina_wa", "medicaid", "pre_service", "notice_received", "2026-12-07", PACIFIC),
        ("regence_rx", "commercial", None, "letter_date", "2026-12-05", PACIFIC),
        ("uhc_general", "commercial", "outpatient", "denial_posted", "2026-12-11", NEW_YORK),
        ("bcbsm_bcn", "commercial", "inpatient", "denial_posted", "2026-11-27", NEW_YORK),
        ("vaya", "medicaid", None, "denial_posted", "2026-11-25", NEW_YORK),
        ("aetna_lack_info", "commercial", None, "letter_date", "2026-12-04", NEW_YORK),
        ("molina_wa", "medicaid", "post_discharge", "discharge", "2026-11-30", PACIFIC),
        ("meridian_il", "medicaid", None, "first_attempt", "2026-11-24", NEW_YORK),
        (None, None, None, "notice_received", "2026-11-24", NEW_YORK),
        ("No Such Health", "commercial", None, "notice_received", "2026-11-24", NEW_YORK),
    ],
)
def test_windows_end_as_worked_out_by_hand(payer, line, setting, kind, expected, zone):
    """The vectors of facts C.2 and C: notice on Friday 2026-11-20, Thanksgiving closed, by the payers' own rules."""
    found = clock("p2p_window", payer=payer, line_of_business=line, setting=setting, state=None, events=event(kind))

    assert expected == local(found["ends_at"], zone)[:10]


def test_a_day_without_hour_is_that_day_in_the_payers_zone():
    """A letter's date has no hour: the days run from the day as written, wherever the reader sits."""
    day = clock("p2p_window", payer="regence_rx", setting=None, events=event("letter_date", "2026-11-20"))

    assert ("2026-11-20 00:00", "2026-12-05 16:00") == (
        local(day["starts_at"], PACIFIC),
        local(day["ends_at"], PACIFIC),
    )


def test_the_line_is_shut_on_saturday_so_friday_is_the_last_safe_day():
    """Facts C.2: fifteen calendar days end on a Saturday; 16:00 on Friday less call and preparation."""
    found = answer(payer="regence_rx", setting=None, state="WA", events=event("letter_date", "2026-11-20"))

    assert "2026-12-04 15:10" == local(found["last_safe_booking_at"], PACIFIC)
    assert "2026-12-04 13:30" == local(
        answer(payer="regence_rx", events=event("letter_date"), length_minutes=30, notice_minutes=120)[
            "last_safe_booking_at"
        ],
        PACIFIC,
    )


def test_an_appeal_may_be_filed_for_180_days_from_receipt():
    """Facts C.2: until 2027-05-19, counted from when the written notice was received, not from the call before it."""
    events = [*event("verbal_notice", "2026-11-18T10:00:00-05:00"), *event("notice_received")]

    assert "2027-05-19" == local(clock("appeal", events=events)["ends_at"])[:10]


@pytest.mark.parametrize(
    ("line", "funding", "state", "urgent", "at", "expected"),
    [
        ("commercial", "fully_insured", "IN", False, FRIDAY, "2026-11-24 16:00"),  # 48 h of business days
        ("commercial", "self_insured", "IN", False, FRIDAY, "2026-12-05 17:00"),  # ERISA is above the state's law
        ("medicare_advantage", None, None, True, "2026-10-30T16:00:00-04:00", "2026-11-02 15:00"),
        ("medicare_advantage", None, None, True, "2026-06-01T09:00:00-04:00", "2026-06-04 09:00"),
        ("medicare_advantage", None, None, False, "2026-06-01T09:00:00-04:00", "2026-06-08 17:00"),
        ("marketplace", "fully_insured", "NY", False, "2026-06-01T09:00:00-04:00", "2026-06-16 17:00"),
        ("commercial", "fully_insured", "CA", False, FRIDAY, "2026-11-30 17:00"),
        ("commercial", "fully_insured", "NJ", False, FRIDAY, "2026-11-27 17:00"),
        ("commercial", "fully_insured", "AR", False, FRIDAY, "2026-11-24 17:00"),
        ("commercial", "fully_insured", "AR", True, FRIDAY, "2026-11-23 16:00"),  # both laws hold; 72 h end first
        ("commercial", "self_insured", "NY", None, FRIDAY, "2026-11-23 16:00"),  # urgent or not is not known
        ("medicaid", "public", "IN", False, "2028-02-24T12:00:00-05:00", "2028-03-02 17:00"),  # over a leap day
    ],
)
def test_the_payer_must_decide_by_line_funding_state_and_urgency(line, funding, state, urgent, at, expected):
    """Facts C.2, D.1–D.3 and the worked cases: from when the request was received."""
    found = clock(
        "determination",
        payer=None,
        line_of_business=line,
        funding=funding,
        state=state,
        urgent=urgent,
        lane="pre_denial",
        now="2029-01-01T00:00:00Z",
        events=event("request_received", at),
    )

    assert expected == local(found["ends_at"])


@pytest.mark.parametrize("offered", ["plan_outreach", "verbal_notice"])
def test_a_call_that_was_only_offered_stops_no_clock(offered):
    """The determination clock runs on from the request, the payer's day of 24 hours from its offer."""
    case = {"payer": "uhc_ma", "line_of_business": "medicare_advantage", "lane": "pre_denial", "setting": None}
    request = event("request_received", "2026-11-18T09:00:00-05:00")
    before, after = clock("determination", **case, events=request), answer(**case, events=[*request, *event(offered)])

    assert before == next(each for each in after["clocks"] if each["name"] == "determination")
    window = next(each for each in after["clocks"] if each["name"] == "p2p_window")
    assert "2026-11-21 16:00" == local(window["ends_at"])
    assert "That a call is offered or asked for stops no clock." in after["because"]


def test_a_payer_that_talks_only_before_it_decides_has_no_window_afterwards():
    """Medicare Advantage after the denial: the appeal is what is left, and that is said."""
    found = answer(payer="humana_ma", line_of_business="medicare_advantage")

    assert ["appeal"] == [each["name"] for each in found["clocks"]]
    assert found["last_safe_booking_at"] is None
    assert any("before it decides only" in each for each in found["because"])


def test_a_service_that_is_over_has_no_call_where_the_payer_says_so():
    """Regence hears nothing after the service."""
    assert clock("p2p_window", payer="regence_med", setting="post_service") is None


def test_the_window_of_a_payer_that_talks_until_it_decides_ends_with_its_clock():
    """Humana, Cohere and others: before the denial, so as long as the law gives them."""
    found = answer(
        payer="humana_ma", line_of_business="medicare_advantage", lane="pre_denial", events=event("request_received")
    )

    assert {"determination", "p2p_window"} == {each["name"] for each in found["clocks"]}
    assert 1 == len({each["ends_at"] for each in found["clocks"]})


@pytest.mark.parametrize(
    ("events", "urgent", "expected"),
    [
        ({"information_requested": "2026-11-23T12:00:00-05:00"}, False, ("2026-12-05 17:00", "2027-01-07 17:00")),
        (
            {"information_requested": "2026-11-23T12:00:00-05:00", "information_sent": "2026-11-30T12:00:00-05:00"},
            False,
            ("2026-12-12 17:00", None),
        ),
        ({"information_requested": "2026-11-21T10:00:00-05:00"}, True, ("2026-11-23 16:00", "2026-11-23 10:00")),
        (
            {"information_requested": "2026-11-21T10:00:00-05:00", "information_sent": "2026-11-22T10:00:00-05:00"},
            True,
            ("2026-11-24 10:00", None),
        ),
        ({"extension_notice": "2026-11-30T12:00:00-05:00"}, False, ("2026-12-20 17:00", None)),
    ],
)
def test_the_federal_claims_rule_waits_for_information(events, urgent, expected):
    """Facts D.2: 45 days, urgent 48 hours, to send it; the clock stands still, and takes 48 hours anew when urgent."""
    told = [*event("request_received"), *({"kind": kind, "at": at} for kind, at in events.items())]
    found = answer(payer=None, lane="pre_denial", urgent=urgent, now="2026-12-31T00:00:00Z", events=told)
    ends = {each["name"]: local(each["ends_at"]) for each in found["clocks"]}

    assert expected == (ends["determination"], ends.get("information"))
    waiting = "information_requested" in events and "information_sent" not in events
    assert waiting is not next(each["firm"] for each in found["clocks"] if each["name"] == "determination")


def test_a_payer_is_called_by_key_or_by_name():
    """A key stands for its payer's rule for this plan; another payer's rule never stands in."""
    assert clock("p2p_window", payer="UnitedHealthcare")["rule"] == clock("p2p_window")["rule"]
    pended = {"lane": "pre_denial", "setting": None, "events": event("plan_outreach")}
    ma = {"line_of_business": "medicare_advantage"}
    assert "uhc_ma: 24 hours" == clock("p2p_window", payer="UnitedHealthcare", **ma, **pended)["rule"]
    assert "cautious: 2 business days" == clock("p2p_window", payer="molina_wa", line_of_business="commercial")["rule"]
    assert "cautious: 2 business days" == clock("p2p_window", payer="Molina", line_of_business="commercial")["rule"]


def test_a_site_counts_with_its_own_rules(tmp_path):
    """Facts C.2: Tuesday 12-08 where the payer closes the day after Thanksgiving, told in the site's folder."""
    change = 'source = "a call"\nverified_on = 2026-11-02\ngrade = "S"\nwhy = "They told us."\n'
    (tmp_path / "ours.toml").write_text(f'override = "molina_wa"\n[closed]\nvalue = [2026-11-27]\n{change}')
    given = {**GOOD, "payer": "molina_wa", "line_of_business": "medicaid", "state": "WA", "setting": "pre_service"}
    status, out, _ = command(
        "--json", "--site-rules", str(tmp_path), given={**given, "events": event("notice_received")}
    )

    assert (0, "2026-12-08 16:00") == (status, local(json.loads(out)["clocks"][0]["ends_at"], PACIFIC))
    (tmp_path / "ours.toml").write_text('override = "nobody"\n')
    status, _, err = command("--site-rules", str(tmp_path), given=given)
    assert 2 == status and "ours.toml, line 1" in err


def test_the_table_says_it_to_people():
    """Without --json: when, what, why, by which rule, and the last safe moment."""
    status, out, _ = command(given=GOOD)

    assert 0 == status
    assert "Wed 25 Nov 2026, 17:00 P2P window closes\n" in out
    assert "Wed 25 Nov 2026, 16:10 last safe moment to book\n" in out
    assert "(a cautious reading)" in command(given={**GOOD, "payer": None})[1]


def test_a_moment_that_has_passed_is_said():
    """Too late is told as such, with what to do."""
    assert "That moment has passed" in answer(now="2026-12-01T12:00:00Z")["because"][-1]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"now": None}, "now"),
        ({"now": "yesterday"}, "now"),
        ({"now": "2026-11-20T16:00:00"}, "now"),
        ({"now": "9999-12-31T23:59:59-12:00"}, "now"),
        ({"payer": 7}, "payer"),
        ({"line_of_business": "dental"}, "line_of_business"),
        ({"funding": "by magic"}, "funding"),
        ({"state": "Texas"}, "state"),
        ({"lane": "fast"}, "lane"),
        ({"setting": "orbit"}, "setting"),
        ({"urgent": "yes"}, "urgent"),
        ({"zone": "Mars/Base"}, "zone"),
        ({"events": {}}, "events"),
        ({"events": [7]}, "events[0]"),
        ({"events": event("denial_posted") + event("party")}, "events[1].kind"),
        ({"events": event("letter_date", "2026-02-30")}, "events[0].at"),
        ({"events": event("letter_date", None)}, "events[0].at"),
        ({"events": event("letter_date", "1850-01-01")}, "events[0].at"),
        ({"length_minutes": -1}, "length_minutes"),
        ({"notice_minutes": 1.5}, "notice_minutes"),
    ],
)
def test_wrong_input_is_named_by_its_place(change, place):
    """A word that nobody knows is no missing fact: it is refused, status 2."""
    status, out, err = command("--json", given={**GOOD, **change})

    assert (2, "") == (status, out)
    assert place in err and "Traceback" not in err


def test_one_bad_file_leaves_the_others(tmp_path):
    """The others still run; with several files each is named."""
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(GOOD))
    bad.write_text('{"now": NaN}')
    status, out, err = command("--json", given="", files=(str(bad), str(good)))

    assert (2, [str(good)]) == (status, [each["file"] for each in json.loads(out)])
    assert str(bad) in err


@pytest.mark.parametrize("host", ["Pacific/Kiritimati", "America/St_Johns"])
def test_the_hosts_zone_and_another_start_move_nothing(host, tmp_path):
    """The same file, asked by fresh processes in other zones and a day later, has the same clocks."""
    (tmp_path / "case.json").write_text(json.dumps(GOOD))
    (tmp_path / "later.json").write_text(json.dumps({**GOOD, "now": "2026-11-21T16:30:00-05:00"}))
    found = subprocess.run(
        [sys.executable, "-m", "launch", "clocks", "case.json", "later.json", "--json"],
        cwd=tmp_path,
        env={"TZ": host, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
        timeout=60,
    )

    here = answer()
    for each in json.loads(found.stdout):
        assert here["clocks"] == each["clocks"]
        assert here["last_safe_booking_at"] == each["last_safe_booking_at"]
