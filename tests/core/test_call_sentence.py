"""The standard sentence of a note: whatever may be kept in the log, it can be read aloud, and has its time and zone."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.call import REACHED, RESULTS, AttemptRefused, attempt_sentence, check_attempt
from app.core.people import Reviewer
from tests.builders import MONDAY, a_booked_case, an_attempt, hours

# With and without summer time, with half hours, beyond the date line; those that differ from their neighbours.
ZONES = (
    "America/New_York", "America/Chicago", "America/Phoenix", "America/Indiana/Indianapolis", "America/Puerto_Rico",
    "Pacific/Guam", "Pacific/Honolulu", "America/Anchorage", "America/Boise", "Asia/Kolkata", "Pacific/Kiritimati",
    "UTC",
)  # fmt: skip
NAMES = st.none() | st.sampled_from(["Pat Example", "Dr O’Brien-Núñez", "<b>Pat</b> & Co", "Li"])
NUMBERS = st.none() | st.sampled_from(["800-555-0100", "1-800-FLOWERS", "+44 20 7946 0958", "800-555-0100 ext. 42#"])
attempts = st.builds(
    an_attempt,
    at=st.integers(0, 2 * 366 * 24 * 60).map(lambda each: MONDAY - timedelta(days=366) + timedelta(minutes=each)),
    direction=st.sampled_from(["ours", "theirs"]),
    reached=st.sampled_from(sorted({*REACHED["ours"], *REACHED["theirs"]})),
    result=st.sampled_from(RESULTS),
    reached_name=NAMES,
    number=NUMBERS,
    callback_number=NUMBERS,
    hold_minutes=st.none() | st.integers(0, 480),
    talk_minutes=st.none() | st.integers(0, 480),
    reviewer=st.none() | st.builds(Reviewer, NAMES, st.none() | st.just("MD"), st.none() | st.just("Cardiology")),
    next_at=st.none() | st.just(MONDAY + hours(5)),
)


def may_be_kept(attempt) -> bool:
    """Whether the log takes it; its time apart, which is another test's."""
    at_hand = replace(attempt, at=MONDAY + hours(3))
    try:
        check_attempt(a_booked_case(), at_hand, now=MONDAY + hours(3))
    except AttemptRefused:
        return False
    return True


@given(attempts.filter(may_be_kept), st.sampled_from(ZONES), st.none() | st.sampled_from(ZONES))
def test_every_entry_makes_one_sentence_that_can_be_read_aloud(attempt, zone, payer_zone):
    """When with its zone, by whom, which number, what came of it: no gap, no code word, nobody who did something."""
    said = attempt_sentence(attempt, zone=zone, payer_zone=payer_zone)
    here = attempt.at.astimezone(ZoneInfo(zone))

    assert re.match(rf"On {here:%d %b %Y} at {here:%H:%M} {re.escape(here.tzname() or '?')}[ :(]", said), said
    assert said.endswith(".") and not said.endswith("..") and "\n" not in said
    for wrong in ("None", "_", "  ", " ,", ", ;", ": ;", ";;", "()", " :", " .", "nobody", ", ,", "with voicemail"):
        assert wrong not in said, said
    assert attempt.number is None or attempt.number in said or attempt.result.endswith("no_show")
    assert attempt.callback_number is None or attempt.callback_number in said
    assert not attempt.hold_minutes or f"{attempt.hold_minutes} min on hold" in said
    if attempt.result == "message_left":
        assert "voicemail" in said or (attempt.reached_name or "no name") in said


def test_the_caller_is_who_called_and_not_who_wrote_it_down():
    """The clinician dialled, the coordinator logged it: the note names the clinician."""
    said = attempt_sentence(an_attempt(placed_by="Dr Test"), zone="America/Chicago")

    assert "by Dr Test:" in said and "Coordinator Test" not in said


@pytest.mark.parametrize(
    ("utc", "zone", "said"),
    [
        ("2026-11-01T05:30", "America/New_York", "01 Nov 2026 at 01:30 EDT"),
        ("2026-11-01T06:30", "America/New_York", "01 Nov 2026 at 01:30 EST"),
        ("2026-07-01T18:00", "America/Phoenix", "01 Jul 2026 at 11:00 MST"),
        ("2026-07-01T18:00", "America/Denver", "01 Jul 2026 at 12:00 MDT"),
        ("2026-07-01T18:00", "Pacific/Guam", "02 Jul 2026 at 04:00 ChST"),
        ("2026-07-01T18:00", "America/Puerto_Rico", "01 Jul 2026 at 14:00 AST"),
    ],
)
def test_the_hour_is_told_as_clocks_there_show_it(utc, zone, said):
    """The hour that comes twice is told apart, and who keeps no summer time is told so."""
    at = datetime.fromisoformat(utc).replace(tzinfo=UTC)

    assert f"On {said}" in attempt_sentence(an_attempt(at=at), zone=zone)


def test_the_same_clock_under_another_name_is_told_once():
    """Phoenix in winter and Denver show one time: nothing stands in brackets; a day apart tells the day."""
    winter, zones = an_attempt(at=MONDAY), {"zone": "America/Phoenix", "payer_zone": "America/Denver"}
    assert "at the payer" not in attempt_sentence(winter, **zones)
    summer = replace(winter, at=MONDAY - timedelta(days=140))
    assert "08:00 MST (09:00 MDT at the payer)" in attempt_sentence(summer, **zones)
    abroad = attempt_sentence(winter, zone="America/Chicago", payer_zone="Pacific/Guam")
    assert "(24 Nov 01:00 ChST at the payer)" in abroad
