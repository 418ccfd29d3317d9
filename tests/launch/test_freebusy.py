"""`parley freebusy`: what an integrator runs on exported calendars; the files that others worked out hold."""

import io
import json
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.core.interval import Interval, normalise
from app.edges.calendars.ics.lines import read_components
from app.edges.calendars.ics.zones import UTC_ZONE, Library, Zones
from launch.files.freebusy import run
from tests.edges.calendars.writing import calendar, event

DATA = Path(__file__).parents[3] / "shared/data/calendars"
needs_data = pytest.mark.skipif(not DATA.exists(), reason="../shared/data does not stand beside the checkout")
TEN = event("DTSTART:20261102T160000Z", "DTEND:20261102T170000Z")


def free_busy(*args: str, given: bytes = b"", start="2026-11-01", end="2026-12-01", zone="America/Chicago"):
    """Run the command; return status, standard output and standard error."""
    out, err = io.StringIO(), io.StringIO()
    stdin = io.TextIOWrapper(io.BytesIO(given))
    status = run([*(args or ("-",)), "--from", start, "--to", end, "--zone", zone], stdin=stdin, stdout=out, stderr=err)
    return status, out.getvalue(), err.getvalue()


def cases(name: str) -> list[dict]:
    """Return the cases of a file of expected answers, none where there is no data."""
    return json.loads((DATA / name).read_text())["cases"] if DATA.exists() else []


@needs_data
@pytest.mark.parametrize("case", cases("busy-expected.json"), ids=lambda each: each["id"])
def test_busy_time_that_others_worked_out(case: dict):
    """Calendars of Exchange, Google, Apple, Zimbra and others."""
    start, end = case["window"]
    file, zone = str(DATA / case["file"]), case["calendar_owner_timezone"]
    status, out, _ = free_busy(file, "--json", start=start, end=end, zone=zone)
    told = json.loads(out)

    def of(kind: str) -> list[list[str]]:
        return [[each["start"], each["end"]] for each in told["busy"] if each["status"] == kind]

    assert (status, of("busy"), told["warnings"]) == (0, case["busy_utc"], [])
    assert of("busy-tentative") == case.get("tentative_utc", [])


def windows() -> dict[tuple[str, str, str], list[dict]]:
    """Return the lists of occurrences by file and window: some files hold several events."""
    found = defaultdict(list)
    for each in cases("occurrences-expected.json"):
        found[each["file"], each["from_local"], each["to_local"]].append(each)
    return dict(found)


@needs_data
@pytest.mark.parametrize("window", windows(), ids=lambda each: f"{Path(each[0]).stem} {each[1]}")
def test_occurrences_that_others_worked_out(window: tuple[str, str, str]):
    """ical.net's lists, in a zone that only the files themselves know."""
    file, start, end = window
    found = windows()[window]
    (holds,) = read_components((DATA / file).read_bytes())
    named = next(each["zone"] for case in found for each in case["occurrences"]) or "Asia/Tokyo"
    named = "Asia/Shanghai" if "2966236" in file else named
    own = [each for each in holds.parts if each.name == "VTIMEZONE"]
    zone = Zones(own, Library(()), UTC_ZONE).of(named)
    begin, until = (zone.utc(datetime.fromisoformat(each)).isoformat() for each in (start, end))
    _, out, _ = free_busy(str(DATA / file), "--json", start=begin, end=until, zone="UTC")
    expected = []
    for each in (one for case in found for one in case["occurrences"]):
        at = zone.utc(datetime.fromisoformat(each["local"]))
        assert each.get("utc") in (None, at.isoformat().replace("+00:00", "Z"))
        expected.append(Interval(at, at + _length(each["duration"])))

    busy = [each for each in json.loads(out)["busy"] if each["status"] == "busy"]
    assert [(each["start"], each["end"]) for each in busy] == [
        tuple(at.isoformat().replace("+00:00", "Z") for at in (each.start, each.end)) for each in normalise(expected)
    ]


def _length(text: str) -> timedelta:
    number, unit = int(text[2:-1]), text[-1]
    return timedelta(hours=number) if unit == "H" else timedelta(minutes=number)


def test_json_holds_busy_time_and_warnings_and_nothing_else():
    """The shape of issue 4: merged, half-open, UTC."""
    status, out, err = free_busy("-", "--json", given=calendar(TEN, event("DTSTART:bad", uid="2")))

    assert (status, err) == (0, "")
    assert json.loads(out) == {
        "busy": [{"start": "2026-11-02T16:00:00Z", "end": "2026-11-02T17:00:00Z", "status": "busy"}],
        "warnings": ["line 8, VEVENT: its start is no date or time"],
    }


def test_table_is_in_the_owners_zone():
    """For people: day, time, zone, kind; the end's day where it is another."""
    night = event("DTSTART:20261103T030000Z", "DTEND:20261103T130000Z", "STATUS:TENTATIVE", uid="2")
    _, out, _ = free_busy("-", given=calendar(TEN, night))

    assert out.splitlines() == [
        "Mon 2026-11-02 10:00-11:00 CST  busy",
        "Mon 2026-11-02 21:00-Tue 2026-11-03 07:00 CST  busy-tentative",
    ]
    assert free_busy("-", given=calendar())[1] == "Nothing is busy.\n"


def test_times_without_an_offset_are_the_zones():
    """--from and --to: a date is its midnight in the zone; the end is not in the span."""
    day = event("DTSTART;VALUE=DATE:20261102")
    _, out, _ = free_busy("-", "--json", given=calendar(day), start="2026-11-02T12:00", end="2026-11-03")

    assert json.loads(out)["busy"] == [
        {"start": "2026-11-02T18:00:00Z", "end": "2026-11-03T06:00:00Z", "status": "busy"}
    ]


def test_files_are_one_answer_and_an_unreadable_one_is_named(tmp_path: Path):
    """The others are read all the same; the exit status says that one is missing."""
    (tmp_path / "a.ics").write_bytes(calendar(TEN))
    (tmp_path / "b.ics").write_bytes(calendar(event("DTSTART:20261102T163000Z", "DTEND:20261102T180000Z")))
    (tmp_path / "page.ics").write_text("<html>sign in</html>")
    files = [str(tmp_path / name) for name in ("a.ics", "page.ics", "none.ics", "b.ics")]

    status, out, err = free_busy(*files, "--json")

    assert status == 2
    assert [each["end"] for each in json.loads(out)["busy"]] == ["2026-11-02T18:00:00Z"]
    assert [line.split(": ")[0] for line in err.splitlines()] == files[1:3]
    assert "line 1: no iCalendar" in err
    assert [each.split(": ")[0] for each in json.loads(out)["warnings"]] == files[1:3]


@pytest.mark.parametrize(
    "wrong", [{"zone": "Chicago"}, {"start": "soon"}, {"end": "2026-11-01"}, {"start": "2026-12-01"}, {"zone": "../x"}]
)
def test_wrong_span_or_zone_is_refused(wrong: dict, capsys):
    """Nothing is read in a zone that does not exist."""
    with pytest.raises(SystemExit) as ended:
        free_busy("-", given=calendar(TEN), **wrong)

    assert (ended.value.code, "Traceback" in capsys.readouterr().err) == (2, False)


def test_owners_answers_count_when_the_owner_is_named():
    """--owner: what the owner has declined is free."""
    declined = event("DTSTART:20261102", "ATTENDEE;PARTSTAT=DECLINED:mailto:dr@example.org")

    assert free_busy("-", "--owner", "dr@example.org", given=calendar(declined))[1] == "Nothing is busy.\n"
