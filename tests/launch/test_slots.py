"""`parley slots`: what an integrator runs on an export; wrong input is named by its place, never shown."""

import io
import json
from copy import deepcopy
from datetime import datetime

import pytest

from launch.files.slots import run

GOOD = {
    "now": "2026-11-20T14:00:00Z",
    "length_minutes": 20,
    "notice_minutes": 30,
    "windows": [
        {"start": "2026-11-20T12:00:00-05:00", "end": "2026-11-20T13:00:00-05:00"},
        {"start": "2026-11-23T09:00:00-05:00", "end": "2026-11-23T09:30:00-05:00"},
    ],
    "clinician": {
        "id": "dr",
        "zone": "America/Chicago",
        "hours": [{"day": "MO", "start": "08:00", "end": "17:00"}, {"day": "FR", "start": "08:00", "end": "24:00"}],
        "busy": [{"start": "2026-11-20T17:20:00Z", "end": "2026-11-20T17:40:00Z"}],
    },
    "deadlines": [{"name": "p2p_window", "at": "2026-11-23T09:25:00-05:00"}],
}


def slots(*args, given=None, files=()):
    """Run the command; return status, standard output and standard error."""
    text = given if isinstance(given, str) else json.dumps(given or GOOD)
    out, err = io.StringIO(), io.StringIO()
    status = run([*(files or ("-",)), *args], stdin=io.StringIO(text), stdout=out, stderr=err)
    return status, out.getvalue(), err.getvalue()


def changed(path, value):
    """Return good input with one thing changed; a path like "windows.0.start"."""
    data = deepcopy(GOOD)
    *steps, last = [int(each) if each.isdigit() else each for each in path.split(".")]
    place = data
    for step in steps:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return data


def test_json_holds_every_slot_with_offset_reason_and_spare_time():
    """The shape of issue 2 §7; times in the clinician's zone."""
    status, out, err = slots("--json")
    answer = json.loads(out)

    assert (0, "") == (status, err)
    assert ["slots", "nearest_misses"] == list(answer) and [] == answer["nearest_misses"]
    assert {"start", "end", "minutes_to_spare", "because"} == set(answer["slots"][0])
    assert [
        "2026-11-20T11:00:00-06:00",
        "2026-11-20T11:40:00-06:00",
        "2026-11-23T08:00:00-06:00",
        "2026-11-23T08:05:00-06:00",
    ] == sorted(each["start"] for each in answer["slots"])
    by_start = {each["start"]: each for each in answer["slots"]}
    assert 5 == by_start["2026-11-23T08:00:00-06:00"]["minutes_to_spare"]
    assert all(each["because"] for each in answer["slots"])
    assert all(datetime.fromisoformat(each["end"]).tzinfo for each in answer["slots"])


def test_every_slot_is_given_however_many():
    """Fifty are shown to people; a program gets all."""
    wide = changed("windows", [{"start": "2026-11-20T08:00:00-06:00", "end": "2026-11-20T22:00:00-06:00"}])

    _, out, _ = slots("--json", given=wide)
    _, table, _ = slots(given=wide)

    assert len(json.loads(out)["slots"]) > 100
    assert 51 == len(table.splitlines()) and "more (--json gives all)" in table


def test_nothing_left_tells_the_nearest_misses():
    """Status 0: the question was answered."""
    always = changed("clinician.busy", [{"start": "2026-11-20T16:00:00Z", "end": "2026-11-24T17:40:00Z"}])
    status, out, _ = slots("--json", given=always)
    answer = json.loads(out)

    assert (0, []) == (status, answer["slots"])
    assert 1 <= len(answer["nearest_misses"]) <= 3
    assert ["busy"] == answer["nearest_misses"][0]["blocked_by"]
    assert "busy" in answer["nearest_misses"][0]["because"][0]
    assert {"block", "window"} >= {each["kind"] for each in answer["advice"]} and answer["advice"]
    assert all(each["because"] and each["draft"] and each["minutes"] > 0 for each in answer["advice"])
    assert "No time is left" in slots(given=always)[1] and "Any one of these" in slots(given=always)[1]


def test_what_may_be_left_out():
    """No notice, deadlines, busy time or hours: none are assumed, and it is said."""
    least = {key: GOOD[key] for key in ("now", "length_minutes", "windows")} | {"clinician": {}}

    status, out, _ = slots("--json", given=least)

    assert 0 == status
    (first, *_) = json.loads(out)["slots"]
    assert first["minutes_to_spare"] is None
    assert {"no deadline is known", "working hours are not known"} <= set(first["because"])


def test_habits_places_and_colleagues_may_be_told():
    """Minutes for all, a colleague's own in their place; who calls is named once there is somebody to choose from."""
    told = deepcopy(GOOD) | {"prepare_minutes": 10}
    told["clinician"] |= {"protected": [{"day": "MO", "start": "07:30", "end": "08:00"}], "specialty": "Cardiology"}
    told["windows"][1] |= {"reviewer_specialty": "cardiology"}
    told["windows"].append({"start": "2026-11-23T07:00:00-06:00", "end": "2026-11-23T07:20:00-06:00", "slot": "s1"})
    colleague = {"id": "dr2", "zone": "America/Chicago", "prepare_minutes": 0, "because": "covers for dr"}
    told["colleagues"] = [colleague | {"hours": [{"day": "MO", "start": "07:00", "end": "09:00"}]}]

    answer = json.loads(slots("--json", given=told)[1])["slots"]
    at = {(each["start"], each["clinician"]): each["because"] for each in answer}
    assert ("2026-11-20T11:00:00-06:00", "dr") in at and ("2026-11-20T11:40:00-06:00", "dr") not in at
    assert "dr2 calls: covers for dr" in at["2026-11-23T07:00:00-06:00", "dr2"]
    assert "the reviewer is of the same specialty" in at["2026-11-23T08:00:00-06:00", "dr"]


BAD = [
    ("clinician.busy.0.place", 5, "clinician.busy[0].place: not a text"),
    ("clinician.protected", [{"day": "MO"}], "clinician.protected[0].start: missing"),
    ("prepare_minutes", 241, "prepare_minutes: not a whole number from 0 to 240"),
    ("colleagues", [5], "colleagues[0]: not a JSON object"),
    ("windows.1.start", "2026-11-23T09:00:00", "windows[1].start: not an ISO 8601 time with an offset"),
    ("windows.1.start", 5, "windows[1].start: not an ISO 8601 time with an offset"),
    ("windows.1.end", "2026-11-23T09:00:00-05:00", "windows[1].end: not after its start"),
    ("windows.0.end", None, "windows[0].end: missing"),
    ("windows.0", [], "windows[0]: not a JSON object"),
    ("windows", {}, "windows: not a JSON array"),
    ("windows", None, "windows: missing"),
    (
        "windows.0",
        {"start": "2040-11-20T12:00Z", "end": "2040-11-20T13:00Z"},
        "windows: the first and the last lie more than ten years apart",
    ),
    ("windows.0.end", "2030-11-20T13:00:00-05:00", "windows: more than three years of time in all"),
    ("windows.0.end", "2027-11-20T13:00:00-05:00", "windows: more than half a year of time"),
    ("now", None, "now: missing"),
    ("now", "yesterday", "now: not an ISO 8601 time with an offset"),
    ("now", "0001-01-01T00:00:00+14:00", "now: not an ISO 8601 time with an offset"),
    ("length_minutes", "20", "length_minutes: not a whole number from 1 to 1440"),
    ("length_minutes", True, "length_minutes: not a whole number from 1 to 1440"),
    ("length_minutes", 0, "length_minutes: not a whole number from 1 to 1440"),
    ("length_minutes", 12.5, "length_minutes: not a whole number from 1 to 1440"),
    ("length_minutes", 10**30, "length_minutes: not a whole number from 1 to 1440"),
    ("notice_minutes", -1, "notice_minutes: not a whole number from 0 to 527040"),
    ("clinician", "dr", "clinician: not a JSON object"),
    ("clinician.zone", "Central", "clinician.zone: not an IANA time zone like America/Chicago"),
    ("clinician.zone", None, "clinician.zone: missing"),
    ("clinician.hours.0.day", "Monday", "clinician.hours[0].day: not one of MO, TU, WE, TH, FR, SA, SU"),
    ("clinician.hours.0.start", "9", "clinician.hours[0].start: not a time of day like 09:00"),
    ("clinician.hours.0.start", "24:00", "clinician.hours[0].start: not a time of day like 09:00"),
    ("clinician.hours.0.end", "17:00Z", "clinician.hours[0].end: a time of day has no offset"),
    ("clinician.hours.0.end", "07:00", "clinician.hours[0].end: not after its start"),
    ("clinician.busy.0.end", "2026-11-20T17:00:00Z", "clinician.busy[0].end: not after its start"),
    ("deadlines.0.at", "soon", "deadlines[0].at: not an ISO 8601 time with an offset"),
    ("deadlines.0.name", 3, "deadlines[0].name: not a text"),
]


@pytest.mark.parametrize(("path", "value", "said"), BAD)
def test_bad_input_is_named_by_its_place(path, value, said):
    """One line on standard error, nothing on standard output, status 2."""
    status, out, err = slots("--json", given=changed(path, value))

    assert (2, "") == (status, out)
    assert err.startswith(f"standard input: {said}")
    assert 1 == err.count("\n")


@pytest.mark.parametrize("text", ["", "[]", '{"now": NaN}', "{", "<html>", '"x"'])
def test_what_is_no_json_object_is_refused(text):
    """Status 2 and a line, no traceback."""
    status, out, err = slots("--json", given=text)

    assert (2, "") == (status, out)
    assert err.startswith("standard input: ")


def test_an_event_without_length_blocks_nothing():
    """Calendars hold such events."""
    status, out, _ = slots("--json", given=changed("clinician.busy.0.end", "2026-11-20T17:20:00Z"))

    assert 0 == status
    assert "2026-11-20T11:10:00-06:00" in out


def test_one_bad_file_does_not_stop_the_others(tmp_path):
    """The good one is answered, the bad one named, the status 2."""
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(GOOD))
    bad.write_text("{")

    status, out, err = slots("--json", files=(str(bad), str(good), str(tmp_path / "none.json")))

    assert 2 == status
    assert [str(good)] == [each["file"] for each in json.loads(out)]
    assert "bad.json" in err and "none.json" in err
