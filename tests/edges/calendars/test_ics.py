"""Calendar files say when somebody is busy, whatever wrote them; what they do not say clearly is told."""

import pytest

from app.core.slots.calendars import BusyKind
from app.edges.calendars.ics import read_ics
from app.edges.calendars.ics.lines import MOST_BYTES
from app.errors import BadInput
from tests.edges.calendars.writing import CHICAGO, NEW_YORK_RULES, NOVEMBER, busy, calendar, event, read, span, told

TEN = ("DTSTART:20261102T160000Z", "DTEND:20261102T170000Z")
WEEKLY = ("DTSTART;TZID=America/Chicago:20261019T100000", "DTEND;TZID=America/Chicago:20261019T110000")


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        ((), BusyKind.BUSY),
        (("STATUS:CONFIRMED", "TRANSP:OPAQUE"), BusyKind.BUSY),
        (("STATUS:X-OURS",), BusyKind.BUSY),
        (("STATUS:TENTATIVE",), BusyKind.TENTATIVE),
        (("status:tentative",), BusyKind.TENTATIVE),
        (("STATUS:CANCELLED",), None),
        (("TRANSP:TRANSPARENT",), None),
        (("TRANSP:TRANSPARENT", "STATUS:TENTATIVE"), None),
        (("X-MICROSOFT-CDO-BUSYSTATUS:FREE",), None),
        (("X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE",), BusyKind.TENTATIVE),
        (("X-MICROSOFT-CDO-BUSYSTATUS:OOF",), BusyKind.UNAVAILABLE),
        (("X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE",), BusyKind.BUSY),
        (("X-MICROSOFT-CDO-BUSYSTATUS:FREE", "TRANSP:OPAQUE"), BusyKind.BUSY),
        (("X-MICROSOFT-CDO-BUSYSTATUS:BUSY", "TRANSP:TRANSPARENT"), None),
    ],
)
def test_status_and_transparency_say_what_blocks(lines, kind):
    """RFC 4791, section 7.10; where Outlook's own word and TRANSP differ, TRANSP was written later."""
    assert [each.kind for each in read(event(*TEN, *lines)).busy] == ([kind] if kind else [])


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("ATTENDEE;PARTSTAT=ACCEPTED:mailto:Dr@Example.org", BusyKind.BUSY),
        ("ATTENDEE;PARTSTAT=DECLINED:mailto:dr@example.org", None),
        ('ATTENDEE;CN="Doctor: Who; Ever";PARTSTAT=DECLINED:MAILTO:dr@example.org', None),
        ("ATTENDEE;PARTSTAT=DECLINED;EMAIL=dr@example.org:urn:uuid:1", None),
        ("ATTENDEE;PARTSTAT=TENTATIVE:mailto:dr@example.org", BusyKind.TENTATIVE),
        ("ATTENDEE:mailto:dr@example.org", BusyKind.TENTATIVE),
        ("ATTENDEE;PARTSTAT=DECLINED:mailto:other@example.org", BusyKind.BUSY),
    ],
)
@pytest.mark.parametrize("named", ["by who asks", "by the calendar"])
def test_answer_of_the_owner_counts(answer, kind, named):
    """An invitation that the owner has declined is free, one not answered is tentative; others' answers say nothing."""
    asked = {"owner": "DR@example.org"} if named == "by who asks" else {"head": "X-WR-CALNAME:dr@example.org"}

    assert [each.kind for each in read(event(*TEN, answer), **asked).busy] == ([kind] if kind else [])


def test_file_of_cancellations_blocks_nothing():
    """METHOD:CANCEL takes back what it holds."""
    assert busy(event(*TEN), head="METHOD:CANCEL") == []


def test_tentative_and_firm_time_are_merged_apart():
    """Kinds may overlap, as in a server's free-busy answer; each is merged within itself (RFC 4791, section 7.10)."""
    found = read(
        event(*TEN, uid="1"),
        event("DTSTART:20261102T170000Z", "DTEND:20261102T180000Z", uid="2"),
        event("DTSTART:20261102T163000Z", "DTEND:20261102T190000Z", "STATUS:TENTATIVE", uid="3"),
    )

    assert told(found, BusyKind.BUSY) == ["11-02T16:00/18:00"]
    assert told(found, BusyKind.TENTATIVE) == ["11-02T16:30/19:00"]


def test_todos_journals_and_alarms_do_not_block():
    """Only events, VFREEBUSY and VAVAILABILITY tell of busy time; what an alarm says is not the event's."""
    alarm = "BEGIN:VALARM\nTRIGGER:-PT15M\nDURATION:PT5H\nSTATUS:CANCELLED\nDTSTART:20261109T160000Z\nEND:VALARM"
    todo = "BEGIN:VTODO\nUID:t\nDTSTART:20261103T160000Z\nDUE:20261103T170000Z\nEND:VTODO"

    assert busy(event("DTSTART:20261102T160000Z", alarm, "DTEND:20261102T170000Z"), todo) == ["11-02T16:00/17:00"]


@pytest.mark.parametrize(
    ("lines", "times"),
    [
        (("DTSTART:20261102T100000",), []),
        (("DTSTART:20261102T100000", "DTEND:20261102T100000"), []),
        (("DTSTART:20261102T100000", "DURATION:PT0S"), []),
        (("DTSTART:20261102T100000", "DURATION:PT90M"), ["11-02T16:00/17:30"]),
        (("DTSTART;VALUE=DATE:20261102",), ["11-02T06:00/11-03T06:00"]),
        (("DTSTART:20261102",), ["11-02T06:00/11-03T06:00"]),
        (("DTSTART;VALUE=DATE:20261102", "DTEND;VALUE=DATE:20261102"), ["11-02T06:00/11-03T06:00"]),
        (("DTSTART;VALUE=DATE:20261102", "DTEND;VALUE=DATE:20261104"), ["11-02T06:00/11-04T06:00"]),
        (("DTSTART;VALUE=DATE:20261102", "DURATION:P1W"), ["11-02T06:00/11-09T06:00"]),
        (("DTSTART:20261102T100000", "DTEND:20261103"), ["11-02T16:00/11-03T06:00"]),
        (("DTSTART:20261102T1000", "DTEND:20261102T1030"), ["11-02T16:00/16:30"]),
        (("DTSTART:20261102T230000", "DTEND:20261102T240000"), ["11-03T05:00/06:00"]),
        (("DTSTART:2026-11-02T10:00:00-05:00", "DTEND:2026-11-02T10:30:00-05:00"), ["11-02T15:00/15:30"]),
        (("DTSTART:20251101T000000Z", "DTEND:20271101T000000Z"), ["11-01T00:00/12-01T00:00"]),
        (("DTSTART:20261031T230000Z", "DTEND:20261101T010000Z"), ["11-01T00:00/01:00"]),
        (("DTSTART:20261031T230000Z", "DTEND:20261101T000000Z"), []),
        (("DTSTART:20261201T000000Z", "DTEND:20261201T010000Z"), []),
    ],
)
def test_time_of_an_event_is_read_however_it_is_written(lines, times):
    """A time alone blocks nothing, a date alone its day in the zone; ends are open; only the span's part is given."""
    assert busy(event(*lines)) == times


@pytest.mark.parametrize(
    ("lines", "times"),
    [
        # 8 March 2026, 02:00 becomes 03:00; 1 November 2026, 02:00 becomes 01:00
        (("DTSTART:20260308T023000", "DTEND:20260308T040000"), ["03-08T08:30/09:00"]),
        (("DTSTART:20260308T013000", "DTEND:20260308T033000"), ["03-08T07:30/08:30"]),
        (("DTSTART:20261101T013000", "DTEND:20261101T023000"), ["11-01T06:30/08:30"]),
        (("DTSTART;VALUE=DATE:20260308",), ["03-08T06:00/03-09T05:00"]),
        (("DTSTART;VALUE=DATE:20261101",), ["11-01T05:00/11-02T06:00"]),
        (("DTSTART:20260307T120000", "DURATION:P1D"), ["03-07T18:00/03-08T17:00"]),
        (("DTSTART:20260307T120000", "DURATION:PT24H"), ["03-07T18:00/03-08T18:00"]),
        (("DTSTART:20260307T120000", "DURATION:P1DT1H"), ["03-07T18:00/03-08T18:00"]),
    ],
)
def test_nights_of_the_change_are_read_as_the_standard_says(lines, times):
    """A skipped time takes the offset before the gap, a double one is the first; days are nominal, hours exact."""
    assert busy(event(*lines), within=span("2026-01-01", "2027-01-01")) == times


def test_length_told_by_an_end_stays_exact_over_the_change():
    """RFC 5545, section 3.8.5.3: DTEND gives every instance the same exact length, DURATION the same nominal one."""
    every = ("DTSTART:20260306T220000", "RRULE:FREQ=DAILY;COUNT=3")
    by_end = busy(event(*every, "DTEND:20260307T070000"), within=span("2026-03-01", "2026-03-12"))
    by_day = busy(event(*every, "DURATION:P1D"), within=span("2026-03-07T12:00", "2026-03-12"))

    assert by_end == ["03-07T04:00/13:00", "03-08T04:00/13:00", "03-09T03:00/12:00"]
    assert by_day == ["03-07T12:00/03-10T03:00"]


@pytest.mark.parametrize(
    ("tzid", "head", "times"),
    [
        ("America/New_York", "", ["11-02T15:00/16:00"]),
        ("america/new_york", "", ["11-02T15:00/16:00"]),
        ("/freeassociation.sourceforge.net/America/New_York", "", ["11-02T15:00/16:00"]),
        ("/mozilla.org/20050126_1/America/Indiana/Indianapolis", "", ["11-02T15:00/16:00"]),
        ("Eastern Standard Time", "", ["11-02T15:00/16:00"]),
        ('"Eastern Time (US & Canada)"', "", ["11-02T15:00/16:00"]),
        ('"(UTC-05:00) Eastern Time (US & Canada)"', "", ["11-02T15:00/16:00"]),
        ("Our Own", NEW_YORK_RULES.format(tzid="Our Own"), ["11-02T15:00/16:00"]),
        ('"Here, There"', NEW_YORK_RULES.format(tzid="Here\\, There"), ["11-02T15:00/16:00"]),
        ("GMT+01:00", "", ["11-02T09:00/10:00"]),
        ("Etc/GMT+5", "", ["11-02T15:00/16:00"]),
        ("UTC", "", ["11-02T10:00/11:00"]),
        ("EST", NEW_YORK_RULES.format(tzid="EST"), ["11-02T15:00/16:00"]),
    ],
)
def test_zone_is_found_by_whatever_name(tzid, head, times):
    """IANA's names, vendors' prefixes of them, Windows' names, the file's own rules, an offset in the name."""
    lines = (f"DTSTART;TZID={tzid}:20261102T100000", f"DTEND;TZID={tzid}:20261102T110000")

    assert busy(event(*lines), head=head) == times


def test_own_rules_of_a_file_follow_its_summer():
    """The VTIMEZONE's two parts take turns; the rules of Exchange begin in 1601."""
    lines = ("DTSTART;TZID=Ours:20260301T100000", "DURATION:PT1H", "RRULE:FREQ=MONTHLY;COUNT=10")
    times = busy(event(*lines), head=NEW_YORK_RULES.format(tzid="Ours"), within=span("2026-01-01", "2027-01-01"))

    assert [each[6:11] for each in times] == ["15:00", *["14:00"] * 7, "15:00", "15:00"]


def test_outdated_copy_of_a_known_zone_is_not_believed():
    """Files carry the rules of 1990 under a name of today; the appointment was made by the clocks of today."""
    old = NEW_YORK_RULES.format(tzid="America/New_York").replace("1SU;BYMONTH=11", "-1SU;BYMONTH=10")
    lines = ("DTSTART;TZID=America/New_York:20261028T100000", "DTEND;TZID=America/New_York:20261028T110000")

    assert busy(event(*lines), head=old, within=span("2026-10-28", "2026-10-29")) == ["10-28T14:00/15:00"]


def test_rules_of_one_file_do_not_reach_another():
    """Two files may call two zones "Customized Time Zone"."""
    lines = event("DTSTART;TZID=Customized:20261102T100000", "DTEND;TZID=Customized:20261102T110000")
    east = NEW_YORK_RULES.format(tzid="Customized")
    west = east.replace("-0500", "-0800").replace("-0400", "-0700")

    assert [busy(lines, head=each) for each in (east, west)] == [["11-02T15:00/16:00"], ["11-02T18:00/19:00"]]


@pytest.mark.parametrize(
    "broken", ["TZOFFSETTO:somewhere", "DTSTART:never", "RRULE:FREQ=SECONDLY", "RRULE:FREQ=YEARLY;BYMONTH=13"]
)
def test_zone_that_cannot_be_read_is_told(broken):
    """Its times are read in the calendar's own zone, so they may be wrong: the hours are not verified."""
    zone = f"BEGIN:VTIMEZONE\nTZID:Ours\nBEGIN:STANDARD\n{broken}\nDTSTART:20200101T000000\nTZOFFSETTO:+0100"
    found = read(
        event("DTSTART;TZID=Ours:20261102T100000", "DTEND;TZID=Ours:20261102T110000"),
        head=f"{zone}\nEND:STANDARD\nEND:VTIMEZONE",
    )

    assert (told(found), found.is_whole) == (["11-02T16:00/17:00"], False)
    assert "its zone is not known" in found.warnings[0]


def test_floating_times_and_days_hang_on_the_calendars_own_wall():
    """X-WR-TIMEZONE names the zone of what has none, days too; without it the zone asked for does."""
    lines = event("DTSTART:20261102T100000", "DTEND:20261102T110000"), event("DTSTART:20261104", uid="2")

    assert busy(*lines) == ["11-02T16:00/17:00", "11-04T06:00/11-05T06:00"]
    assert busy(*lines, head="X-WR-TIMEZONE:Europe/Brussels") == ["11-02T09:00/10:00", "11-03T23:00/11-04T23:00"]


def test_override_takes_the_place_of_its_instance():
    """Moved, made longer, cancelled, freed: the instance itself is gone, wherever the override stands in the file."""
    series = event(*WEEKLY, "RRULE:FREQ=WEEKLY")
    moved = ("DTSTART;TZID=America/Chicago:20261103T140000", "DURATION:PT3H")
    ids = [f"RECURRENCE-ID;TZID=America/Chicago:202611{day}T100000" for day in ("02", "09", "16", "23")]
    parts = (
        event(ids[0], *moved),
        series,
        event(ids[1], "STATUS:CANCELLED"),
        event(ids[2].replace(";TZID=America/Chicago", "").replace("T100000", "T160000Z"), *moved[:1], "DURATION:PT1H"),
        event(ids[3], "TRANSP:TRANSPARENT", "DTSTART;TZID=America/Chicago:20261123T100000"),
    )

    assert busy(*parts) == busy(*reversed(parts)) == ["11-03T20:00/23:00", "11-30T16:00/17:00"]


def test_override_moved_out_of_the_span_leaves_it_free():
    """What stands in for an instance of November may take place in January, and the other way about."""
    series = event(*WEEKLY, "RRULE:FREQ=WEEKLY;UNTIL=20261110T000000Z")
    away = event("RECURRENCE-ID:20261102T160000Z", "DTSTART:20270105T160000Z", "DURATION:PT1H")
    here = event("RECURRENCE-ID:20261019T150000Z", "DTSTART:20261120T160000Z", "DURATION:PT1H")

    assert busy(series, away, here) == ["11-09T16:00/17:00", "11-20T16:00/17:00"]


def test_override_without_its_series_blocks():
    """An invitation to one instance of a series is all that some calendars hold of it."""
    assert busy(event("RECURRENCE-ID:20261102T160000Z", *TEN)) == ["11-02T16:00/17:00"]


def test_override_may_reach_on_to_all_that_follow():
    """RANGE=THISANDFUTURE moves, lengthens or frees all instances from its own on (RFC 5545, section 3.8.4.4)."""
    series = event(*WEEKLY, "RRULE:FREQ=WEEKLY;UNTIL=20261125T000000Z")
    later = ("RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=America/Chicago:20261109T100000",)
    moved = event(*later, "DTSTART;TZID=America/Chicago:20261110T130000", "DURATION:PT30M")
    freed = event(*later, "DTSTART;TZID=America/Chicago:20261109T100000", "TRANSP:TRANSPARENT", "DURATION:PT1H")

    assert busy(series, moved) == ["11-02T16:00/17:00", "11-10T19:00/19:30", "11-17T19:00/19:30", "11-24T19:00/19:30"]
    assert busy(series, freed) == ["11-02T16:00/17:00"]


@pytest.mark.parametrize(
    "left_out",
    [
        "EXDATE;TZID=America/Chicago:20261109T100000",
        "EXDATE:20261109T160000Z",
        "EXDATE:20261109T100000",
        "EXDATE;VALUE=DATE:20261109",
        "EXDATE;TZID=America/New_York:20261109T110000,20261207T110000",
    ],
)
def test_excepted_instance_is_free_however_it_is_named(left_out):
    """In the series' zone, in UTC, without a zone, by its day, in another zone."""
    times = busy(event(*WEEKLY, "RRULE:FREQ=WEEKLY;COUNT=5", left_out))

    assert times == ["11-02T16:00/17:00", "11-16T16:00/17:00"]


def test_more_dates_add_instances():
    """RDATE: a time, a period with an end or a length; each takes place once, whoever names it."""
    more = ("RDATE;VALUE=PERIOD:20261105T160000Z/PT2H,20261106T160000Z/20261106T163000Z", "RDATE:20261102T160000Z")

    assert busy(event(*TEN, *more)) == ["11-02T16:00/17:00", "11-05T16:00/18:00", "11-06T16:00/16:30"]


@pytest.mark.parametrize(
    ("until", "days"),
    [
        ("20261116T160000Z", ["02", "09", "16"]),
        ("20261116T155959Z", ["02", "09"]),
        ("20261116T100000", ["02", "09", "16"]),
        ("20261116T095959", ["02", "09"]),
        ("20261116", ["02", "09", "16"]),
    ],
)
def test_last_instance_is_held_whatever_form_until_has(until, days):
    """UNTIL is inclusive; without Z it is the event's own wall, or the last instance of a morning would be lost."""
    assert [each[3:5] for each in busy(event(*WEEKLY, f"RRULE:FREQ=WEEKLY;UNTIL={until}"))] == days


def test_highest_sequence_counts_wherever_it_stands():
    """An earlier version of the same event is over (RFC 5546, section 2.1.5)."""
    old = event(*TEN, "SEQUENCE:1", "DTSTAMP:20261001T000000Z")
    new = event("DTSTART:20261103T160000Z", "DURATION:PT1H", "SEQUENCE:10", "DTSTAMP:20260901T000000Z")
    newest = event("DTSTART:20261104T160000Z", "DURATION:PT1H", "SEQUENCE:10", "DTSTAMP:20260902T000000Z")

    assert busy(old, new) == busy(new, old) == ["11-03T16:00/17:00"]
    assert busy(newest, new, old) == ["11-04T16:00/17:00"]


def test_override_goes_with_the_version_that_it_belonged_to():
    """A later version of the series that has no such instance any more takes its override along; else that stays."""
    series = (*WEEKLY, "RRULE:FREQ=WEEKLY;COUNT=4")
    moved = event("RECURRENCE-ID:20261102T160000Z", "DTSTART:20261103T180000Z", "DURATION:PT1H", "SEQUENCE:1")
    left_out = event(*series, "EXDATE:20261102T160000Z", "SEQUENCE:2")
    ended = event(*WEEKLY, "RRULE:FREQ=WEEKLY;UNTIL=20261101T000000Z", "SEQUENCE:2")

    assert busy(moved, left_out) == ["11-09T16:00/17:00"]
    assert busy(moved, ended) == []
    assert busy(moved, event(*series, "SEQUENCE:2")) == ["11-03T18:00/19:00", "11-09T16:00/17:00"]
    assert busy(moved, event(*series, "EXDATE:20261102T160000Z")) == ["11-03T18:00/19:00", "11-09T16:00/17:00"]


def test_empty_rule_is_no_rule():
    """Some writers name a property that they do not have."""
    assert busy(event(*TEN, "RRULE:")) == ["11-02T16:00/17:00"]
    assert busy(event(*TEN, "RRULE:FREQ=DAILY;COUNT=2;BYDAY=;UNTIL=")) == ["11-02T16:00/17:00", "11-03T16:00/17:00"]


def test_one_uid_for_many_events_loses_none():
    """A writer that gives all events one UID, and no SEQUENCE, keeps no versions: all block, and that is told."""
    other = event("DTSTART:20261103T160000Z", "DURATION:PT1H", "DTSTAMP:20261001T000000Z")
    found = read(event(*TEN), other, event(*TEN))

    assert told(found) == ["11-02T16:00/17:00", "11-03T16:00/17:00"]
    assert ("its UID is used for several events" in found.warnings[0], found.is_whole) == (True, True)


def test_events_without_uid_are_each_their_own():
    """Two events without a name are two."""
    assert len(busy(event(*TEN, uid=None), event("DTSTART:20261103", uid=None))) == 2


def test_first_time_that_does_not_fit_its_rule_is_tentative():
    """RFC 5545 leaves open whether it takes place, calendars disagree; so it blocks, but not firmly."""
    found = read(event("DTSTART:20261103T160000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;BYDAY=FR;COUNT=2"))

    assert told(found, BusyKind.TENTATIVE) == ["11-03T16:00/17:00"]
    assert told(found, BusyKind.BUSY) == ["11-06T16:00/17:00", "11-13T16:00/17:00"]
    assert "does not fit its rule" in found.warnings[0]


@pytest.mark.parametrize(
    ("lines", "times", "why"),
    [
        (("DTSTART:soon", "DTEND:20261102T170000Z"), [], "its start is no date or time"),
        (("DTEND:20261102T170000Z",), [], "has no start"),
        (("DTSTART:20261331T160000Z",), [], "its start is no date or time"),
        (("DTSTART:20261102T160000Z", "DTEND:later"), ["11-02T16:00/17:00"], "its end is no date or time"),
        (("DTSTART:20261102T160000Z", "DURATION:-PT1H"), ["11-02T16:00/17:00"], "lasts less than nothing"),
        ((*TEN, "RRULE:FREQ=OFTEN"), ["11-02T16:00/17:00"], "FREQ is missing or unknown"),
        ((*TEN, "RRULE:FREQ=MONTHLY;BYWEEKNO=10"), ["11-02T16:00/17:00"], "BYWEEKNO does not go with FREQ=MONTHLY"),
        ((*TEN, "RRULE:FREQ=WEEKLY;BYMONTHDAY=20"), ["11-02T16:00/17:00"], "BYMONTHDAY does not go with FREQ=WEEKLY"),
        ((*TEN, "RRULE:FREQ=YEARLY;INTERVAL=10000;COUNT=2"), ["11-02T16:00/17:00"], "beyond the year 9999"),
        ((*TEN, "RRULE:FREQ=DAILY;RSCALE=CHINESE"), ["11-02T16:00/17:00"], "RSCALE of another calendar"),
        ((*TEN, "RDATE:20261103T160000Z,whenever"), ["11-02T16:00/17:00", "11-03T16:00/17:00"], "one of its RDATEs"),
    ],
)
def test_what_cannot_be_read_is_told_and_blocks_where_its_time_is_known(lines, times, why):
    """The others are read all the same; the calendar's hours count as unverified."""
    found = read(event(*lines), event("DTSTART:20261120", uid="other"))

    assert told(found) == [*times, "11-20T06:00/11-21T06:00"]
    assert (why in found.warnings[0], found.warnings[0].startswith("line 3, VEVENT: "), found.is_whole) == (
        True,
        True,
        False,
    )


@pytest.mark.parametrize(
    ("lines", "times", "why"),
    [
        (("DTSTART:20261102T170000Z", "DTEND:20261102T160000Z"), ["11-02T16:00/17:00"], "ends before it starts"),
        ((*TEN, "RRULE:FREQ=DAILY;COUNT=1", "EXDATE:never"), ["11-02T16:00/17:00"], "one of its EXDATEs"),
    ],
)
def test_doubt_that_only_blocks_more_leaves_the_hours_verified(lines, times, why):
    """Nothing can be missing, so what is left may be offered."""
    found = read(event(*lines))

    assert (told(found), why in found.warnings[0], found.is_whole) == (times, True, True)


@pytest.mark.parametrize("cut_at", ["END:VCALENDAR", "END:VEVENT", "DTEND"])
def test_file_that_was_cut_short_is_not_whole(cut_at):
    """Half a download looks like a free afternoon."""
    whole = calendar(event(*TEN), event("DTSTART:20261103T160000Z", "DTEND:20261103T170000Z", uid="2")).decode()
    found = read_ics(whole[: whole.rindex(cut_at)].encode(), NOVEMBER, zone=CHICAGO)

    assert (found.is_whole, "the file ends before its calendar does" in found.warnings[0]) == (False, True)
    assert told(found)[0] == "11-02T16:00/17:00"


def test_forgotten_end_of_an_event_does_not_swallow_the_next():
    """Two events, one END: both are read."""
    first = event(*TEN).replace("\nEND:VEVENT", "")

    assert busy(first, event("DTSTART:20261103T160000Z", "DURATION:PT1H", uid="2")) == [
        "11-02T16:00/17:00",
        "11-03T16:00/17:00",
    ]


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b"<html>sign in</html>", b"BEGIN:VEVENT\nEND:VEVENT\n"])
def test_what_is_no_calendar_is_refused(data: bytes):
    """A login page in place of a calendar is no free week."""
    with pytest.raises(BadInput, match="no iCalendar"):
        read_ics(data, NOVEMBER, zone=CHICAGO)


def test_larger_file_than_anybodys_calendar_is_refused():
    """The limit is told, and what to do."""
    with pytest.raises(BadInput, match="longer than 10 MiB"):
        read_ics(b" " * (MOST_BYTES + 1), NOVEMBER, zone=CHICAGO)


def test_lines_are_unfolded_as_bytes_and_line_ends_may_be_any():
    """Some fold inside a character, or inside a date; some end lines as in 1985."""
    text = event("SUMMARY:Grüße", "DTSTART:20261102T160000Z", "DTEND:20261102T170000Z")
    whole = calendar(text).replace("ü".encode(), b"\xc3\r\n \xbc").replace(b"T16", b"T\r\n\t16")

    for ending in (b"\r\n", b"\n", b"\r"):
        assert told(read_ics(whole.replace(b"\r\n", ending), NOVEMBER, zone=CHICAGO)) == ["11-02T16:00/17:00"]


def test_order_of_a_file_says_nothing():
    """Events, zones and calendars in any order, and several calendars in one stream, give the same."""
    parts = [
        NEW_YORK_RULES.format(tzid="Ours"),
        event("DTSTART;TZID=Ours:20261102T100000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3"),
        event("RECURRENCE-ID;TZID=Ours:20261103T100000", "DTSTART;TZID=Ours:20261103T120000", "DURATION:PT1H"),
        event("DTSTART:20261105T100000", uid="5"),
    ]
    stream = calendar(*parts[:2]) + calendar(*parts[2:])

    assert busy(*parts) == busy(*reversed(parts)) == told(read_ics(stream, NOVEMBER, zone=CHICAGO))


def test_free_busy_periods_block_by_their_type():
    """FBTYPE: FREE is free, an unknown one busy; periods by end or by length, many on a line (RFC 5545, 3.8.2.6)."""
    part = """BEGIN:VFREEBUSY
DTSTART:20261101T000000Z
DTEND:20261201T000000Z
FREEBUSY:20261102T160000Z/20261102T170000Z,20261102T170000Z/PT30M
FREEBUSY;FBTYPE=FREE:20261103T160000Z/PT1H
FREEBUSY;FBTYPE=BUSY-TENTATIVE:20261104T160000Z/PT1H
FREEBUSY;FBTYPE="BUSY-UNAVAILABLE":20261105T160000Z/PT1H
FREEBUSY;FBTYPE=X-SURGERY:20261106T160000Z/PT1H
END:VFREEBUSY"""
    found = read(part)

    assert told(found, BusyKind.BUSY) == ["11-02T16:00/17:30", "11-06T16:00/17:00"]
    assert told(found, BusyKind.TENTATIVE) == ["11-04T16:00/17:00"]
    assert told(found, BusyKind.UNAVAILABLE) == ["11-05T16:00/17:00"]
    assert found.is_whole


def test_free_busy_says_nothing_beyond_its_range():
    """A published answer for last week does not make this one free."""
    found = read("BEGIN:VFREEBUSY\nDTSTART:20261001T000000Z\nDTEND:20261115T000000Z\nEND:VFREEBUSY")

    assert (found.busy, found.is_whole, found.warnings) == (
        (),
        False,
        ("it tells of free and busy time for a part of the span only",),
    )


HOURS = """BEGIN:VAVAILABILITY
UID:a
DTSTART;TZID=America/Chicago:20261102T000000
DTEND;TZID=America/Chicago:20261105T000000
{more}BEGIN:AVAILABLE
UID:b
DTSTART;TZID=America/Chicago:20261102T090000
DTEND;TZID=America/Chicago:20261102T120000
RRULE:FREQ=DAILY
END:AVAILABLE
BEGIN:AVAILABLE
UID:b
RECURRENCE-ID;TZID=America/Chicago:20261103T090000
DTSTART;TZID=America/Chicago:20261103T130000
DTEND;TZID=America/Chicago:20261103T170000
END:AVAILABLE
END:VAVAILABILITY"""


def test_time_outside_what_is_called_available_blocks():
    """RFC 7953: BUSY-UNAVAILABLE unless it says otherwise, AVAILABLE repeats and is overridden; events come on top."""
    found = read(HOURS.format(more=""), event(*TEN))

    assert told(found, BusyKind.BUSY) == ["11-02T16:00/17:00"]
    assert told(found, BusyKind.UNAVAILABLE) == [
        "11-02T06:00/15:00",
        "11-02T18:00/11-03T19:00",
        "11-03T23:00/11-04T15:00",
        "11-04T18:00/11-05T06:00",
    ]
    assert {each.kind for each in read(HOURS.format(more="BUSYTYPE:BUSY-TENTATIVE\n")).busy} == {BusyKind.TENTATIVE}


def test_availability_of_higher_priority_replaces_the_lower():
    """1 stands above 9, and 9 above none; of equal ones each has its say (RFC 7953, section 3.1)."""
    always = "BEGIN:VAVAILABILITY\nUID:z\n{more}BEGIN:AVAILABLE\nUID:y\n{when}\nEND:AVAILABLE\nEND:VAVAILABILITY"
    when = "DTSTART:20261101T000000Z\nDTEND:20261201T000000Z"
    above, equal = always.format(more="PRIORITY:1\n", when=when), always.format(more="", when=when)

    assert told(read(HOURS.format(more="PRIORITY:9\n"), above)) == []
    assert told(read(HOURS.format(more=""), equal)) == told(read(HOURS.format(more="")))


def test_availability_that_cannot_be_read_makes_nothing_available():
    """What is not surely free is not free."""
    found = read(HOURS.format(more="").replace("20261102T090000", "nine"))

    assert ("11-02T06:00/11-03T19:00" in told(found), bool(found.warnings)) == (True, True)


BOMBS = {
    "every second since 1970": ("DTSTART:19700101T000000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY"),
    "every second second": ("DTSTART:19700101T000000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY;INTERVAL=2"),
    "every third, a thousand million times": (
        "DTSTART:19700101T000000Z",
        "DURATION:PT1S",
        "RRULE:FREQ=SECONDLY;INTERVAL=3;COUNT=1000000000",
    ),
    "every minute, one left out": (
        "DTSTART:20261001T000000Z",
        "DURATION:PT1M",
        "RRULE:FREQ=MINUTELY",
        "EXDATE:20261001T000000Z",
    ),
    "every second of every day, by lists": (
        "DTSTART:19700101T000000Z",
        "DURATION:PT1S",
        "RRULE:FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;COUNT=99999999"
        + "".join(f";BY{name}={','.join(map(str, range(most)))}" for name, most in (("HOUR", 24), ("MINUTE", 60)))
        + f";BYSECOND={','.join(map(str, range(60)))}",
    ),
    "a position that no second has": ("DTSTART:19700101T000000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY;BYSETPOS=5"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_series_too_dense_to_be_laid_out_blocks_whole(name: str):
    """Reliability E10: no rule holds the process or fills memory; its time is busy, and the others are read."""
    found = read(event(*BOMBS[name]), event(*TEN, "STATUS:TENTATIVE", uid="2"))

    assert told(found, BusyKind.BUSY) == ["11-01T00:00/12-01T00:00"]
    assert told(found, BusyKind.TENTATIVE) == ["11-02T16:00/17:00"]
    assert found.is_whole


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=2;BYWEEKNO=30;COUNT=5",
    ],
)
def test_rule_that_names_no_day_ends(rule: str):
    """Searching 30 February until the year 9999 is how other readers hang."""
    assert busy(event("DTSTART:19700301T000000Z", "DURATION:PT1H", f"RRULE:{rule}"), event(*TEN, uid="2")) == [
        "11-02T16:00/17:00"
    ]


def test_series_that_lasts_no_time_is_not_laid_out():
    """A reminder every second blocks nothing."""
    assert busy(event("DTSTART:19700101T000000Z", "RRULE:FREQ=SECONDLY")) == []


def test_reading_ends_in_good_time_and_says_so():
    """What was not read is counted; the hours are not verified."""
    clock = iter([0.0, 0.1, 0.2, 1.6, *[3.0] * 20])
    found = read(*(event(*TEN, uid=str(n)) for n in range(5)), clock=lambda: next(clock))

    assert (told(found), found.is_whole) == (["11-02T16:00/17:00"], False)
    assert found.warnings == ("reading was cut after 1.5 s: 3 events were not read",)


def test_nothing_that_has_not_changed_is_laid_out_again(monkeypatch):
    """The second reading of a calendar lays out the one series that changed; an event moved on the page is the same."""
    import app.edges.calendars.ics as ics

    laid: list[str] = []
    lay_out = ics.lay_out
    monkeypatch.setattr(ics, "lay_out", lambda all_, *how: laid.extend(e.uid for e in all_) or lay_out(all_, *how))
    series = [event(*WEEKLY, f"RRULE:FREQ=WEEKLY;COUNT={n + 2}", uid=str(n)) for n in range(4)]
    memo: dict = {}

    first = read(*series, memo=memo)
    again = read(event("SUMMARY:new", uid="x"), *series, memo=memo)
    changed = read(*series[:3], event(*WEEKLY, "RRULE:FREQ=DAILY;COUNT=30", uid="3"), memo=memo)

    assert laid == ["0", "1", "2", "3", "3"]
    assert (first.busy, len(memo)) == (again.busy, 4)
    assert changed.busy != first.busy
